// Checked CEL expressions as one Wasm module, for tests: each is a function of it, and the request is what the test says.
import { buildDfa } from "../../compiler/automata/dfa.ts";
import type { Regex } from "../../compiler/automata/regex.ts";
import { celAttributes, type CelAttributeName } from "../../compiler/cel/attributes.ts";
import type { CelExpression, CelValueExpression } from "../../compiler/cel/expression.ts";
import { attributeOf, type CelRequest } from "../../compiler/cel/request.ts";
import { emitCelValue } from "../../compiler/5-emit/cel-value.ts";
import { emitCel, type CelReads, type CelWriter } from "../../compiler/5-emit/cel.ts";
import { Literals, type Taken } from "../../compiler/5-emit/literals.ts";
import type { Assembler } from "../../compiler/index.ts";
import type { Request } from "../../compiler/ir/interpret.ts";
import { Diagnostics } from "../../compiler/diagnostics/diagnostic.ts";
import { byteString } from "../../compiler/http/header-syntax.ts";
import { Guest } from "../../filters/runtime/testing/compile.ts";

interface Exports {
  begin(claims: number, size: number): number;
  evaluate(index: number): number;
  value(index: number): bigint;
  valueFailed(): number;
  cost(index: number): bigint;
}

/** Expressions as they are compiled. */
export class CelModule {
  readonly #guest: Guest<Exports>;
  readonly #values: readonly CelValueExpression[];

  private constructor(guest: Guest<Exports>, values: readonly CelValueExpression[]) {
    this.#guest = guest;
    this.#values = values;
  }

  /** Conditions are evaluated with `evaluate`, expressions for values with `value`. */
  static async compile(
    expressions: readonly CelExpression[],
    assembler: Assembler,
    values: readonly CelValueExpression[] = [],
  ): Promise<CelModule> {
    const diagnostics = new Diagnostics();
    const source = { text: celSource(expressions, values), origins: new Map() };
    const wasm = await assembler.assemble(source, diagnostics);
    if (!wasm) throw new Error(diagnostics.all.map(({ message }) => message).join("\n"));
    return new CelModule(new Guest<Exports>(wasm), values);
  }

