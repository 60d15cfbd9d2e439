// What tests say of a bundle's parameters.
import { Diagnostics, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { isValueOf } from "../ir/filled.ts";
import { expectedOf, type ParameterType } from "../ir/parameters.ts";
import type { Program } from "../ir/program.ts";
import type { PolicyTest } from "./read.ts";

/** The values by name; or what is wrong with them. */
export function parametersFor(
  { parameters: given, span }: Pick<PolicyTest, "parameters" | "span">,
  { parameters = [] }: Program,
):
  | { readonly values: ReadonlyMap<string, number | string> }
  | { readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics = new Diagnostics();
  const names = parameters.map(({ name }) => name);
  for (const [name, at] of given) {
    if (names.includes(name)) continue;
    const label = didYouMean(name, names);
    diagnostics.error("unknown-parameter", `these policies use no parameter \`${name}\``, {
      span: at.span,
      ...(label && { label }),
      help:
        names.length === 0
          ? "leave it out, or declare it in the `Bundle` document and use it"
          : `their parameters are ${names.map((one) => `\`${one}\``).join(", ")}`,
    });
  }
  const values = new Map<string, number | string>();
  for (const parameter of parameters) {
    const { name, type } = parameter;
    const at = given.get(name);
    const { value } = at ?? {};
    const expected = expectedOf(parameter);
    if (!at) {
      if (parameter.default !== undefined) continue;
      diagnostics.error(
        "bad-parameter",
        `the parameter \`${name}\` has no default, so the test has to give it`,
        {
          span,
          help: `write ${expected} under \`spec.parameters\``,
        },
      );
    } else if (fits(type, value) && isValueOf(parameter, String(value))) {
      values.set(name, value);
    } else {
      diagnostics.error("bad-parameter", `this is no value of the parameter \`${name}\``, {
        span: at.span,
        help: `write ${expected}`,
      });
    }
  }
  return diagnostics.hasErrors ? { diagnostics: diagnostics.sorted() } : { values };
}

function fits(type: ParameterType, value: unknown): value is number | string {
  return typeof value === (type === "integer" ? "number" : "string");
}
