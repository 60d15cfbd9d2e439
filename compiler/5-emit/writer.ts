// The source in the making: lines with the places they came from, imports as they turn out to be needed, literals and names.
import { positionOf, type Span } from "../source/span.ts";
import type { Answer, Origin } from "../ir/program.ts";
import { slotKey, slotTitle, type Slot } from "../ir/slots.ts";
import { comment, constantCase, Literals, unique, type Taken } from "./literals.ts";
import { Values } from "./values.ts";

const SDK = "proxy-wasm-assemblyscript-sdk";
const RUNTIME = "tollgate/runtime";

const slotLetters: Readonly<Record<Slot["from"], string>> = {
  header: "H",
  cookie: "C",
  claim: "C",
  property: "P",
  query: "Q",
  hostname: "N",
};

/** Words of a table: their type in AssemblyScript. */
export type WordType = "u8" | "u16" | "u32" | "u64";

export class Writer {
  readonly literals = new Literals();
  /** What a configuration gives. */
  readonly values: Values;
  /** Names of functions that are taken. */
  readonly functions: Taken = new Map();
  /** What comes before `configure`: expressions that `context` and `size` may be a part of. */
  readonly configureFirst: string[] = [];
  /** Expressions that must all be true for a configuration to be taken. */
  readonly configure: string[] = [];
  /** The same, behind all others. */
  readonly configureLast: string[] = [];
  /** What the timer does, each a statement; `context` is the root context. */
  readonly tick: string[] = [];
  readonly lines: string[] = [];
  /** Places in policies, by line (from 1) of `lines`. */
  readonly origins = new Map<number, Span>();
  /** Slot constants by key, in the order of their numbers. */
  readonly #slots: ReadonlyMap<string, { readonly name: string; readonly title: string }>;
  readonly #tables = new Map<string, string>();
  readonly #tableNames: Taken = new Map();
  readonly #rooms: string[] = [];
  readonly #imports = new Map<string, Set<string>>();
  #outlined: { name: string; expression: string }[] = [];

  constructor(slots: readonly Slot[], values = new Values({ values: undefined, limits: [] })) {
    this.values = values;
    const taken: Taken = new Map();
    this.#slots = new Map(
      slots.map((slot) => {
        const title = slotTitle(slot);
        return [
          slotKey(slot),
          { name: unique(`${slotLetters[slot.from]}_${constantCase(title)}`, taken), title },
        ];
      }),
    );
  }

  /** The constant that holds a header's slot number. */
  slot(header: string): string {
    return this.slotOf({ from: "header", name: header });
  }

  /** The constant that holds a slot's number. */
  slotOf(slot: Slot): string {
    const planned = this.#slots.get(slotKey(slot));
    if (!planned) throw new Error(`${slotTitle(slot)} was not planned`);
    return planned.name;
  }

  /** The declarations of slot numbers. */
  slotLines(): string[] {
    return [...this.#slots.values()].map(
      ({ name, title }, i) => `const ${name}: u32 = ${i}; // ${comment(title)}`,
    );
  }

  /** A table of constants, by the name of its address; equal ones are one. */
  table(type: WordType, wish: string, words: readonly (number | bigint)[]): string {
    if (words.length === 0) return "0";
    const declaration = `usize = memory.data<${type}>([${words.join(", ")}]);`;
    let name = this.#tables.get(declaration);
    if (name === undefined) this.#tables.set(declaration, (name = unique(wish, this.#tableNames)));
    return name;
  }

  /** Room of so many bytes, zero at first, by the name of its address. */
  room(wish: string, bytes: number, alignment: number): string {
    const name = unique(wish, this.#tableNames);
    this.#rooms.push(`const ${name}: usize = memory.data(${bytes}, ${alignment});`);
    return name;
  }

  /** The declarations of tables and rooms, in the order of first use. */
  tableLines(): string[] {
    return [
      ...this.#rooms,
      ...[...this.#tables].map(([declaration, name]) => `const ${name}: ${declaration}`),
    ];
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

  /** Puts an expression into a function of its own, to be written later, and returns the function's name. */
  outlined(expression: string): string {
    const name = unique("part", this.functions);
    this.#outlined.push({ name, expression });
    return name;
  }

  /** Writes the functions that expressions were outlined into since the last time. */
  writeOutlined(): void {
    for (const { name, expression } of this.#outlined) {
      this.line("", `function ${name}(): bool {`, `  return ${expression};`, "}");
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

  /** Status and body of an answer, each as arguments. */
  answer(answer: Answer): { readonly status: string; readonly body: string } {
    return this.values.answer(answer, (body) => this.literals.of(body).arguments);
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
