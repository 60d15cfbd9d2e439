// Places that take a value or a parameter: `burst: 20`, or `burst: ${burst}`.
import type { Node } from "yaml";
import { headerValueFault } from "../http/header-syntax.ts";
import type { Hole, ParameterType } from "../ir/parameters.ts";
import type { Located, Span } from "../source/span.ts";
import { DURATION } from "./duration.ts";
import { parameterAlone, referenceIn } from "./parameters.ts";
import { follow, integer, spanOf, text, type ReadContext, type Schema } from "./schema.ts";

/** A value as it was written or, where there is a hole, a parameter's default; where that has none, what keeps the place. */
export interface Fillable<T> extends Located<T> {
  readonly hole?: Hole;
}

/** A whole number from `min` to `max`, or a parameter of the type `integer`. */
export function fillableInteger(min: number, max: number, unit?: string): Schema<Fillable<number>> {
  return fillable<number>(integer(min, max, unit), "integer", { least: min, most: max });
}

/** A text, or a parameter of the type `string`. */
export function fillableString(): Schema<Fillable<string>> {
  return fillable<string>(text({}), "string", {});
}

/** A text that becomes a header's value, or a parameter of the type `string`, which then must be one. */
export function fillableHeaderValue(): Schema<Fillable<string>> {
  return fillable<string>(text({}), "string", { inHeader: true });
}

/** A duration, or a parameter of that type. `instead`: as of `string`. */
export function fillableDuration(instead: string): Schema<Fillable<string>> {
  return fillable<string>(text(DURATION, instead), "duration", {});
}

const standIns = { duration: "1s", string: "" } as const;

function fillable<T extends number | string>(
  schema: Schema<Located<T>>,
  type: ParameterType,
  bounds: Omit<Hole, "parameter">,
): Schema<Fillable<T>> {
  return {
    ...schema,
    expected: `${schema.expected}, or a parameter`,
    json: () => (type === "string" ? { type } : { anyOf: [schema.json(), parameterAlone] }),
    read(raw, at, context) {
      const node = follow(raw, context);
      const name = referenceIn(node);
      if (node === undefined) return undefined;
      if (name === undefined) return schema.read(raw, at, context);
      return fill<T>({ value: name, span: place(raw ?? node, at, context) }, type, bounds, context);
    },
  };
}

function place(node: Node | null, at: Span, { file }: ReadContext): Span {
  return node ? spanOf(node, file) : at;
}

function fill<T extends number | string>(
  name: Located<string>,
  type: ParameterType,
  bounds: Omit<Hole, "parameter">,
  { parameters, diagnostics }: ReadContext,
): Fillable<T> | undefined {
  const { span } = name;
  const declared = parameters.use(name, diagnostics);
  if (!declared) return undefined;
  if (declared.type !== type) {
    diagnostics.error(
      "wrong-type",
      `here stands a parameter of the type \`${type}\`, and \`${declared.name}\` is one of \`${declared.type}\``,
      { span, help: "declare a parameter of its own for this place, or write the value" },
    );
    return undefined;
  }
  const { least = 0, most = Number.MAX_SAFE_INTEGER } = bounds;
  const left = parameters.narrow(declared, least, most);
  const given = declared.default ?? (type === "integer" ? left.least : standIns[type]);
  const fits = typeof given !== "number" || (given >= least && given <= most && left.least <= left.most);
  if (!fits) {
    const what = declared.default === undefined ? "every value" : `the default ${given}`;
    diagnostics.error(
      "bad-value",
      `expected a whole number from ${least} to ${most}, and ${what} of \`${declared.name}\` is none`,
      {
        span,
        help: "change its declaration in the `Bundle` document, or declare another parameter for this place",
      },
    );
    return undefined;
  }
  const fault = bounds.inHeader && headerValueFault(String(given));
  if (fault) {
    diagnostics.error(
      "bad-header-value",
      `the default of \`${declared.name}\` cannot be a header's value: ${fault}`,
      {
        span,
        help: "change its declaration in the `Bundle` document, or declare another parameter for this place",
      },
    );
    return undefined;
  }
  return { value: given as T, span, hole: { parameter: declared, ...bounds } };
}
