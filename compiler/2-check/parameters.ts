// The `parameters` of a bundle: values that a filter is given when it is loaded, through the plugin configuration.
import { isScalar } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import {
  LONGEST_DURATION,
  LONGEST_DURATION_TEXT,
  LONGEST_TEXT,
  parameterTypes,
  type Declaration,
} from "../ir/parameters.ts";
import { parseDuration } from "../schema/duration.ts";
import { field, fieldIs, without } from "../schema/json-schema.ts";
import { isParameterName, PARAMETER_NAME, type Parameters } from "../schema/parameters.ts";
import {
  follow,
  integer,
  named,
  object,
  optional,
  required,
  spanOf,
  string,
  word,
  type Read,
  type Schema,
} from "../schema/schema.ts";
import type { Located } from "../source/span.ts";

/** A number or a text, whichever the type of the parameter asks for. */
const value: Schema<Located<number | string>> = {
  expected: "a whole number or a string",
  json: () => ({ anyOf: [{ type: "integer" }, string().json()] }),
  read(raw, at, context) {
    const node = follow(raw, context);
    if (isScalar(node) && typeof node.value === "number") {
      return { value: node.value, span: spanOf(raw ?? node, context.file) };
    }
    return string().read(raw, at, context);
  },
};

const MOST = 1_000_000_000;

const parameter = object(
  {
    type: required(word(parameterTypes), "what its values are"),
    default: optional(value, "the value where the configuration gives none", "it must give one"),
    minimum: optional(integer(0, MOST), "of an integer, the smallest value", "what its places take"),
    maximum: optional(integer(0, MOST), "of an integer, the largest value", "what its places take"),
    description: optional(string(), "what it is for, for those who give values"),
  },
  {
    example: "{ type: integer, default: 20 }",
    between: [
      {
        if: fieldIs("type", "integer"),
        then: field("default", { type: "integer" }),
        else: { allOf: [without("minimum"), without("maximum"), field("default", { type: "string" })] },
      },
    ],
  },
);

export const parameters = named(parameter, "{ burst: { type: integer, default: 20 } }", {
  pattern: PARAMETER_NAME,
});

type Spec = Read<typeof parameters>["items"][number];

/** Makes the parameters known to whoever reads policies. What is wrong with them `checkParameters` reports. */
export function declareParameters(spec: Read<typeof parameters> | undefined, known: Parameters): void {
  for (const one of spec?.items ?? []) known.declare(declarationOf(one));
}

function declarationOf({ name, item }: Spec): Declaration {
  const { type, minimum, maximum, description } = item;
  return {
    name: name.value,
    type: type.value,
    ...(item.default && fault(item) === undefined && { default: item.default.value }),
    ...(minimum && { minimum: minimum.value }),
    ...(maximum && { maximum: maximum.value }),
    ...(description && { description: description.value }),
  };
}

/** Reports declarations that make no sense, and parameters that nothing uses. */
export function checkParameters(
  { items }: Read<typeof parameters>,
  known: Parameters,
  diagnostics: Diagnostics,
): void {
  const seen = new Set<string>();
  for (const { name, item } of items) {
    if (!isParameterName(name.value)) {
      diagnostics.error("bad-name", `\`${name.value}\` is not a parameter's name`, {
        span: name.span,
        help: "use letters, digits, `-` and `_`, a letter first, and at most 63 of them",
      });
    } else if (seen.has(name.value)) {
      diagnostics.error("duplicate-name", `the parameter \`${name.value}\` is there twice`, {
        span: name.span,
        help: "remove one of the two",
      });
    }
    seen.add(name.value);
    checkBounds(item, diagnostics);
    const why = fault(item);
    if (why === undefined || !item.default) continue;
    diagnostics.error("bad-parameter", `this is no default of \`${name.value}\`: expected ${why}`, {
      span: item.default.span,
      help: "a default is a value that the configuration could give as well",
    });
  }
  // Where a policy could not be read, nobody knows what it would use.
  if (diagnostics.hasErrors) return;
  for (const { name } of items) {
    if (known.isUsed(name.value)) continue;
    diagnostics.warning("unused-parameter", `nothing uses the parameter \`${name.value}\``, {
      span: name.span,
      help: `write "\${${name.value}}" where its value is to stand, or remove it; configurations that give it are refused`,
    });
  }
}

function checkBounds({ type, minimum, maximum, keys }: Spec["item"], diagnostics: Diagnostics): void {
  for (const bound of type.value === "integer" ? [] : ["minimum", "maximum"]) {
    const span = keys.get(bound);
    if (!span) continue;
    diagnostics.error("bad-parameter", `a \`${type.value}\` has no \`${bound}\``, {
      span,
      help: "leave it out; only integers are bounded",
    });
  }
  if (!minimum || !maximum || minimum.value <= maximum.value) return;
  diagnostics.error("bad-parameter", `no number is ${minimum.value} or more, and ${maximum.value} or less`, {
    span: maximum.span,
    help: "swap the two bounds",
  });
}

/** What a default would have to be, where it is not. */
function fault({ type, minimum, maximum, default: given }: Spec["item"]): string | undefined {
  if (!given) return undefined;
  const { value } = given;
  switch (type.value) {
    case "integer": {
      const least = minimum?.value ?? 0;
      const most = maximum?.value ?? MOST;
      const fits = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
      return fits ? undefined : `a whole number from ${least} to ${most}`;
    }
    case "duration": {
      const length =
        typeof value === "string" && value.length <= LONGEST_DURATION_TEXT ? parseDuration(value) : undefined;
      return length !== undefined && length <= LONGEST_DURATION
        ? undefined
        : "a duration such as `1m` or `1h30m`";
    }
    case "string":
      return typeof value === "string" && Buffer.byteLength(value) <= LONGEST_TEXT
        ? undefined
        : `a string of at most ${LONGEST_TEXT} bytes`;
  }
}
