// What `explain` says of random requests to random policies: it must be what the interpreter does, and each reason must be one.
// AGREEMENT_RUNS and AGREEMENT_SEED ask for a longer or another run than the short one of every day.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import {
  explain,
  explanationToJson,
  renderExplanation,
  type Explanation,
  type RuleExplanation,
} from "../compiler/explain/index.ts";
import { detailsOf } from "../compiler/ir/details.ts";
import { holds, interpret, LimitState, type Request } from "../compiler/ir/interpret.ts";
import type { Condition, Program } from "../compiler/ir/program.ts";
import { lowered } from "../compiler/testing/lowered.ts";
import { bundles, requests } from "./support/arbitraries.ts";
import { programs, routedRequests } from "./support/routing-arbitraries.ts";

const numRuns = Number(process.env["AGREEMENT_RUNS"] ?? 20);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20261);
const NOW = 1_700_000_000_000_000_000n;

test("the stated decision, deciding rule and reasons are those of the interpreter", () => {
  fc.assert(
    fc.property(bundles, fc.array(requests, { minLength: 20, maxLength: 20, size: "max" }), (list, asked) => {
      const { program } = lowered(list.map((document) => stringify(document)).join("---\n"));
      for (const request of asked) agrees(program, request);
    }),
    { numRuns, seed },
  );
});

test("so are those of routing", () => {
  fc.assert(
    fc.property(
      programs,
      fc.array(routedRequests, { minLength: 20, maxLength: 20, size: "max" }),
      (program, asked) => {
        for (const request of asked) {
          const explained = agrees(program, request);
          const [http] = explained.stages.filter(
            ({ stage, policy }) => stage === "routing" && policy === undefined,
          );
          const won = program.httpRoutes?.rules.find(({ when }) => holds(when, request));
          if (http?.verdict !== "not-reached")
            expect(http?.rules.find(({ state }) => state === "decides")?.origin).toBe(won?.origin);
        }
      },
    ),
    { numRuns, seed },
  );
});

test("limits that have counted before are taken as they are, and left so", () => {
  const { program } = lowered(
    `apiVersion: tollgate.dev/v1alpha1\nkind: RateLimitPolicy\nmetadata: { name: a }\nspec:\n  limits: { one: { rates: [{ limit: 1, window: 1m }], scope: worker } }`,
  );
  const request = { headers: [[":method", "GET"] as const, [":path", "/"] as const] };
  const state = new LimitState();
  for (let i = 0; i < 3; i++) expect(explain(program, request, NOW, { state }).word).toBe("allow");
  interpret(program, request, NOW, state);
  for (let i = 0; i < 3; i++) expect(explain(program, request, NOW, { state }).word).toBe("limit");
  expect(explain(program, request, NOW).word).toBe("allow");
});

function agrees(program: Program, request: Request): Explanation {
  const explained = explain(program, request, NOW);
  const { decision, decided, stages } = explained;
  expect(decision).toEqual(interpret(program, request, NOW, new LimitState()));
  expect(renderExplanation(explained).join("\n")).not.toMatch(/undefined|NaN|\[object/);
  expect(JSON.stringify(explanationToJson(explained), bigints)).not.toContain("undefined");
  const { rule } = decided;
  if (decision.kind === "refuse" && decided.stage !== "request" && rule)
    expect(detailsOf(decided.stage, rule.origin)).toBe(decision.details);
  if (decision.kind === "refuse" && !rule) expect(decision.details).toMatch(/:(none|too-many-headers)$/);
  const stage = stages.find((one) => one.stage === "authorization");
  for (const one of stage?.rules ?? []) reasonIsOne(one, program, request);
  if (decision.kind === "forward" && rule) {
    // With the deciding rule alone it is let in, with those before it not.
    const { allow } = program.authorization;
    const at = allow.findIndex(({ origin }) => origin === rule.origin);
    const withRules = (rules: typeof allow): string =>
      interpret(
        { ...program, authorization: { ...program.authorization, allow: rules } },
        request,
        NOW,
        new LimitState(),
      ).kind;
    expect([withRules(allow.slice(at, at + 1)), withRules(allow.slice(0, at))]).toEqual([
      "forward",
      "refuse",
    ]);
  }
  return explained;
}

/** Every part that is said to hold holds, the others do not, and what is said to have failed first is the first. */
function reasonIsOne({ origin, state, findings }: RuleExplanation, program: Program, request: Request): void {
  const { deny, allow, observers } = program.authorization;
  const rules = [...deny, ...allow, ...observers.flatMap((observer) => observer.rules)];
  const when = rules.find((rule) => rule.origin === origin)?.when;
  if (!when) throw new Error("no such rule");
  const isTrue = (condition: Condition): boolean => truth(condition, program, request);
  expect(isTrue(when)).toBe(state !== "fails");
  expect(findings.length).toBeGreaterThan(0);
  for (const finding of findings) {
    expect(isTrue(finding.part)).toBe(finding.holds);
    expect(finding.holds === finding.wanted).toBe(state !== "fails");
  }
  if (state !== "fails") return;
  const parts = when.op === "all" ? when.of : [when];
  const first = parts.find((part) => !isTrue(part));
  expect(findings.every(({ part }) => first && contains(first, part))).toBe(true);
}

/** Whether a condition holds at the authorization stage, by what refusing by it does. */
function truth(when: Condition, program: Program, request: Request): boolean {
  const rule = {
    when,
    origin: {
      policy: "a/a",
      part: "rules[0]",
      span: { file: { path: "", shown: "", text: "" }, start: 0, end: 0 },
    },
  };
  const { bundle, policies, authentication, backends, responses } = program;
  const alone = {
    ...{ bundle, policies, backends, responses, ...(authentication && { authentication }) },
    authorization: { deny: [rule], allow: [], anyAllowPolicy: false, observers: [] },
    limits: [],
    routes: [],
  };
  return interpret(alone, request, NOW, new LimitState()).kind === "refuse";
}

function contains(whole: Condition, part: Condition): boolean {
  if (whole === part) return true;
  if (whole.op === "not") return contains(whole.of, part);
  return (whole.op === "all" || whole.op === "any") && whole.of.some((one) => contains(one, part));
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
