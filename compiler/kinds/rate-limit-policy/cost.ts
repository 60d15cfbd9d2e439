// What a request takes: a number, an expression for one, or a header of the response that tells it.
import { isMap, isScalar } from "yaml";
import { checkCelCost, expressionOf } from "../../cel/check.ts";
import { reportCel } from "../../cel/report.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { holesOf } from "../../ir/parameters.ts";
import type { Cost } from "../../ir/program.ts";
import { fillableInteger, type Fillable } from "../../schema/fillable.ts";
import { referenceIn } from "../../schema/parameters.ts";
import { follow, object, required, type Schema } from "../../schema/schema.ts";
import { celText, headerName } from "../../schema/texts.ts";
import type { Located, Span } from "../../source/span.ts";
import { checkHeaderName } from "./key.ts";

export type CostSpec =
  | (Fillable<number> & { readonly kind: "number" })
  | (Located<string> & { readonly kind: "expression" })
  | { readonly span: Span; readonly kind: "response-header"; readonly name: Located<string> };

const number = fillableInteger(1, 1_000_000_000, "tokens");
const expression = celText("size(request.path)");
const told = object(
  {
    responseHeader: required(headerName, "the header of the response that tells it, charged when that comes"),
  },
  { example: "{ responseHeader: x-cost }" },
);

export const cost: Schema<CostSpec> = {
  expected: `${number.expected}, an expression in CEL, or a mapping`,
  unit: number.unit,
  inside: told.inside,
  json: () => ({ anyOf: [number.json(), expression.json(), told.json()] }),
  read(raw, at, context) {
    const node = follow(raw, context);
    if (isMap(node)) {
      const read = told.read(raw, at, context);
      return read && { kind: "response-header", name: read.responseHeader, span: read.span };
    }
    if (isScalar(node) && typeof node.value === "string" && referenceIn(node) === undefined) {
      const read = expression.read(raw, at, context);
      return read && { kind: "expression", ...read };
    }
    const read = number.read(raw, at, context);
    return read && { kind: "number", ...read };
  },
};

/** Reports an expression that is none, and a header that has no such name. */
export function checkCost(spec: CostSpec, diagnostics: Diagnostics): void {
  if (spec.kind === "expression") reportCel(spec, checkCelCost(spec.value), diagnostics);
  if (spec.kind === "response-header") checkHeaderName(spec.name, diagnostics);
}

/** What every request takes, where that is known before there is one. */
export function knownCost(spec: CostSpec | undefined): number | undefined {
  if (spec === undefined) return 1;
  if (spec.kind === "number") return spec.value;
  if (spec.kind === "response-header") return 1;
  const checked = checkCelCost(spec.value);
  const root = "expression" in checked ? checked.expression.root : undefined;
  return root?.op === "literal" && typeof root.value === "bigint" ? Number(root.value) : undefined;
}

export function lowerCost(spec: CostSpec | undefined): Cost {
  if (spec?.kind === "response-header") {
    return { kind: "response-header", name: spec.name.value.toLowerCase() };
  }
  const known = knownCost(spec);
  if (known !== undefined || spec?.kind !== "expression") {
    const { hole } = spec?.kind === "number" ? spec : {};
    return { kind: "constant", value: known ?? 1, ...holesOf({ value: hole }) };
  }
  return { kind: "cel", expression: expressionOf(checkCelCost(spec.value)) };
}
