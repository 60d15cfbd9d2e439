// The engine against the naive truth: random rules over random attributes, random requests. The diagram and the search must
// both name the first rule that holds, however small the budget is.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Regex } from "../automata/regex.ts";
import { holds, type Request } from "../ir/interpret.ts";
import type { Attribute, Condition, Predicate, Program } from "../ir/program.ts";
import { formatBlock, parseBlock } from "../net/block.ts";
import type { SourceFile } from "../source/span.ts";
import { clausesOf, type Nest } from "./clauses.ts";
import { buildColumns } from "./columns.ts";
import { decisionOf } from "./decision.ts";
import { buildDiagram, BUDGET } from "./diagram.ts";
import { classesOf, followDiagram, searchClauses } from "./evaluate.ts";
import { plan } from "./planner.ts";
import { buildSearch } from "./search.ts";

const words = ["", "a", "ab", "abc", "b", "ba", "c", "/a", "/a/b", "/ab"];
const blocks = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1"];
const addresses = ["10.0.0.1", "10.1.2.3", "10.1.9.9", "192.168.0.1", "2001:db8::7", "::1", "fe80::1"];

const regexes: readonly Regex[] = [
  { op: "repeat", of: { op: "bytes", ranges: [[0x61, 0x62]] }, min: 1 },
  {
    op: "sequence",
    of: [letter("a"), { op: "repeat", of: { op: "bytes", ranges: [[0, 255]] }, min: 0 }, letter("b")],
  },
  { op: "choice", of: [letter("c"), { op: "empty" }] },
];

let nestings = 0;
/** Each by a number of its own: evaluating looks at the condition itself. */
const nest: Nest = (condition) => ({ kind: "nested", decision: nestings++, condition });

function letter(text: string): Regex {
  const byte = text.charCodeAt(0);
  return { op: "bytes", ranges: [[byte, byte]] };
}

const textPredicate: fc.Arbitrary<Predicate> = fc.oneof(
  fc.record({ kind: fc.constantFrom("exact", "prefix", "suffix"), text: fc.constantFrom(...words) }),
  fc.constant({ kind: "present" as const }),
  fc.constant({ kind: "not-empty" as const }),
  fc.constantFrom(...regexes).map((regex) => ({ kind: "regex" as const, regex })),
);
const textAttribute: fc.Arbitrary<Attribute> = fc.constantFrom<Attribute>(
  { kind: "method" },
  { kind: "path" },
  { kind: "header", name: "x-a" },
  { kind: "header", name: "x-b" },
  { kind: "claim", path: ["groups"] },
  { kind: "principal" },
);
const addressTest: fc.Arbitrary<Condition> = fc.record({
  op: fc.constant("test" as const),
  attribute: fc.constantFrom<Attribute>({ kind: "peer" }, { kind: "client" }),
  predicate: fc.oneof(
    fc.constant({ kind: "present" as const }),
    fc.constantFrom(...blocks).map((text): Predicate => {
      const block = parseBlock(text);
      if (typeof block === "string") throw new Error(block);
      return { kind: "in-block", block };
    }),
  ),
});
const textTest: fc.Arbitrary<Condition> = fc.record({
  op: fc.constant("test" as const),
  attribute: textAttribute,
  predicate: textPredicate,
});
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    textTest,
    addressTest,
    fc.record({
      op: fc.constantFrom("all", "any"),
      of: fc.array(tie("condition"), { minLength: 1, maxLength: 4 }),
    }),
    tie("condition").map((of): Condition => ({ op: "not", of })),
    fc.boolean().map((value): Condition => ({ op: "constant", value })),
  ),
}));
const rules = fc.array(fc.record({ when: condition, outcome: fc.integer({ min: 0, max: 3 }) }), {
  maxLength: 6,
});
const some = fc.array(fc.constantFrom(...words), { maxLength: 3 });
const address = fc.option(fc.constantFrom(...addresses), { nil: undefined });
const request: fc.Arbitrary<Request> = fc
  .record({
    path: fc.constantFrom(...words),
    a: some,
    b: some,
    groups: some,
    uri: fc.constantFrom(...words),
    peer: address,
    client: address,
  })
  .map(({ path, a, b, groups, uri, peer, client }) => ({
    headers: [
      [":method", "GET"],
      [":path", path],
      ...a.map((value) => ["x-a", value] as const),
      ...b.map((value) => ["x-b", value] as const),
    ],
    identity: { uri, subject: "CN=b" },
    claims: { groups },
    ...(peer !== undefined && { peer }),
    ...(client !== undefined && { client }),
  }));

