// Files → tests whose shape and meaning are in order, as far as that can be told without the policies.
import path from "node:path";
import { isScalar } from "yaml";
import { unfoldLists } from "../2-check/list.ts";
import type { PolicyDocument } from "../1-parse/documents.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { byteString } from "../http/header-syntax.ts";
import { parseTimestamp } from "../cel/time.ts";
import { PLAIN_RESPONSE, sortedHeaders, type Headers } from "../engines/index.ts";
import { checkDescription, merged, type RequestDescription } from "../requests/index.ts";
import type { Plain } from "../requests/values.ts";
import { Parameters } from "../schema/parameters.ts";
import { firstLine, spanOf, type ReadContext } from "../schema/schema.ts";
import { positionOf, type Located, type SourceFile, type Span } from "../source/span.ts";
import { checkExpectation } from "./expectation.ts";
import {
  API_VERSION,
  policyTestDocument,
  type CaseSpec,
  type Expectation,
  type PolicyTestSpec,
  type StepSpec,
} from "./schema.ts";

/** One PolicyTest. */
export interface PolicyTest {
  readonly name: string;
  readonly file: SourceFile;
  /** Where it is named. */
  readonly span: Span;
  /** Where its policies are: as absolute paths, and in the document where it says so. */
  readonly policies: readonly string[];
  readonly policiesSpan?: Span;
  readonly workload?: Located<string>;
  /** Values of parameters, by name. */
  readonly parameters: ReadonlyMap<string, Located<Plain>>;
  readonly cases: readonly TestCase[];
}

export interface TestCase {
  readonly name: string;
  readonly span: Span;
  /** When it begins, in nanoseconds since 1970. */
  readonly now: bigint;
  /** At least one. */
  readonly steps: readonly TestStep[];
}

export interface TestStep {
  readonly span: Span;
  /** Nanoseconds since the step before. */
  readonly after: bigint;
  readonly repeat: number;
  readonly request: RequestDescription;
  /** What the upstream answers. */
  readonly response: Headers;
  readonly expect: Expectation;
}

/** A day on which nothing expires by itself. */
const DEFAULT_NOW = parseTimestamp("2026-01-01T00:00:00Z") ?? 0n;

/** The tests among documents; other kinds are passed over. */
export function readTests(documents: readonly PolicyDocument[], diagnostics: Diagnostics): PolicyTest[] {
  const tests: PolicyTest[] = [];
  const names = new Map<string, Span>();
  for (const { document, context } of unfoldLists(documents, new Parameters(), diagnostics)) {
    if (!isTest(document)) continue;
    const test = readTest(document, context);
    if (!test) continue;
    const earlier = names.get(`${test.file.shown} ${test.name}`);
    if (earlier) {
      diagnostics.error("duplicate-name", `the PolicyTest \`${test.name}\` is in this file twice`, {
        span: test.span,
        help: `rename one of them; the other is on line ${positionOf(earlier.file, earlier.start).line}`,
      });
    }
    names.set(`${test.file.shown} ${test.name}`, test.span);
    tests.push(test);
  }
  return tests;
}

function isTest({ root }: PolicyDocument): boolean {
  const word = (name: string): string => {
    const node = root.get(name, true);
    return isScalar(node) ? String(node.value) : "";
  };
  return word("kind") === "PolicyTest" && word("apiVersion").split("/")[0] === "tollgate.dev";
}

function readTest({ root, file }: PolicyDocument, context: ReadContext): PolicyTest | undefined {
  const { diagnostics } = context;
  const before = diagnostics.errors;
  const read = policyTestDocument().read(root, spanOf(root, file), context);
  if (!read) return undefined;
  if (read.apiVersion.value !== API_VERSION) {
    diagnostics.error("unknown-version", `unknown version \`${read.apiVersion.value}\``, {
      span: read.apiVersion.span,
      help: `write \`${API_VERSION}\``,
    });
  }
  const { spec, metadata } = read;
  const folder = path.dirname(path.resolve(file.shown));
  const cases = readCases(spec, diagnostics);
  if (diagnostics.errors > before) return undefined;
  return {
    name: metadata.name.value,
    file,
    span: metadata.name.span,
    policies: (spec.policies?.items ?? [{ value: "." }]).map(({ value }) => path.resolve(folder, value)),
    ...(spec.policies && { policiesSpan: firstLine(spec.policies.span) }),
    ...(spec.workload && { workload: spec.workload }),
    parameters: new Map(spec.parameters?.items.map(({ name, item }) => [name.value, item])),
    cases,
  };
}

