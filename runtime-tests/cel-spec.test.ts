// The CEL specification's own tests: whatever our checker accepts of them must come to what the specification says, in the
// evaluator and compiled; what it refuses it must refuse for a reason that the guide lists.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { IncrementalTest, IncrementalTestSuite } from "@bufbuild/cel-spec/testdata/tests.js";
import { getConformanceSuite } from "@bufbuild/cel-spec/testdata/tests.js";
import { Checker } from "../compiler/cel/checker.ts";
import { CelError } from "../compiler/cel/error.ts";
import { evaluateNode } from "../compiler/cel/evaluate.ts";
import type { CelExpression, CelNode } from "../compiler/cel/expression.ts";
import { readsOf } from "../compiler/cel/reads.ts";
import type { CelReason } from "../compiler/cel/refusals.ts";
import { parseCel } from "../compiler/cel/syntax.ts";
import { Assembler } from "../compiler/index.ts";
import { CelModule } from "./support/cel-module.ts";

/** A test of the specification: `wanted` is a value as the evaluator has it, or an error. */
interface Case {
  readonly name: string;
  readonly text: string;
  readonly wanted: { readonly value: unknown } | "error" | "any";
}

interface Accepted extends Case {
  readonly node: CelNode;
}

const accepted: Accepted[] = [];
const refused = new Map<CelReason, Case[]>();
let assembler: Assembler;

beforeAll(() => {
  assembler = new Assembler();
  for (const one of casesOf(getConformanceSuite(), "")) {
    const parsed = parseCel(one.text);
    if ("reason" in parsed) {
      refuse(one, parsed.reason);
      continue;
    }
    const checker = new Checker(parsed);
    const node = checker.check(parsed.expr);
    const [fault] = checker.faults;
    if (fault) refuse(one, fault.reason);
    else if (node) accepted.push({ ...one, node });
  }
});

afterAll(() => assembler.close());

function refuse(one: Case, reason: CelReason): void {
  refused.set(reason, [...(refused.get(reason) ?? []), one]);
}

function casesOf(suite: IncrementalTestSuite, path: string): Case[] {
  return [
    ...suite.tests.map((one) => caseOf(one, path)),
    ...suite.suites.flatMap((inner) => casesOf(inner, `${path}/${inner.name}`)),
  ];
}

function caseOf({ original }: IncrementalTest, path: string): Case {
  const { name, expr: text, resultMatcher: matcher } = original;
  const wanted = (): Case["wanted"] => {
    if (matcher.case === "value") return { value: valueOf(matcher.value) };
    // A test of types alone.
    if (matcher.case === "typedResult") return "any";
    return matcher.case === undefined ? { value: true } : "error";
  };
  return { name: `${path}/${name}`, text, wanted: wanted() };
}

type SpecValue = Extract<IncrementalTest["original"]["resultMatcher"], { case: "value" }>["value"];

function valueOf({ kind }: SpecValue): unknown {
  if (kind.case === "stringValue") return Buffer.from(kind.value, "utf8").toString("latin1");
  if (kind.case === "bytesValue") return Buffer.from(kind.value).toString("latin1");
  if (kind.case === "nullValue") return null;
  if (kind.case === "listValue") return kind.value.values.map(valueOf);
  return kind.value;
}

test("the evaluator comes to what the specification says", () => {
  const differences: string[] = [];
  for (const { name, text, node, wanted } of accepted) {
    const got = evaluated(node);
    if (wanted === "any" ? got === "error" : !same(got, wanted)) {
      differences.push(`${name}: ${text}: ${shown(got)} instead of ${shown(wanted)}`);
    }
  }
  expect(differences).toEqual([]);
});

function evaluated(node: CelNode): { value: unknown } | "error" {
  try {
    return { value: evaluateNode(node, { request: { headers: [] }, variables: new Map() }) };
  } catch (error) {
    if (error instanceof CelError) return "error";
    throw error;
  }
}

function same(got: { value: unknown } | "error", wanted: { value: unknown } | "error"): boolean {
  return shown(got) === shown(wanted);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return `int ${part}`;
    return typeof part === "number" && !Number.isFinite(part) ? `double ${part}` : part;
  });
}

test("compiled expressions come to what the specification says", async () => {
  const questions = accepted.flatMap((one) => {
    const root = question(one);
    const expression: CelExpression | undefined = root && { text: one.text, root, ...readsOf(root) };
    return expression ? [{ ...one, expression }] : [];
  });
  const module = await CelModule.compile(
    questions.map(({ expression }) => expression),
    assembler,
  );
  module.request({ headers: [] });
  const differences = questions.flatMap(({ name, text, wanted }, index) => {
    const got = module.evaluate(index);
    return got === (wanted === "error" ? "error" : true) ? [] : [`${name}: ${text}: ${got}`];
  });
  expect(differences).toEqual([]);
  // Lists of lists are never values in a compiled expression.
  expect(accepted.length - questions.length).toBe(LISTS_OF_LISTS);
}, 120_000);

const LISTS_OF_LISTS = 2;

/** A condition that is true where the node comes to what is wanted, and an error where that is wanted. */
function question({ node, wanted }: Accepted): CelNode | undefined {
  if (node.op === "list") {
    if (node.elements.some((element) => element.op === "list")) return undefined;
    return { op: "lists-equal", type: "bool", left: node.elements, right: node.elements };
  }
  if (wanted === "any" || wanted === "error") return { op: "equal", type: "bool", left: node, right: node };
  const { value } = wanted;
  if (Number.isNaN(value)) {
    return { op: "not", type: "bool", of: { op: "equal", type: "bool", left: node, right: node } };
  }
  if (typeof node.type === "object" || node.type === "dyn" || node.type === "headers") return undefined;
  const literal: CelNode = { op: "literal", type: node.type, value: value as string };
  return { op: "equal", type: "bool", left: node, right: literal };
}

test("what is supported does not shrink, and what is refused is refused for a listed reason", () => {
  const reasons = [...refused].map(([reason, cases]) => [reason, cases.length] as const);
  expect({
    accepted: accepted.length,
    ...Object.fromEntries(reasons.sort(([a], [b]) => (a < b ? -1 : 1))),
  }).toEqual({
    accepted: 891,
    "double-texts": 2,
    extensions: 484,
    filter: 57,
    "list-values": 1,
    "map-literals": 31,
    messages: 536,
    name: 133,
    optionals: 14,
    // Optional syntax and names in backticks, which the parser does not know.
    syntax: 76,
    "time-range": 15,
    "time-texts": 2,
    "time-zones": 5,
    type: 48,
    types: 45,
    value: 4,
  });
});
