// The decision engine's own edges: what a filter's tables hold is pushed to where their fields end, and requests stand as close
// to every border as they can. The filter must decide as the interpreter does, name the same rule, and never trap.
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Regex } from "../../compiler/automata/regex.ts";
import { Assembler } from "../../compiler/index.ts";
import { plan } from "../../compiler/4-plan/planner.ts";
import { emit } from "../../compiler/5-emit/emit.ts";
import { Diagnostics } from "../../compiler/diagnostics/diagnostic.ts";
import { interpret, LimitState, type Request } from "../../compiler/ir/interpret.ts";
import type { Attribute, Block, Condition, Predicate, Program } from "../../compiler/ir/program.ts";
import { FilterModule, HeaderMap, propertyPath, Vm } from "../../host/index.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const direct = propertyPath("filter_state", "tollgate.direct_remote_address");
const client = propertyPath("source", "address");

/** A filter of DENY rules with these conditions, beside the interpreter. */
class Both {
  readonly #program: Program;
  readonly #vm: Vm;

  private constructor(program: Program, vm: Vm) {
    this.#program = program;
    this.#vm = vm;
  }

  static async of(conditions: readonly Condition[]): Promise<Both> {
    const span = { file: { path: "edge.yaml", shown: "edge.yaml", text: "" }, start: 0, end: 0 };
    const answer = { status: 403, body: "" };
    const program: Program = {
      bundle: "edges",
      policies: [],
      authorization: {
        deny: conditions.map((when, i) => ({ origin: { policy: "n/p", part: `rules[${i}]`, span }, when })),
        allow: [],
        anyAllowPolicy: false,
        observers: [],
      },
      limits: [],
      routes: [],
      backends: [],
      responses: { denied: answer, unauthenticated: answer, limited: answer },
    };
    const diagnostics = new Diagnostics();
    const wasm = await assembler.assemble(emit(plan(program), "0.0.0"), diagnostics);
    if (!wasm) throw new Error(JSON.stringify(diagnostics.sorted()));
    return new Both(program, Vm.start(FilterModule.compile(wasm)));
  }