  /** The next evaluations are of this request; `payload` is the token's where it is no JSON. */
  request(
    request: Request & CelRequest,
    payload = request.claims === undefined ? "" : JSON.stringify(request.claims),
  ): void {
    const { host } = this.#guest;
    host.headers = request.headers;
    host.properties.clear();
    for (const [name, { from, type }] of Object.entries(celAttributes)) {
      if (from.kind !== "property") continue;
      const value = attributeOf(name as CelAttributeName, request);
      if (value !== undefined) host.properties.set(from.path.join("\0"), serialized(value, type === "bool"));
    }
    const claims = byteString(payload);
    const at = this.#guest.write(claims);
    if (this.#guest.exports.begin(claims === "" ? 0 : at, claims.length) === 0) throw new Error("no headers");
  }

  evaluate(index: number): boolean | "error" {
    const outcome = this.#guest.exports.evaluate(index);
    return outcome === 2 ? "error" : outcome === 1;
  }

  /** As `evaluateCelValue` has it. */
  value(index: number): bigint | string | undefined {
    const value = this.#guest.exports.value(index);
    if (this.#guest.exports.valueFailed() !== 0) return undefined;
    if (this.#values[index]?.type === "int") return BigInt.asIntN(64, value);
    return this.#guest.text(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(64, value) >> 32n));
  }

  /** What the value of an int means as a cost. */
  cost(index: number): bigint {
    return BigInt.asUintN(64, this.#guest.exports.cost(index));
  }

  get memoryBytes(): number {
    return this.#guest.memoryBytes;
  }
}

function serialized(value: unknown, isBool: boolean): string {
  if (isBool) return value === true ? "\x01" : "\0";
  if (typeof value === "string") return value;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value as bigint);
  return bytes.toString("latin1");
}

/** The source of the module. */
function celSource(expressions: readonly CelExpression[], values: readonly CelValueExpression[]): string {
  const headers = [...new Set([...expressions, ...values].flatMap((expression) => expression.headers))];
  const imports = new Map<string, Set<string>>();
  const body: string[] = [];
  const use = (module: string, name: string): string => {
    imports.set(module, (imports.get(module) ?? new Set()).add(name));
    return name;
  };
  const functions: Taken = new Map();
  const literals = new Literals();
  const writer: CelWriter = { literals, functions, runtime: use, line: (...lines) => body.push(...lines) };
  const tables: string[] = [];
  const reads: CelReads = {
    header: (name) => String(headers.indexOf(name)),
    claims: () => "claims",
    regex: (regex) => regexFunction(regex, tables, use),
  };
  const names = expressions.map((expression) => emitCel(expression, writer, reads));
  const valueNames = values.map((expression) => emitCelValue(expression, writer, reads));
  const fails = use("cel-failure", "failed");
  const cost = use("cel-cost", "costOf");
  for (const name of [
    "beginRequest",
    "headersComplete",
    "keep",
    "nameIs",
    "nameSize",
    "nextHeader",
    "readHeaders",
  ])
    use("request", name);
  const keeps = headers.map(
    (header, i) =>
      `    if (nameSize() == ${header.length} && nameIs(${literals.of(header).pointer})) keep(${i});`,
  );
  return [
    ...[...imports].map(
      ([module, all]) => `import { ${[...all].join(", ")} } from "tollgate/runtime/${module}";`,
    ),
    `export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";`,
    `const SLOTS: usize = memory.data(${Math.max(1, headers.length) * 8}, 4);`,
    "const SCRATCH: usize = memory.data(65536, 16);",
    "let claims: u64 = 0;",
    "export function scratch(): usize {",
    "  return SCRATCH;",
    "}",
    "export function begin(payload: usize, size: u32): bool {",
    "  claims = payload == 0 ? 0 : (<u64>size << 32) | <u64>payload;",
    "  beginRequest();",
    `  readHeaders(SLOTS, ${headers.length});`,
    "  while (nextHeader()) {",
    ...keeps,
    "  }",
    "  return headersComplete();",
    "}",
    ...numbered("evaluate", "u32", names),
    ...numbered("valueNumbered", "u64", valueNames),
    "let hasFailed = false;",
    "export function value(index: u32): u64 {",
    "  const value = valueNumbered(index);",
    `  hasFailed = ${fails}();`,
    "  return value;",
    "}",
    "export function valueFailed(): bool {",
    "  return hasFailed;",
    "}",
    "export function cost(index: u32): u64 {",
    `  return ${cost}(<i64>valueNumbered(index));`,
    "}",
    ...body,
    ...tables,
    ...literals.declarations(),
    "",
  ].join("\n");
}

/** A function that calls one of many by its number; asc is slow with very long ones. */
function numbered(name: string, type: "u32" | "u64", called: readonly string[]): string[] {
  const groups: string[] = [];
  const chosen: string[] = [];
  for (let i = 0; i < called.length; i += 100) {
    const group = `${name}${i / 100}`;
    chosen.push(`    case ${i / 100}: return ${group}(index);`);
    groups.push(`function ${group}(index: u32): ${type} {`, "  switch (index) {");
    groups.push(...called.slice(i, i + 100).map((one, j) => `    case ${i + j}: return <${type}>${one}();`));
    groups.push("  }", "  return 3;", "}");
  }
  const body = ["  switch (index / 100) {", ...chosen, "  }", "  return 3;", "}"];
  return [`export function ${name}(index: u32): ${type} {`, ...body, ...groups];
}

/** The whole automaton as tables, and the runtime's own loop over it. */
function regexFunction(regex: Regex, lines: string[], use: (module: string, name: string) => string): string {
  const dfa = buildDfa([regex], { maxStates: 1000 });
  if (!dfa) throw new Error("too large an automaton for this test");
  const name = `regex${lines.length}`;
  const data = (type: string, values: Iterable<number>): string =>
    `memory.data<${type}>([${[...values].join(", ")}])`;
  const accepts = dfa.accepts.map((patterns) => patterns.length);
  const tables = [
    data("u8", dfa.classOf),
    `${dfa.classes}`,
    data("u16", dfa.next),
    data("u32", accepts),
    `${dfa.start}`,
  ];
  lines.push(`function ${name}(p: usize, size: u32): bool {`);
  lines.push(`  return ${use("dfa", "runDfa")}(${tables.join(", ")}, p, size) != 0;`, "}");
  return name;
}
