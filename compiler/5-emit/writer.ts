// The source in the making: lines with the places they came from, imports as they turn out to be needed, literals and names.
import { positionOf, type Span } from "../source/span.ts";
import type { Origin } from "../ir/program.ts";
import type { Names } from "./condition.ts";
import { indent } from "./condition.ts";
import { comment, constantCase, Literals, unique, type Taken } from "./literals.ts";

const SDK = "proxy-wasm-assemblyscript-sdk";
const RUNTIME = "tollgate/runtime";

export class Writer implements Names {
  readonly literals = new Literals();
  /** Names of functions that are taken. */
  readonly functions: Taken = new Map();
  /** Slot constants by header, in the order of their numbers. */
  readonly slots: ReadonlyMap<string, string>;
  readonly lines: string[] = [];
  /** Places in policies, by line (from 1) of `lines`. */
  readonly origins = new Map<number, Span>();
  readonly #imports = new Map<string, Set<string>>();
  #outlined: { name: string; lines: readonly string[] }[] = [];

  constructor(headers: readonly string[]) {
    const taken: Taken = new Map();
    this.slots = new Map(headers.map((header) => [header, unique(`H_${constantCase(header)}`, taken)]));
  }

  slot(header: string): string {
    const name = this.slots.get(header);
    if (name === undefined) throw new Error(`header ${header} was not planned`);
    return name;
  }

  runtime(module: string, name: string): string {
    return this.#import(`${RUNTIME}/${module}`, name);
  }

  /** Imports a name of the SDK's ABI layer and returns it. */
  abi(module: string, name: string): string {
    return this.#import(`${SDK}/abi/${module}`, name);
  }

  line(...lines: string[]): void {
    this.lines.push(...lines);
  }

  /** Lines that a place in a policy is responsible for. */
  lineFor(span: Span, ...lines: string[]): void {
    for (const line of lines) {
      this.lines.push(line);
      this.origins.set(this.lines.length, span);
    }
  }

  /** A return of an expression, on one line where it is on one. */
  returnLines(span: Span | undefined, expression: readonly string[]): void {
    const lines =
      expression.length === 1
        ? [`  return ${expression[0] ?? ""};`]
        : ["  return (", ...expression.map((line) => indent(indent(line))), "  );"];
    if (span) this.lineFor(span, ...lines);
    else this.line(...lines);
  }

  outlined(lines: readonly string[]): string {
    const name = unique("part", this.functions);
    this.#outlined.push({ name, lines });
    return name;
  }

  /** Writes the functions that expressions were outlined into since the last time. */
  writeOutlined(span?: Span): void {
    for (const { name, lines } of this.#outlined) {
      this.line("", `function ${name}(): bool {`);
      this.returnLines(span, lines);
      this.line("}");
    }
    this.#outlined = [];
  }

  importLines(): string[] {
    return [...this.#imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([module, names]) => importLines(module, [...names].sort()));
  }

  /** Response-code details, named after what refuses. */
  why(details: string): string {
    const name = identifier(details.replace(/^tollgate:[^:]*:/, "")).toUpperCase();
    return this.literals.of(details, `WHY_${name}`).arguments;
  }

  /** A call that refuses the request. */
  refuse(status: number, details: string, body: string, grpc: number): string {
    const literals = [this.why(details), this.literals.of(body).arguments].join(", ");
    return `${this.runtime("respond", "refuse")}(${status}, ${literals}, ${grpc})`;
  }

  /** A function name for an operation. */
  functionName(action: string, origin: Origin): string {
    return unique(`${action}_${identifier(origin.policy)}_${identifier(origin.part)}`, this.functions);
  }

  #import(module: string, name: string): string {
    const names = this.#imports.get(module) ?? new Set();
    this.#imports.set(module, names.add(name));
    return name;
  }
}

/** Letters, digits and underscores only. */
export function identifier(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
}

/** Where an operation was written, for a comment. */
export function place(origin: Origin): string {
  const { line } = positionOf(origin.span.file, origin.span.start);
  return comment(`${origin.policy} ${origin.part}, ${origin.span.file.path}:${line}`);
}

function importLines(module: string, names: readonly string[]): string[] {
  const line = `import { ${names.join(", ")} } from "${module}";`;
  return line.length <= 110
    ? [line]
    : ["import {", ...names.map((name) => `  ${name},`), `} from "${module}";`];
}