function readCases(spec: PolicyTestSpec, diagnostics: Diagnostics): TestCase[] {
  const fixtures = new Map<string, RequestDescription>();
  for (const { name, item } of spec.fixtures?.items ?? []) {
    fixtures.set(name.value, item);
    checkDescription(item, diagnostics);
  }
  const names = new Map<string, Span>();
  return spec.cases.items.flatMap((one) => {
    const { name } = one;
    const earlier = names.get(name.value);
    if (earlier) {
      diagnostics.error("duplicate-name", `the case \`${name.value}\` is there twice`, {
        span: name.span,
        help: `say what this one shows beside the one on line ${positionOf(earlier.file, earlier.start).line}`,
      });
    }
    names.set(name.value, name.span);
    const steps = stepsOf(one, fixtures, diagnostics);
    const now = (one.now ?? spec.now)?.value ?? DEFAULT_NOW;
    return steps.length === 0 ? [] : [{ name: name.value, span: name.span, now, steps }];
  });
}

function stepsOf(
  one: CaseSpec,
  fixtures: ReadonlyMap<string, RequestDescription>,
  diagnostics: Diagnostics,
): TestStep[] {
  const { name, request, expect, response, sequence } = one;
  const misplaced = sequence && ["request", "expect", "response"].find((field) => one.keys.has(field));
  if (misplaced !== undefined) {
    diagnostics.error("contradiction", `a case has a \`sequence\` or a \`${misplaced}\`, not both`, {
      span: one.keys.get(misplaced) ?? name.span,
      help: `write the \`${misplaced}\` into the steps`,
    });
    return [];
  }
  if (sequence) return sequence.items.map((step) => stepOf(step, fixtures, diagnostics));
  // What is there and cannot be read was reported.
  if (request && expect)
    return [
      stepOf(
        { request, expect, response, after: undefined, repeat: undefined, span: one.span, keys: one.keys },
        fixtures,
        diagnostics,
      ),
    ];
  for (const field of ["request", "expect"] as const) {
    if (one.keys.has(field)) continue;
    diagnostics.error("missing-field", `the field \`${field}\` is missing`, {
      span: name.span,
      help: "a case needs a `request` and what to `expect`, or a `sequence` of such steps",
    });
  }
  return [];
}

function stepOf(
  { request, expect, response, after, repeat, span }: StepSpec,
  fixtures: ReadonlyMap<string, RequestDescription>,
  diagnostics: Diagnostics,
): TestStep {
  checkDescription(request, diagnostics);
  checkExpectation(expect, response?.status?.value ?? 200, diagnostics);
  let whole: RequestDescription = {};
  for (const name of request.use ?? []) {
    const fixture = fixtures.get(name.value);
    if (!fixture) reportUnknownFixture(name, [...fixtures.keys()], diagnostics);
    else whole = merged(whole, fixture);
  }
  const sent = (response?.headers?.items ?? []).flatMap(({ name, item }) =>
    item.map(({ value }) => [name.value.toLowerCase(), byteString(value)] as const),
  );
  const status = String(response?.status?.value ?? 200);
  return {
    span: firstLine(span),
    after: after?.value ?? 0n,
    repeat: repeat?.value ?? 1,
    request: merged(whole, request),
    response: response ? sortedHeaders([[":status", status], ...sent]) : PLAIN_RESPONSE,
    expect,
  };
}

function reportUnknownFixture(
  name: Located<string>,
  known: readonly string[],
  diagnostics: Diagnostics,
): void {
  const label = didYouMean(name.value, known);
  diagnostics.error("unknown-fixture", `there is no fixture \`${name.value}\``, {
    span: name.span,
    ...(label && { label }),
    help:
      known.length === 0
        ? "write it under `spec.fixtures`"
        : `the fixtures are ${known.map((one) => `\`${one}\``).join(", ")}`,
  });
}