describe.each([
  { budget: "generous", limits: BUDGET, parts: undefined },
  { budget: "small", limits: { nodes: 2, children: 4, work: 10_000 }, parts: undefined },
  { budget: "none", limits: { nodes: 0, children: 0, work: 0 }, parts: undefined },
  { budget: "generous", limits: BUDGET, parts: { product: 1, negatedProduct: 1, spread: 0 } },
])("with a $budget budget, parts $parts", ({ limits, parts }) => {
  test("diagram and search name the first rule that holds", () => {
    let followed = 0;
    fc.assert(
      fc.property(rules, fc.array(request, { minLength: 20, maxLength: 20 }), (list, requests) => {
        const asked = list.map(({ when, outcome }) => ({ clauses: clausesOf(when, nest, parts), outcome }));
        const columns = buildColumns(asked.flatMap(({ clauses }) => clauses.flat()));
        const decision = decisionOf("test", asked, columns);
        const planned = {
          decision,
          diagram: buildDiagram(decision, columns.columns, limits),
          search: buildSearch(decision, columns.columns),
          repeats: true,
        };
        for (const one of requests) {
          const wanted = list.find(({ when }) => holds(when, one))?.outcome ?? 0;
          expect(searchClauses(planned, columns.columns, one)).toBe(wanted);
          const outcome = followDiagram(planned, columns.columns, one);
          if (outcome === undefined) continue;
          followed++;
          expect(outcome).toBe(wanted);
        }
      }),
      { numRuns: 400, seed: 20263 },
    );
    expect(followed).toBeGreaterThan(1000);
    if (parts) expect(nestings).toBeGreaterThan(20);
  });
});

test("every class has a witness that is of it", () => {
  let seen = 0;
  fc.assert(
    fc.property(rules, (list) => {
      const clauses = list.flatMap(({ when }) => clausesOf(when, nest));
      for (const column of buildColumns(clauses.flat()).columns) {
        column.classes.forEach(({ witness }, number) => {
          // A certificate that names nobody is said as an empty text, which is no value.
          if (witness === undefined || (witness === "" && column.subject.kind === "principal")) return;
          seen++;
          const found = classesOf(column, requestOf(column.subject as Attribute, witness));
          expect(found).toEqual(number === 0 ? [] : [number]);
        });
      }
    }),
    { numRuns: 300, seed: 20264 },
  );
  expect(seen).toBeGreaterThan(1000);
});

function requestOf(attribute: Attribute, value: string): Request {
  switch (attribute.kind) {
    case "method":
      return { headers: [[":method", value]] };
    case "path":
      return { headers: [[":path", value]] };
    case "header":
      return { headers: [[attribute.name, value]] };
    case "claim":
      return { headers: [], claims: { groups: value } };
    case "principal":
      return { headers: [], identity: { uri: value } };
    case "peer":
      return { headers: [], peer: value };
    case "client":
      return { headers: [], client: value };
    case "host":
    case "cookie":
    case "query":
    case "hostname":
    case "destination-port":
    case "destination":
    case "metadata":
    case "sni":
      throw new Error(attribute.kind);
  }
}

