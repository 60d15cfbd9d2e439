// Random conditions on random requests: the evaluator, the compiled form, the conditions they are lowered to, and another
// implementation of CEL all come to the same.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { celEnv, parse, plan } from "@bufbuild/cel";
import fc from "fast-check";
import { checkCel } from "../compiler/cel/check.ts";
import { evaluateCel } from "../compiler/cel/evaluate.ts";
import type { CelExpression } from "../compiler/cel/expression.ts";
import { lowerCel, toCondition } from "../compiler/cel/predicates.ts";
import { Assembler } from "../compiler/index.ts";
import type { Condition } from "../compiler/ir/program.ts";
import { holds, type Request } from "../compiler/ir/interpret.ts";
import { condition, requests } from "./support/cel-arbitraries.ts";
import { bindingsOf } from "./support/cel-bindings.ts";
import { CelModule } from "./support/cel-module.ts";

const seed = Number(process.env["TOLLGATE_TEST_SEED"] ?? 20260101);
let assembler: Assembler;
let expressions: CelExpression[];
let module: CelModule;

beforeAll(async () => {
  assembler = new Assembler();
  const texts = fc.sample(condition(4), { seed, numRuns: 300 });
  const checked = texts.map((text) => checkCel(text));
  const faulty = checked.flatMap((one, i) =>
    "faults" in one ? [`${texts[i] ?? ""} ${JSON.stringify(one.faults)}`] : [],
  );
  // Only constants that surely fail.
  expect(faulty.filter((text) => !text.includes('"value"'))).toEqual([]);
  expressions = checked.flatMap((one) => ("expression" in one ? [one.expression] : []));
  module = await CelModule.compile(expressions, assembler);
}, 180_000);

afterAll(() => assembler.close());

const runs = { seed, numRuns: 50 };

/** Fails with the first expression whose outcomes differ. */
function expectSame(texts: readonly string[], got: readonly unknown[], wanted: readonly unknown[]): void {
  const at = texts.findIndex((_, i) => got[i] !== wanted[i]);
  if (at >= 0) expect([texts[at], got[at]]).toEqual([texts[at], wanted[at]]);
}

test("the compiled form comes to what the evaluator does", () => {
  const texts = expressions.map((expression) => expression.text);
  fc.assert(
    fc.property(requests(true), (request) => {
      module.request(request);
      const compiled = expressions.map((_, index) => module.evaluate(index));
      const evaluated = expressions.map((expression) => evaluateCel(expression, request));
      expectSame(texts, compiled, evaluated);
    }),
    runs,
  );
});

test("the conditions that expressions are lowered to hold where they do", () => {
  const texts = expressions.map((expression) => expression.text);
  const lowered = [true, false].map((onError) =>
    expressions.map((expression) => lowerCel(expression, onError)),
  );
  fc.assert(
    fc.property(requests(true), (request) => {
      const outcomes = expressions.map((expression) => evaluateCel(expression, request));
      lowered.forEach((conditions, i) => {
        const wanted = outcomes.map((outcome) => (outcome === "error" ? i === 0 : outcome));
        const got = conditions.map((condition) => holds(condition, request));
        expectSame(texts, got, wanted);
      });
    }),
    runs,
  );
  const plain = expressions.filter((expression) => toCondition(expression, false) !== undefined);
  expect(plain.length).toBeGreaterThan(5);
  // Parts of larger ones as well.
  const mixed = expressions.filter((one) => lowerCel(one, false).op !== "cel" && !plain.includes(one));
  expect(mixed.length).toBeGreaterThan(5);
});

test("expressions of one text are one expression", () => {
  const roots = new Map<string, string>();
  const visit = (condition: Condition): void => {
    if (condition.op === "all" || condition.op === "any") condition.of.forEach(visit);
    else if (condition.op === "not") visit(condition.of);
    else if (condition.op === "cel") {
      const { text, root } = condition.expression;
      const shape = JSON.stringify(root, (_, value: unknown) =>
        typeof value === "bigint" ? `${value}n` : value,
      );
      expect([text, roots.get(text) ?? shape]).toEqual([text, shape]);
      roots.set(text, shape);
    }
  };
  for (const expression of expressions) visit(lowerCel(expression, false));
  expect(roots.size).toBeGreaterThan(100);
});

