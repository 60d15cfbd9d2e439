// Header changes as calls: those of the request, and of the response what was made of the request or stands in the response.
import type { CelValueExpression } from "../cel/expression.ts";
import type { HeaderChange, Template } from "../ir/routing.ts";
import { constantCase, unique, type Taken } from "./literals.ts";
import type { Writer } from "./writer.ts";

export class HeaderChanges {
  readonly #writer: Writer;
  readonly #values: ReadonlyMap<CelValueExpression, string>;
  /** Slot constants of response headers. */
  readonly responseSlots: ReadonlyMap<string, string>;

  /**
   * @param values the functions that evaluate expressions
   * @param responseHeaders the response headers that are copied, renamed or mapped
   */
  constructor(
    writer: Writer,
    values: ReadonlyMap<CelValueExpression, string>,
    responseHeaders: readonly string[],
  ) {
    this.#writer = writer;
    this.#values = values;
    const taken: Taken = new Map();
    this.responseSlots = new Map(
      responseHeaders.map((name) => [name, unique(`R_${constantCase(name)}`, taken)]),
    );
  }

  /** Calls that change the request, each false where the proxy refused. */
  ofRequest(changes: readonly HeaderChange[]): string[] {
    return changes.map((change) =>
      this.#call("Request", change, (value) => ({ how: "Made", more: [this.#made(value)] })),
    );
  }

  /** Calls that make, while there is the request, what the response will get. */
  kept(changes: readonly HeaderChange[]): string[] {
    return changes.flatMap((change) =>
      (change.op === "set" || change.op === "add") && !isPlain(change.value)
        ? [`${this.#use("changes", "keepMade")}(${this.#made(change.value)})`]
        : [],
    );
  }

  /** Calls that change the response. */
  ofResponse(changes: readonly HeaderChange[]): string[] {
    return changes.map((change) => this.#call("Response", change, () => ({ how: "Kept", more: [] })));
  }

  #call(
    map: "Request" | "Response",
    change: HeaderChange,
    made: (value: Template) => { readonly how: string; readonly more: readonly string[] },
  ): string {
    const on = `${this.#writer.abi("numbers", "HeaderMap")}.${map}`;
    const name = this.#writer.literals.of(change.name).arguments;
    switch (change.op) {
      case "remove":
        return `${this.#writer.runtime("respond", "removeHeader")}(${on}, ${name})`;
      case "set":
      case "add": {
        const verb = change.op === "set" ? "set" : "append";
        const given = change.holes?.value;
        if (given) {
          const { values } = this.#writer;
          return `${this.#writer.runtime("respond", `${verb}Header`)}(${on}, ${name}, ${values.text(values.at(given))})`;
        }
        if (isPlain(change.value)) {
          const value = this.#writer.literals.of(change.value.map(String).join("")).arguments;
          return `${this.#writer.runtime("respond", `${verb}Header`)}(${on}, ${name}, ${value})`;
        }
        const { how, more } = made(change.value);
        return `${this.#use("changes", verb + how)}(${[on, name, ...more].join(", ")})`;
      }
      case "copy":
      case "rename": {
        const to = this.#writer.literals.of(change.to).arguments;
        const from = this.#slot(map, change.name);
        return change.op === "copy"
          ? `${this.#use("changes", "copyHeader")}(${on}, ${from}, ${to})`
          : `${this.#use("changes", "renameHeader")}(${on}, ${from}, ${name}, ${to})`;
      }
      case "map": {
        const to = this.#writer.literals.of(change.to).arguments;
        const tables = this.#table(change).join(", ");
        return `${this.#use("changes", "mapHeader")}(${on}, ${this.#slot(map, change.name)}, ${to}, ${tables})`;
      }
    }
  }

  #slot(map: "Request" | "Response", name: string): string {
    if (map === "Request") return this.#writer.slot(name);
    const slot = this.responseSlots.get(name);
    if (slot === undefined) throw new Error(`${name} was not planned`);
    return slot;
  }

  /** An expression that makes a value, and whether it could. */
  #made(value: Template): string {
    const parts = value.map((part) => {
      if (typeof part === "string")
        return `${this.#use("made", "addMade")}(${this.#writer.literals.of(part).arguments})`;
      const add = this.#use("made", part.type === "int" ? "addMadeNumber" : "addMadeText");
      return `${add}(${this.#values.get(part) ?? ""}())`;
    });
    return [`${this.#use("made", "beginMade")}()`, ...parts, `${this.#use("made", "endMade")}()`].join(
      " && ",
    );
  }

  /** As filters/runtime/routing/changes.ts reads it. */
  #table({
    table,
    otherwise,
  }: Extract<HeaderChange, { readonly op: "map" }>): [table: string, texts: string] {
    let texts = "";
    const place = (text: string): [at: number, size: number] => {
      texts += text;
      return [texts.length - text.length, text.length];
    };
    const entries = new Map<string, string>();
    for (const [from, to] of table) if (!entries.has(from)) entries.set(from, to);
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const words = [
      sorted.length,
      ...(otherwise === undefined ? [0, 0xffffffff] : place(otherwise)),
      ...sorted.flatMap(([from, to]) => [...place(from), ...place(to)]),
    ];
    const bytes = Array.from(texts, (c) => c.charCodeAt(0));
    return [this.#writer.table("u32", "MAP", words), this.#writer.table("u8", "MAP_TEXTS", bytes)];
  }

  #use(module: string, name: string): string {
    return this.#writer.runtime(`routing/${module}`, name);
  }
}

function isPlain(value: Template): boolean {
  return value.every((part) => typeof part === "string");
}