describe("a thousand rules and more", () => {
  const file: SourceFile = { path: "many.yaml", shown: "many.yaml", text: "" };
  const span = { file, start: 0, end: 0 };
  const program = (conditions: readonly Condition[]): Program =>
    ({
      bundle: "many",
      policies: [],
      authorization: {
        deny: conditions.map((when, i) => ({ origin: { policy: "n/p", part: `rules[${i}]`, span }, when })),
        allow: [],
        anyAllowPolicy: false,
        observers: [],
      },
      limits: [],
      routes: [],
      responses: { denied: { status: 403, body: "" }, limited: { status: 429, body: "" } },
    }) as unknown as Program;
  const is = (attribute: Attribute, predicate: Predicate): Condition => ({
    op: "test",
    attribute,
    predicate,
  });

  test("over paths alone are a diagram of one node", () => {
    const conditions = Array.from({ length: 2000 }, (_, i) =>
      is({ kind: "path" }, { kind: "prefix", text: `/p${i}/` }),
    );
    const { decisions, columns } = plan(program(conditions));
    expect(columns).toHaveLength(1);
    expect(decisions[0]?.diagram).toMatchObject({ kind: "branch", children: { length: 2000 } });
  });

  test("that list what always comes together are two classes", () => {
    const any: Condition = {
      op: "any",
      of: Array.from({ length: 5000 }, (_, i) => is({ kind: "path" }, { kind: "exact", text: `/p${i}` })),
    };
    expect(plan(program([any])).columns[0]?.classes).toHaveLength(2);
  });

  test("with patterns that cannot share automata are refused, with a way out", () => {
    const anything: Regex = { op: "repeat", of: { op: "bytes", ranges: [[0, 255]] }, min: 0 };
    const conditions = Array.from({ length: 600 }, (_, i) => {
      const inner = Array.from(`x${i}y`, letter);
      return is(
        { kind: "path" },
        { kind: "regex", regex: { op: "sequence", of: [anything, ...inner, anything] } },
      );
    });
    expect(() => plan(program(conditions))).toThrow(/need \d+ (automata|states)|more than \d+ states/);
  });

  test("over attributes that have nothing to do with each other are searched, few at a time", () => {
    const conditions = Array.from({ length: 2000 }, (_, i) =>
      i % 2 === 0
        ? is({ kind: "path" }, { kind: "prefix", text: `/p${i}/` })
        : is({ kind: "header", name: "x-a" }, { kind: "exact", text: `v${i}` }),
    );
    const planned = plan(program(conditions));
    const [decision] = planned.decisions;
    expect(decision?.diagram.kind).toBe("search");
    const longest = decision?.search.pivots.flatMap(({ clauses }) =>
      [...clauses.values()].map((list) => list.length),
    );
    expect(Math.max(...(longest ?? []))).toBe(1);
    const asked: Request = {
      headers: [
        [":path", "/p1998/x"],
        ["x-a", "v1001"],
      ],
    };
    if (decision) expect(searchClauses(decision, planned.columns, asked)).toBe(2 + 1001);
  });

  test("each with all attributes are tried where their path leads", () => {
    const conditions = Array.from({ length: 2000 }, (_, i): Condition => ({
      op: "all",
      of: [
        is({ kind: "path" }, { kind: "prefix", text: `/p${i}/` }),
        is({ kind: "header", name: "x-a" }, { kind: "exact", text: `v${i % 20}` }),
        is({ kind: "peer" }, { kind: "in-block", block: { family: 4, network: BigInt(i) << 8n, bits: 24 } }),
      ],
    }));
    const planned = plan(program(conditions));
    const [decision] = planned.decisions;
    expect(decision?.diagram.kind).toBe("branch");
    const asked: Request = {
      headers: [
        [":path", "/p1234/x"],
        ["x-a", "v14"],
      ],
      peer: formatBlock({ family: 4, network: 1234n << 8n, bits: 0 }).replace("/0", ""),
    };
    if (decision) expect(followDiagram(decision, planned.columns, asked)).toBe(2 + 1234);
  });
});