test("another implementation of CEL comes to the same", () => {
  const env = celEnv();
  // What `has` says of these two is our own; theirs takes numbers in texts as JavaScript does, and null for no key.
  const ownWays = /has\(auth\.(claims|audiences)\)|(double|int)\(|null in/;
  const known = expressions.filter(({ text }) => !ownWays.test(text));
  const texts = known.map((expression) => expression.text);
  const plans = texts.map((one) => plan(env, parse(one)));
  const met = new Map<unknown, number>();
  fc.assert(
    fc.property(requests(false, false), (request) => {
      const bindings = bindingsOf(request);
      const theirs = plans
        .map((run) => run(bindings as never))
        .map((one) => (typeof one === "boolean" ? one : "error"));
      const ours = known.map((expression) => evaluateCel(expression, request));
      for (const outcome of ours) met.set(outcome, (met.get(outcome) ?? 0) + 1);
      expectSame(texts, ours, theirs);
    }),
    runs,
  );
  // All outcomes are met often.
  expect(met.size).toBe(3);
  for (const count of met.values()) expect(count).toBeGreaterThan(1000);
});

test("claims that are no JSON, and cut ones, trap nothing", () => {
  const whole = JSON.stringify({
    iss: "a\\u00e9\\ud83d",
    aud: ["a", 1],
    roles: [{ a: [] }, "x\\n"],
    realm: { roles: { a: 1 } },
  });
  const pieces = fc.array(
    fc.constantFrom(...Array.from('{}[]",:\\u0d8e1-.n t'), "roles", '"aud":', "\\ud8"),
    {
      maxLength: 40,
    },
  );
  const cut = fc
    .tuple(fc.nat(whole.length), fc.nat(whole.length))
    .map(([a, b]) => whole.slice(0, a) + whole.slice(b));
  fc.assert(
    fc.property(
      fc.oneof(
        pieces.map((parts) => parts.join("")),
        cut,
        fc.string(),
      ),
      (payload) => {
        module.request({ headers: [] }, payload);
        for (let i = 0; i < expressions.length; i++) expect(module.evaluate(i)).toBeDefined();
      },
    ),
    { seed, numRuns: 100 },
  );
});

test("a part is found wherever it is", async () => {
  const checked = checkCel("request.headers['x-a'].contains(request.headers['x-b'])");
  if ("faults" in checked) throw new Error("a condition is wanted");
  const guest = await CelModule.compile([checked.expression], assembler);
  const few = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 24 });
  const part = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
  fc.assert(
    fc.property(few, part, (whole, searched) => {
      guest.request({
        headers: [
          ["x-a", whole],
          ["x-b", searched],
        ],
      });
      expect(guest.evaluate(0)).toBe(whole.includes(searched));
    }),
    { seed, numRuns: 2000 },
  );
  for (const [size, wanted] of [
    [8192, true],
    [8193, "error"],
  ] as const) {
    const request: Request = {
      headers: [
        ["x-a", "a".repeat(9000)],
        ["x-b", "a".repeat(size)],
      ],
    };
    guest.request(request);
    expect([guest.evaluate(0), evaluateCel(checked.expression, request)]).toEqual([wanted, wanted]);
  }
}, 60_000);

test("long texts are errors where they are put together, and memory stays as it is", async () => {
  const texts = [
    "request.headers['x-a'] + request.headers['x-a'] == 'x'",
    "request.host == 'x' || request.host.startsWith('hh')",
    `[${"request.headers['x-b'], ".repeat(20)}''].all(x, x + x + x + x != 'x')`,
    "auth.audiences.all(a, a + a + a != 'x') && auth.claims.names.all(n, string(n) + string(n) != '')",
  ];
  const long = texts
    .map((one) => checkCel(one))
    .flatMap((one) => ("expression" in one ? [one.expression] : []));
  const guest = await CelModule.compile(long, assembler);
  const names = Array.from({ length: 500 }, (_, i) => `\u0001${"n".repeat(100)}${i}`);
  for (const [size, wanted] of [
    [4000, [false, true, true, true]],
    [5000, ["error", true, "error", true]],
    [20000, ["error", true, "error", true]],
  ] as const) {
    const request: Request = {
      headers: [
        [":authority", "H".repeat(size)],
        ["x-a", "a".repeat(size)],
        ["x-b", "b".repeat(size / 2)],
      ],
      claims: { aud: ["a", "b".repeat(1000)], names },
    };
    guest.request(request);
    const got = long.map((_, index) => guest.evaluate(index));
    expect(got).toEqual(wanted);
    const memory = guest.memoryBytes;
    for (let i = 0; i < 20; i++) long.forEach((_, index) => guest.evaluate(index));
    expect(guest.memoryBytes).toBe(memory);
  }
}, 60_000);
