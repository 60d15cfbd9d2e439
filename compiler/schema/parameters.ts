// `${name}` in policies: a parameter of the bundle, as a whole value, in the places that take one. Anywhere else it is an error.
import { isScalar, type Node } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import type { Declaration } from "../ir/parameters.ts";
import type { Located, Span } from "../source/span.ts";
import type { JsonSchema } from "./json-schema.ts";

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** The parameters that a bundle declares, and which of them its policies use. */
export class Parameters {
  readonly #declared = new Map<string, Declaration>();
  readonly #used = new Set<string>();
  readonly #bounds = new Map<string, Bounds>();

  declare(declaration: Declaration): void {
    if (!this.#declared.has(declaration.name)) this.#declared.set(declaration.name, declaration);
  }

  /** The declaration of a name that stands somewhere; reports a name that is nobody's. */
  use(name: Located<string>, diagnostics: Diagnostics): Declaration | undefined {
    const found = this.#declared.get(name.value);
    this.#used.add(name.value);
    if (found) return found;
    const names = [...this.#declared.keys()];
    const label = didYouMean(name.value, names);
    diagnostics.error("unknown-parameter", `there is no parameter \`${name.value}\``, {
      span: name.span,
      ...(label && { label }),
      help:
        names.length === 0
          ? "declare it in the bundle's `Bundle` document, under `spec.parameters`"
          : `the bundle's parameters are ${names.map((n) => `\`${n}\``).join(", ")}`,
    });
    return undefined;
  }

  /** What is left of an integer's values when another place takes only some of them. */
  narrow({ name, minimum = 0, maximum = Infinity }: Declaration, least: number, most: number): Bounds {
    const before = this.#bounds.get(name) ?? { least: minimum, most: maximum };
    const bounds = { least: Math.max(before.least, least), most: Math.min(before.most, most) };
    this.#bounds.set(name, bounds);
    return bounds;
  }

  isUsed(name: string): boolean {
    return this.#used.has(name);
  }

  has(name: string): boolean {
    return this.#declared.has(name);
  }
}

const NAME = /[A-Za-z][A-Za-z0-9_-]{0,62}/;
const WHOLE = new RegExp(`^\\$\\{(${NAME.source})\\}$`);
/** A parameter as a whole value. */
export const parameterAlone: JsonSchema = { type: "string", pattern: `^\\$\\{${NAME.source}\\}$` };
/** A parameter's name, as a pattern of JSON Schema. */
export const PARAMETER_NAME = `^${NAME.source}$`;
const INSIDE = new RegExp(`\\$\\{(${NAME.source})\\}`, "g");

/** What reading knows. */
interface Place {
  readonly parameters: Parameters;
  readonly diagnostics: Diagnostics;
}

/** Whether a parameter can be called so. */
export function isParameterName(text: string): boolean {
  return new RegExp(PARAMETER_NAME).test(text);
}

/** The name in a scalar that is `${name}` and nothing else. */
export function referenceIn(node: Node | null | undefined): string | undefined {
  return isScalar(node) && typeof node.value === "string" ? WHOLE.exec(node.value)?.[1] : undefined;
}

/** Reports a parameter in a text whose place takes none, or as a part of a text. True where there was one. */
export function reportParameters(text: Located<string>, { parameters, diagnostics }: Place): boolean {
  const whole = WHOLE.exec(text.value)?.[1];
  if (whole !== undefined) {
    reportMisplaced(whole, text.span, { parameters, diagnostics });
    return true;
  }
  for (const [written, name] of text.value.matchAll(INSIDE)) {
    if (name === undefined || !parameters.has(name)) continue;
    diagnostics.error(
      "parameter-misplaced",
      `\`${written}\` is a part of this text, and would stay as it is`,
      {
        span: text.span,
        help: "a parameter is a whole value, never a part of one: make the whole text a parameter where one may stand, or write the value",
      },
    );
    return true;
  }
  return false;
}

/** Reports a parameter in a place that takes none. */
export function reportMisplaced(name: string, span: Span, { parameters, diagnostics }: Place): void {
  // Whoever meant to use it is told so once.
  if (parameters.has(name)) parameters.use({ value: name, span }, diagnostics);
  diagnostics.error("parameter-misplaced", "a parameter cannot stand here: what does is compiled in", {
    span,
    help: "write the value itself; parameters stand for rates and costs of limits, values of headers, weights, and how refusals are answered",
  });
}
