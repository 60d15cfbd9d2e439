// Random expressions for values on random requests: the evaluator, the compiled form and another implementation of CEL
// all come to the same numbers and texts.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { celEnv, parse, plan } from "@bufbuild/cel";
import fc from "fast-check";
import { checkCelCost, checkCelKey, type Checked } from "../compiler/cel/check.ts";
import type { CelValueExpression } from "../compiler/cel/expression.ts";
import type { CelRequest } from "../compiler/cel/request.ts";
import { costOf, evaluateCelValue, MAX_COST, REFUSED_COST } from "../compiler/cel/value.ts";
import { Assembler } from "../compiler/index.ts";
import type { Request } from "../compiler/ir/interpret.ts";
import { bindingsOf } from "./support/cel-bindings.ts";
import { claim, condition, int, requests, text } from "./support/cel-arbitraries.ts";
import { CelModule } from "./support/cel-module.ts";

const seed = Number(process.env["TOLLGATE_TEST_SEED"] ?? 20260101);
let assembler: Assembler;
/** Expressions for costs, then those for keys. */
let values: CelValueExpression[];
let module: CelModule;

const cost = fc.oneof(
  int(3),
  fc.tuple(condition(2), int(2), int(2)).map(([a, b, c]) => `${a} ? ${b} : ${c}`),
  int(1).map((a) => `uint(${a}) * 1000000u`),
  claim.map((a) => `int(${a})`),
);
const key = fc.oneof(
  text(3),
  text(1).map((a) => `bytes(${a}) + b'\\xff\\x00'`),
  int(2),
  int(1).map((a) => `uint(${a})`),
  condition(2),
  claim,
  fc.tuple(condition(2), claim, claim).map(([a, b, c]) => `${a} ? ${b} : ${c}`),
);

beforeAll(async () => {
  assembler = new Assembler();
  values = [...sampled(cost, checkCelCost), ...sampled(key, checkCelKey)];
  module = await CelModule.compile([], assembler, values);
}, 180_000);

afterAll(() => assembler.close());

function sampled(
  texts: fc.Arbitrary<string>,
  check: (text: string) => Checked<CelValueExpression>,
): CelValueExpression[] {
  const found = fc.sample(texts, { seed, numRuns: 150 }).map((one) => ({ one, checked: check(one) }));
  // Only constants that surely fail are refused.
  const faulty = found.filter(
    ({ checked }) => "faults" in checked && checked.faults.some(({ reason }) => reason !== "value"),
  );
  expect(faulty).toEqual([]);
  return found.flatMap(({ checked }) => ("expression" in checked ? [checked.expression] : []));
}

const runs = { seed, numRuns: 50 };

/** Fails with the first expression whose values differ. */
function expectSame(texts: readonly string[], got: readonly unknown[], wanted: readonly unknown[]): void {
  const at = texts.findIndex((_, i) => got[i] !== wanted[i]);
  if (at >= 0) expect([texts[at], got[at]]).toEqual([texts[at], wanted[at]]);
}

test("the compiled form comes to what the evaluator does, and to the same cost", () => {
  const texts = values.map((expression) => expression.text);
  const met = new Map<string, number>();
  fc.assert(
    fc.property(requests(true), (request) => {
      module.request(request);
      const evaluated = values.map((expression) => evaluateCelValue(expression, request));
      for (const value of evaluated) met.set(typeof value, (met.get(typeof value) ?? 0) + 1);
      const compiled = values.map((_, index) => module.value(index));
      expectSame(texts, compiled, evaluated);
      const costs = values.map(({ type }, index) => (type === "int" ? module.cost(index) : undefined));
      const wanted = values.map(({ type }, i) =>
        type === "int" ? costOf(evaluated[i] as bigint | undefined) : undefined,
      );
      expectSame(texts, costs, wanted);
    }),
    runs,
  );
  // Numbers, texts and errors are all met often.
  for (const type of ["bigint", "string", "undefined"]) expect(met.get(type)).toBeGreaterThan(1000);
});

