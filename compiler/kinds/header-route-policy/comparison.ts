// A comparison: what the value of an attribute must be.
import { checkedRe2, reportRe2 } from "../../automata/report.ts";
import type { Regex } from "../../automata/regex.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { byteString } from "../../http/header-syntax.ts";
import { pathBegins, test } from "../../ir/conditions.ts";
import type { Condition, Predicate, TextAttribute } from "../../ir/program.ts";
import { field, fieldIs, without } from "../../schema/json-schema.ts";
import { firstLine, object, optional, required, string, word, type Schema } from "../../schema/schema.ts";
import type { Located, Span } from "../../source/span.ts";

export const valueTypes = ["Exact", "RegularExpression", "Prefix", "Suffix", "Contains", "Present"] as const;
export const pathTypes = ["PathPrefix", "Exact", "RegularExpression", "Suffix", "Contains"] as const;

export const TYPE = "how the value is compared";
export const VALUE = "the value it must have";

/** A comparison of what has a name. */
export function compared<Name extends object>(
  name: Schema<Name>,
  doc: string,
  example: string,
): Schema<ValueSpec & { readonly name: Name }> {
  return object(
    {
      name: required(name, doc),
      type: optional(word(valueTypes), TYPE, "`Exact`"),
      value: optional(string(), `${VALUE}, or begin with and so on; of \`Present\` none`),
    },
    {
      example,
      between: [
        { if: fieldIs("type", "Present"), then: without("value"), else: { required: ["value"] } },
        { if: fieldIs("type", "Prefix", "Suffix", "Contains"), then: field("value", { minLength: 1 }) },
      ],
    },
  );
}

/** One comparison of a match. */
export interface Comparison {
  readonly attribute: TextAttribute;
  readonly type: (typeof valueTypes)[number] | "PathPrefix";
  /** Of `Present` empty. */
  readonly value: string;
}

/** What `compared` reads, the name aside. */
export interface ValueSpec {
  readonly type?: Located<(typeof valueTypes)[number]> | undefined;
  readonly value?: Located<string> | undefined;
  readonly span: Span;
  readonly keys: ReadonlyMap<string, Span>;
}

/** Reports a value that is none, and one that is missing or too many. */
export function checkValue({ type, value, span, keys }: ValueSpec, diagnostics: Diagnostics): void {
  // What is wrong with the type was reported, and what the value should be is not known.
  if (keys.has("type") && !type) return;
  if (type?.value === "Present") {
    if (!value) return;
    diagnostics.error("contradiction", "`Present` asks only that it is there, whatever the value is", {
      span: value.span,
      help: "leave `value` out, or choose another `type`",
    });
    return;
  }
  if (!keys.has("value")) {
    diagnostics.error("missing-field", "the field `value` is missing", {
      span: firstLine(span),
      help: `add \`value\`: ${VALUE}; or write \`type: Present\``,
    });
  }
  if (value) checkText(type?.value ?? "Exact", value, "`Present` asks only that it is there", diagnostics);
}

/** Reports a text that says nothing, or cannot be read; `instead`: what to do where it is empty. */
export function checkText(
  type: Comparison["type"],
  value: Located<string>,
  instead: string,
  diagnostics: Diagnostics,
): void {
  if (type === "RegularExpression") reportRe2(value, diagnostics);
  else if (type === "Exact" || (type === "PathPrefix" && value.value !== ""))
    adviseOnAsterisk(type, value, diagnostics);
  else if (value.value === "") {
    diagnostics.error("bad-value", "an empty text is a part of every value", {
      span: value.span,
      help: `write what it must hold; ${instead}`,
    });
  }
}

/** In an AuthorizationPolicy the asterisk would be special. */
function adviseOnAsterisk(
  type: "Exact" | "PathPrefix",
  { value, span }: Located<string>,
  diagnostics: Diagnostics,
): void {
  if (!/^\*|\*$/.test(value)) return;
  diagnostics.warning(
    "not-a-pattern",
    `\`${value}\` is compared as it stands: the asterisk is no wildcard here`,
    {
      span,
      help:
        type === "Exact"
          ? "write the whole value, or choose another `type`, such as `Prefix`"
          : "leave it out: all paths that begin with the elements before it match",
    },
  );
}

export function lowerComparison({ attribute, type, value }: Comparison): Condition {
  return type === "PathPrefix" ? pathBegins(byteString(value)) : test(attribute, predicateOf(type, value));
}

function predicateOf(type: (typeof valueTypes)[number], value: string): Predicate {
  switch (type) {
    case "Exact":
      return { kind: "exact", text: byteString(value) };
    case "Prefix":
      return { kind: "prefix", text: byteString(value) };
    case "Suffix":
      return { kind: "suffix", text: byteString(value) };
    case "Contains":
      return { kind: "regex", regex: containing(byteString(value)) };
    case "RegularExpression":
      return { kind: "regex", regex: checkedRe2(value) };
    case "Present":
      return { kind: "present" };
  }
}

function containing(text: string): Regex {
  const anything: Regex = { op: "repeat", of: { op: "bytes", ranges: [[0, 255]] }, min: 0 };
  const bytes = Array.from(text, (char): Regex => {
    const byte = char.charCodeAt(0);
    return { op: "bytes", ranges: [[byte, byte]] };
  });
  return { op: "sequence", of: [anything, ...bytes, anything] };
}