  /** Both decide alike; answers which rule it was, -1 for none. */
  ask(request: Request): number {
    const properties = new Map<string, string>();
    if (request.peer !== undefined) properties.set(direct, request.peer);
    if (request.client !== undefined) {
      properties.set(client, request.client.includes(":") ? `[${request.client}]:1` : `${request.client}:1`);
    }
    for (const [filter, members] of Object.entries(request.metadata ?? {}))
      for (const [name, value] of Object.entries(members as Record<string, string>))
        properties.set(propertyPath("metadata", "filter_metadata", filter, name), value);
    const stream = this.#vm.openStream(properties);
    const result = stream.requestHeaders(new HeaderMap(request.headers), true);
    stream.close();
    const seen = result.kind === "local-response" ? result.response.details : result.kind;
    const wanted = interpret(this.#program, request, 0n, new LimitState());
    expect(seen).toBe(wanted.kind === "refuse" ? wanted.details : "continue");
    return wanted.kind === "refuse" ? Number(/\[(\d+)\]$/.exec(wanted.details)?.[1]) : -1;
  }

  /** As `ask`, of one value of a header. */
  value(name: string, ...values: readonly string[]): number {
    return this.ask({ headers: values.map((value) => [name, value] as const) });
  }

  close(): void {
    this.#vm.close();
  }
}

const is = (attribute: Attribute, predicate: Predicate): Condition => ({ op: "test", attribute, predicate });
const header = (name: string): Attribute => ({ kind: "header", name });
const path: Attribute = { kind: "path" };
const host: Attribute = { kind: "host" };
const bytes = (from: number, to = from): Regex => ({ op: "bytes", ranges: [[from, to]] });
const anything: Regex = { op: "repeat", of: bytes(0, 255), min: 0 };

/** Values that are almost this one. */
function near(text: string): string[] {
  const middle = text.length >> 1;
  const turned = (at: number, byte: number): string =>
    text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
  return [
    text,
    text.slice(1),
    text.slice(0, -1),
    `${text}x`,
    `x${text}`,
    `${text}\xff`,
    `\0${text}`,
    text + text,
    text.toUpperCase(),
    ...(text === "" ? [] : [turned(0, 0x80), turned(middle, 0xff), turned(text.length - 1, 0)]),
  ];
}

describe("texts", () => {
  let both: Both;
  afterAll(() => both.close());

  test("longer than a label's length can be told in one node", async () => {
    const lengths = [65_535, 65_536, 65_537, 65_538, 70_000, 131_072, 131_073, 140_000];
    const text = (length: number): string => `/${"a".repeat(length - 1)}`;
    both = await Both.of([
      ...lengths.map((length) => is(path, { kind: "exact", text: text(length) })),
      is(path, { kind: "exact", text: `${text(100_000)}b` }),
      is(path, { kind: "suffix", text: `b${"c".repeat(80_000)}` }),
      is(path, { kind: "prefix", text: `${text(139_000)}d` }),
      is(path, { kind: "exact", text: "/short" }),
    ]);
    const ask = (value: string): number => both.ask({ headers: [[":path", value]] });
    lengths.forEach((length, rule) => {
      expect(ask(text(length))).toBe(rule);
      expect(ask(text(length - 1))).toBe(lengths.indexOf(length - 1));
      expect(ask(`${text(length - 1)}b`)).toBe(-1);
    });
    expect(ask(`${text(100_000)}b`)).toBe(8);
    expect(ask(`${text(90_000)}b${"c".repeat(80_000)}`)).toBe(9);
    expect(ask(`b${"c".repeat(79_999)}`)).toBe(-1);
    expect(ask(`${text(139_000)}d/x`)).toBe(10);
    expect(ask("/short")).toBe(11);
    for (const value of near(text(65_536))) ask(value);
  });

  test("that are each other's beginnings and ends", async () => {
    const steps = Array.from({ length: 60 }, (_, i) => i * 1_000);
    const both = await Both.of([
      ...steps.map((n) => is(header("a"), { kind: "prefix", text: `${"x".repeat(n)}y` })),
      ...steps.map((n) => is(header("a"), { kind: "suffix", text: `z${"x".repeat(n)}` })),
      is(header("a"), { kind: "exact", text: "" }),
      is(header("a"), { kind: "prefix", text: "aba" }),
      is(header("a"), { kind: "suffix", text: "aba" }),
      is(header("b"), { kind: "prefix", text: "" }),
      is(header("c"), { kind: "suffix", text: "" }),
      is(header("d"), { kind: "not-empty" }),
      is(header("e"), { kind: "present" }),
    ]);
    steps.forEach((n, i) => {
      expect(both.value("a", `${"x".repeat(n)}y`)).toBe(i);
      expect(both.value("a", `${"x".repeat(n)}yz`)).toBe(i);
      expect(both.value("a", `q${"x".repeat(n)}yz${"x".repeat(n)}`)).toBe(60 + i);
      expect(both.value("a", "x".repeat(n))).toBe(n === 0 ? 120 : -1);
      expect(both.value("a", "q", `z${"x".repeat(n)}`, "q")).toBe(60 + i);
    });
    for (const value of ["aba", "ab", "ababa", "abab", "baba", "a", "", "abaz", "abay", "y", "z"]) {
      for (const name of ["a", "b", "c", "d", "e", "f"]) both.value(name, value, value);
    }
    expect([both.value("b", ""), both.value("c", ""), both.value("d", ""), both.value("e", "")]).toEqual([
      123, 124, -1, 126,
    ]);
    both.close();
  });

  test("of all bytes, 256 of them side by side, in tries and automata", async () => {
    const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
    const both = await Both.of([
      ...all.map((byte) => is(header("a"), { kind: "exact", text: `${byte}${byte}` })),
      ...all.map((byte) => is(header("b"), { kind: "suffix", text: `${byte}!` })),
      ...all.map((byte) =>
        is(header("c"), {
          kind: "regex",
          regex: { op: "sequence", of: [bytes(byte.charCodeAt(0)), bytes(0x80, 0xff)] },
        }),
      ),
    ]);
    all.forEach((byte, i) => {
      expect(both.value("a", `${byte}${byte}`)).toBe(i);
      expect(both.value("a", byte)).toBe(-1);
      expect(both.value("b", `${byte}!`)).toBe(256 + i);
      expect(both.value("c", `${byte}\x80`)).toBe(512 + i);
      expect(both.value("c", `${byte}\x7f`)).toBe(-1);
    });
    // Every one of them in one request.
    expect(both.value("a", ...all.map((byte) => `${byte}${byte}`).reverse())).toBe(0);
    expect(both.value("b", ...all.map((byte) => `${byte}!`).reverse())).toBe(256);
    expect(both.value("c", ...all.map((byte) => `${byte}\xff`).reverse())).toBe(512);
    both.close();
  });

  test("in hosts: ASCII letters have one case, other bytes have none", async () => {
    const folded = Array.from({ length: 256 }, (_, byte) =>
      byte >= 0x41 && byte <= 0x5a ? "a" : String.fromCharCode(byte),
    );
    const both = await Both.of([
      ...[...new Set(folded)].map((byte) => is(host, { kind: "exact", text: `x${byte}` })),
      is(host, { kind: "prefix", text: "pre\xe9" }),
      is(host, { kind: "suffix", text: "\xe9.suf" }),
      is(host, { kind: "regex", regex: { op: "sequence", of: [bytes(0x72), anything, bytes(0xe9)] } }),
    ]);
    const ask = (authority: string): number => both.ask({ headers: [[":authority", authority]] });
    for (let byte = 0; byte < 256; byte++) for (const x of ["x", "X"]) ask(x + String.fromCharCode(byte));
    for (const text of [
      "pre\xe9",
      "PRE\xe9",
      "pre\xc9",
      "y\xe9.SUF",
      "y\xc9.suf",
      "r\xe9",
      "R..\xe9",
      "R\xc9",
    ])
      ask(text);
    expect([ask("PRE\xe9z"), ask("PRE\xc9z"), ask("Q\xe9.SuF"), ask("R\xe9"), ask("R\xc9")]).toEqual([
      new Set(folded).size,
      -1,
      new Set(folded).size + 1,
      new Set(folded).size + 2,
      -1,
    ]);
    both.close();
  });
});

describe("addresses", () => {
  const top = (1n << 128n) - 1n;
  const block = (family: 4 | 6, network: bigint, bits: number): Block => ({ family, network, bits });
  const blocks = [
    block(4, 0xffffffffn, 32),
    block(4, 0xfffffffen, 31),
    block(4, 0n, 32),
    block(4, 0x80000000n, 1),
    block(6, top, 128),
    block(6, top - 1n, 127),
    block(6, 0n, 128),
    block(6, 1n, 128),
    block(6, 0xffff00000000n, 96),
    block(6, 0xffff0a000000n, 104),
    block(6, 1n << 127n, 1),
    block(6, (1n << 64n) - 1n, 128),
    block(6, 1n << 64n, 64),
    block(4, 0n, 0),
    block(6, 0n, 0),
  ];
  const addresses = [
    "0.0.0.0",
    "0.0.0.1",
    "127.255.255.255",
    "128.0.0.0",
    "255.255.255.253",
    "255.255.255.254",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::ffff:10.0.0.1",
    "::ffff:255.255.255.255",
    "::ffff:0:0",
    "::10.0.0.1",
    "0:0:0:0:ffff:ffff:ffff:ffff",
    "0:0:0:1::",
    "0:0:0:1:ffff:ffff:ffff:ffff",
    "0:0:0:2::",
    "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "8000::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::1%eth0",
    "",
    "10.0.0.1/32",
    "unix:/x",
  ];

  test("at the ends of both families, alone and together", async () => {
    for (const attribute of [{ kind: "peer" }, { kind: "client" }] as const) {
      const both = await Both.of([
        ...blocks.map((of) => is(attribute, { kind: "in-block", block: of })),
        { op: "not", of: is(attribute, { kind: "present" }) },
      ]);
      const found = new Set(addresses.map((address) => both.ask({ headers: [], [attribute.kind]: address })));
      found.add(both.ask({ headers: [] }));
      // No address is of the blocks that hold IPv4-mapped ones alone: those are IPv4.
      const never = [8, 9];
      expect([...found].sort((a, b) => a - b)).toEqual(
        Array.from({ length: blocks.length + 1 }, (_, i) => i).filter((i) => !never.includes(i)),
      );
      both.close();
    }
  });

  test("in hundreds of blocks that nest and touch", async () => {
    const nested = Array.from({ length: 129 }, (_, i) =>
      block(6, (top >> BigInt(128 - i)) << BigInt(128 - i), i),
    );
    const touching = Array.from({ length: 256 }, (_, i) => block(4, BigInt(i) << 24n, 8));
    const all = [...nested.reverse(), ...touching];
    const both = await Both.of(all.map((of) => is({ kind: "peer" }, { kind: "in-block", block: of })));
    for (const address of addresses) both.ask({ headers: [], peer: address });
    for (let i = 0; i < 256; i++) {
      expect(both.ask({ headers: [], peer: `${i}.0.0.0` })).toBe(129 + i);
      expect(both.ask({ headers: [], peer: `${i}.255.255.255` })).toBe(129 + i);
    }
    both.close();
  });
});

describe("rules", () => {
  test("of more literals than a clause's length can tell in one byte", async () => {
    const all = (count: number, of: (i: number) => Condition): Condition => ({
      op: "all",
      of: Array.from({ length: count }, (_, i) => of(i)),
    });
    const wanted = (i: number): Condition => is(header(`h${i}`), { kind: "exact", text: "v" });
    // Two values of different classes, so that the clauses are tried one by one.
    const other: Condition = is(header("h0"), { kind: "exact", text: "w" });
    for (const count of [254, 255, 256, 300]) {
      const both = await Both.of([all(count, wanted), { op: "all", of: [other, wanted(0), wanted(1)] }]);
      // As many as a request may have: the others are missing.
      const headers = (missing: number): [string, string][] =>
        Array.from({ length: Math.min(count, 255) }, (_, i): [string, string] => [
          `h${i}`,
          i === missing ? "x" : "v",
        ]);
      const complete = count <= 255 ? 0 : -1;
      expect(both.ask({ headers: headers(-1) })).toBe(complete);
      expect(both.ask({ headers: [...headers(-1), ["h0", "w"]] })).toBe(complete === 0 ? 0 : 1);
      expect(both.ask({ headers: headers(200) })).toBe(-1);
      expect(both.ask({ headers: [...headers(200), ["h0", "w"]] })).toBe(1);
      both.close();
    }
  });

  test("of hundreds of things that must not be", async () => {
    const none: Condition = {
      op: "all",
      of: Array.from({ length: 300 }, (_, i): Condition => ({
        op: "not",
        of: {
          op: "any",
          of: [
            is(header(`h${i}`), { kind: "exact", text: "v" }),
            is(header(`h${i}`), { kind: "suffix", text: "w" }),
          ],
        },
      })),
    };
    const both = await Both.of([none]);
    expect(both.value("other", "v")).toBe(0);
    expect(both.value("h0", "x", "y")).toBe(0);
    for (const name of ["h0", "h127", "h255", "h299"]) {
      expect(both.value(name, "x", "v")).toBe(-1);
      expect(both.value(name, "xw")).toBe(-1);
      expect(both.value(name, "x")).toBe(0);
    }
    both.close();
  });

  test("over more headers than a literal's column has bits for", async () => {
    const both = await Both.of(
      Array.from({ length: 1_100 }, (_, i): Condition => ({
        op: "all",
        of: [
          is(header(`h${i}`), { kind: "exact", text: "v" }),
          is(header("x"), { kind: "prefix", text: "y" }),
        ],
      })),
    );
    for (const i of [0, 1, 1_000, 1_023, 1_024, 1_025, 1_099]) {
      expect(both.ask({ headers: [[`h${i}`, "v"]] })).toBe(-1);
      expect(
        both.ask({
          headers: [
            [`h${i}`, "v"],
            ["x", "yz"],
          ],
        }),
      ).toBe(i);
      expect(
        both.ask({
          headers: [
            [`h${i}`, "u"],
            ["x", "yz"],
            ["x", "q"],
            [`h${i}`, "v"],
          ],
        }),
      ).toBe(i);
    }
    both.close();
  }, 120_000);

  test("thousands of one pattern, told apart by another header", async () => {
    const both = await Both.of(
      Array.from({ length: 3_000 }, (_, i): Condition => ({
        op: "all",
        of: [is(path, { kind: "prefix", text: "/same" }), is(header("h"), { kind: "exact", text: `v${i}` })],
      })),
    );
    for (const i of [0, 1, 2_047, 2_048, 2_999]) {
      expect(
        both.ask({
          headers: [
            [":path", "/same/x"],
            ["h", `v${i}`],
          ],
        }),
      ).toBe(i);
      expect(
        both.ask({
          headers: [
            [":path", "/sam"],
            ["h", `v${i}`],
          ],
        }),
      ).toBe(-1);
      expect(
        both.ask({
          headers: [
            [":path", "/same"],
            ["h", `v${i}`],
            ["h", "v2500"],
          ],
        }),
      ).toBe(Math.min(i, 2_500));
    }
    both.close();
  });
});

test("as many header values as there is room for do not push aside what the host is asked for last", async () => {
  const key = (i: number): Attribute => ({ kind: "metadata", filter: "f", path: [`k${i}`] });
  const rules = Array.from({ length: 500 }, (_, i) => is(key(i), { kind: "exact", text: "bad" }));
  const both = await Both.of([...rules, is(header("h"), { kind: "exact", text: "bad" })]);
  const headers = Array.from({ length: 256 }, (_, i) => ["h", `v${i}`] as const);
  const told = (bad: number): Request => ({
    headers,
    metadata: { f: Object.fromEntries(rules.map((_, i) => [`k${i}`, i === bad ? "bad" : "good"])) },
  });
  for (const bad of [0, 319, 320, 499]) expect(both.ask(told(bad))).toBe(bad);
  expect(both.ask(told(-1))).toBe(-1);
  both.close();
});

describe("random rules over odd texts", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "A", "\0", "\x80", "\xff", "/", ","), { maxLength: 4 })
    .map((parts) => parts.join(""));
  const regex: fc.Arbitrary<Regex> = fc
    .array(fc.constantFrom<Regex>(bytes(0x61), bytes(0, 0x7f), bytes(0x80, 0xff), anything), { maxLength: 3 })
    .map((of): Regex => ({ op: "sequence", of }));
  const predicate: fc.Arbitrary<Predicate> = fc.oneof(
    fc.record({ kind: fc.constantFrom("exact", "prefix", "suffix"), text }),
    regex.map((of) => ({ kind: "regex" as const, regex: of })),
    fc.constant({ kind: "not-empty" as const }),
  );
  const attribute = fc.constantFrom<Attribute>(header("h"), header("i"), path, host);
  const one: fc.Arbitrary<Condition> = fc.record({ op: fc.constant("test" as const), attribute, predicate });
  const literal = fc.oneof(
    one,
    one,
    one.map((of): Condition => ({ op: "not", of })),
  );
  const rule = fc
    .array(
      fc.array(literal, { minLength: 1, maxLength: 3 }).map((of): Condition => ({ op: "any", of })),
      { minLength: 2, maxLength: 4 },
    )
    .map((of): Condition => ({ op: "all", of }));
  const request: fc.Arbitrary<Request> = fc
    .record({
      path: text,
      host: text,
      h: fc.array(text, { maxLength: 4 }),
      i: fc.array(text, { maxLength: 4 }),
    })
    .map(({ path: p, host: a, h, i }) => ({
      headers: [
        [":path", p],
        [":authority", a],
        ...h.map((v) => ["h", v] as const),
        ...i.map((v) => ["i", v] as const),
      ],
    }));

  test.each([[1], [2]])("set %i", async (seed) => {
    const rules = fc.sample(rule, { numRuns: 40 * seed * seed, seed });
    const both = await Both.of(rules);
    const found = new Set<number>();
    for (const asked of fc.sample(request, { numRuns: 2_000, seed: seed + 10 })) found.add(both.ask(asked));
    expect(found.size).toBeGreaterThan(3);
    both.close();
  });
});