test("another implementation of CEL comes to the same", () => {
  const env = celEnv();
  // What differs on purpose: see the test of conditions. Theirs takes members that are null for absent ones.
  const ownWays = /has\(auth\.(claims|audiences)|(double|int)\(|null in/;
  const known = values.filter(({ text: one }) => !ownWays.test(one));
  const texts = known.map((expression) => expression.text);
  const plans = texts.map((one) => plan(env, parse(one)));
  const met = new Map<string, number>();
  fc.assert(
    fc.property(requests(false, false), (request) => {
      const bindings = bindingsOf(request);
      const theirs = plans.map((run, i) => {
        const value: unknown = run(bindings as never);
        return known[i]?.type === "int" ? theirNumber(value) : theirKey(value);
      });
      const ours = known.map((expression) => evaluateCelValue(expression, request));
      for (const value of ours) met.set(typeof value, (met.get(typeof value) ?? 0) + 1);
      expectSame(texts, ours, theirs);
    }),
    runs,
  );
  for (const type of ["bigint", "string", "undefined"]) expect(met.get(type)).toBeGreaterThan(500);
});

function theirNumber(value: unknown): bigint | undefined {
  return typeof value === "bigint" ? value : undefined;
}

/** Their value as the bytes of a key. */
function theirKey(value: unknown): string | undefined {
  if (typeof value === "string") return Buffer.from(value).toString("latin1");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  return typeof value === "number" && Number.isInteger(value) ? String(value) : undefined;
}

/** What an expression comes to for a request, in both forms. */
async function both(
  checked: Checked<CelValueExpression>,
  asked: readonly (Request & CelRequest)[],
): Promise<unknown[]> {
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  const { expression } = checked;
  const guest = await CelModule.compile([], assembler, [expression]);
  return asked.map((request) => {
    guest.request(request);
    const value = evaluateCelValue(expression, request);
    expect(guest.value(0)).toBe(value);
    if (expression.type === "int") expect(guest.cost(0)).toBe(costOf(value as bigint | undefined));
    return value;
  });
}

describe("a key", () => {
  test("of a claim is the text of what the token says, whatever its type", async () => {
    const subs: readonly unknown[] = ["joe", "é\n", "", "7", 7, 7.0, -0, 2 ** 53, true, "true"];
    const none: readonly unknown[] = [7.5, 2 ** 53 + 2, 1e300, null, ["a"], { a: 1 }];
    const asked = [...subs, ...none].map((sub) => ({ headers: [], claims: { sub } }));
    expect(await both(checkCelKey("auth.claims.sub"), [...asked, { headers: [] }])).toEqual([
      "joe",
      "\xc3\xa9\n",
      "",
      "7",
      "7",
      "7",
      "0",
      "9007199254740992",
      "true",
      "true",
      ...none.map(() => undefined),
      undefined,
    ]);
  }, 60_000);

  test("of one type is different for different values", () => {
    const distinct = (texts: readonly string[]): void => {
      const keys = texts.map((one) => {
        const checked = checkCelKey(one);
        return "expression" in checked && evaluateCelValue(checked.expression, { headers: [] });
      });
      expect(new Set(keys).size).toBe(new Set(texts).size);
    };
    fc.assert(
      fc.property(fc.uniqueArray(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (all) =>
        distinct(all.map(String)),
      ),
    );
    distinct(["0u", "1u", "10u", "18446744073709551615u"]);
    distinct(["true", "false"]);
  });

  test("that is an error is none of those that values name, not even `error`", async () => {
    const asked = ["error", "undefined", "", "a".repeat(9000)].map((value): Request => ({
      headers: [["x-a", value]],
    }));
    expect(await both(checkCelKey("request.headers['x-a'] + ''"), asked)).toEqual([
      "error",
      "undefined",
      "",
      undefined,
    ]);
  }, 60_000);
});

test("what a client sends as a cost cannot lower it below zero, nor raise it beyond all bounds", async () => {
  const sent = ["0", "7", "1000000000", "1000000001", "9223372036854775807", "9223372036854775808"];
  const bad = ["-1", "-9223372036854775808", "", "7.5", "0x7", " 7", "a"];
  const requestsOf = (all: readonly string[]): Request[] => all.map((n) => ({ headers: [["x-cost", n]] }));
  const checked = checkCelCost("int(request.headers['x-cost'])");
  const costs = await both(checked, requestsOf([...sent, ...bad]));
  expect(costs.map((value) => costOf(value as bigint | undefined))).toEqual([
    0n,
    7n,
    MAX_COST,
    MAX_COST,
    MAX_COST,
    REFUSED_COST,
    ...bad.map(() => REFUSED_COST),
  ]);
}, 60_000);

test("an error leaves no trace in the next expression", async () => {
  const [fails, holds] = ["request.headers['x-none']", "request.method"].map((one) => checkCelKey(one));
  if (!fails || !holds || "faults" in fails || "faults" in holds) throw new Error("keys are wanted");
  const guest = await CelModule.compile([], assembler, [fails.expression, holds.expression]);
  guest.request({ headers: [[":method", "GET"]] });
  expect([0, 1, 0, 1].map((index) => guest.value(index))).toEqual([undefined, "GET", undefined, "GET"]);
}, 60_000);

test("claims that are no JSON trap nothing, and memory stays as it is", () => {
  const pieces = fc.array(fc.constantFrom(...Array.from('{}[]",:\\u0d8e1-.n t'), "roles", '"tier":'), {
    maxLength: 40,
  });
  const evaluateAll = (payload: string): void => {
    module.request({ headers: [["x-a", "é".repeat(payload.length * 100)]] }, payload);
    values.forEach((_, index) => module.value(index));
  };
  evaluateAll("{".repeat(40));
  const memory = module.memoryBytes;
  fc.assert(
    fc.property(
      pieces.map((parts) => parts.join("")),
      evaluateAll,
    ),
    // What begins like a number need not be one.
    {
      seed,
      numRuns: 100,
      examples: [["0roles [roles"], [`{"tier":-0-${"0".repeat(30)}}`], ['{"roles":0e}']],
    },
  );
  expect(module.memoryBytes).toBe(memory);
});
