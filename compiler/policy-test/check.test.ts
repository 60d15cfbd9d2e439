// What is wrong with tests, as their authors see it.
import { describe, expect, test } from "@jest/globals";
import { parseDocuments } from "../1-parse/documents.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { check } from "../index.ts";
import { oneLine } from "../testing/findings.ts";
import { authorization } from "../testing/policies.ts";
import { checkAgainst } from "./expectation.ts";
import { readTests } from "./read.ts";

function file(text: string): { path: string; shown: string; text: string } {
  return { path: "t.yaml", shown: "t.yaml", text };
}

const program = ((): NonNullable<ReturnType<typeof check>["targets"][0]>["program"] => {
  const text = authorization("  action: DENY\n  rules: [{ to: [{ operation: { paths: [/x] } }] }]\n");
  const [target] = check({ files: [file(text)], defaultName: "b" }).targets;
  if (!target) throw new Error("the policies are no good");
  return target.program;
})();

/** What is found in a test with this below `spec:`. */
function found(spec: string, apiVersion = "tollgate.dev/v1alpha1"): string[] {
  const diagnostics = new Diagnostics();
  const text = `apiVersion: ${apiVersion}\nkind: PolicyTest\nmetadata: { name: a }\nspec:\n${spec}`;
  const tests = readTests(parseDocuments(file(text), diagnostics), diagnostics);
  for (const { cases } of tests)
    for (const { steps } of cases)
      for (const { expect: wanted } of steps) checkAgainst(program, wanted, diagnostics);
  return diagnostics.sorted().map(oneLine);
}

/** A test of one case. */
const one = (rest: string): string => `  cases:\n    - { name: n, ${rest} }\n`;

test("nothing is wrong", () => {
  expect(
    found(one("request: { path: /x }, expect: { decision: deny, status: 403, reason: 'a/rules[0]' }")),
  ).toEqual([]);
});

describe("shape", () => {
  test.each([
    [
      "no cases",
      "  now: '2026-01-01T00:00:00Z'\n",
      ["error TG2005 t.yaml:4:1: the field `cases` is missing"],
    ],
    [
      "a case without a name",
      "  cases: [{ request: {}, expect: { decision: allow } }]\n",
      [/the field `name` is missing/],
    ],
    [
      "a case without what to expect",
      one("request: {}"),
      [/TG2005 t.yaml:6:15: the field `expect` is missing/],
    ],
    [
      "a case with too much",
      one("request: {}, sequence: [{ request: {}, expect: { decision: allow } }]"),
      [/TG3019 t.yaml:6:18: a case has a `sequence` or a `request`, not both/],
    ],
    [
      "no time",
      one("now: tomorrow, request: {}, expect: { decision: allow }"),
      [/TG2007 .*`tomorrow` is not a time/],
    ],
    ["no duration", one("sequence: [{ after: 1, request: {}, expect: { decision: allow } }]"), [/TG2004/]],
    ["an unknown decision", one("request: {}, expect: { decision: alow }"), [/did you mean `allow`/]],
    [
      "an unknown field",
      one("request: {}, expect: { decison: allow }"),
      [/TG2003 .*did you mean `decision`/],
    ],
  ])("%s", (_, spec, findings) => {
    expect(found(spec)).toEqual(
      findings.map((finding) =>
        typeof finding === "string" ? expect.stringContaining(finding) : expect.stringMatching(finding),
      ),
    );
  });

  test("another version", () => {
    expect(found(one("request: {}, expect: { decision: allow }"), "tollgate.dev/v2")).toEqual([
      expect.stringMatching(/TG2002 .*unknown version/),
    ]);
  });

  test("other documents are passed over", () => {
    expect(found(one("request: {}"), "example.test/v1")).toEqual([]);
  });
});

describe("meaning", () => {
  test.each([
    [
      "a name twice",
      "  cases:\n    - { name: n, request: {}, expect: { status: 200 } }\n    - { name: n, request: {}, expect: { status: 200 } }\n",
      "error TG3001 t.yaml:7:15: the case `n` is there twice = say what this one shows beside the one on line 6",
    ],
    [
      "an unknown fixture",
      `  fixtures: { joe: { path: / } }\n${one("request: { use: jo }, expect: { decision: allow }")}`,
      "error TG5002 t.yaml:7:34: there is no fixture `jo` ^ did you mean `joe`? = the fixtures are `joe`",
    ],
    [
      "no fixture at all",
      one("request: { use: jo }, expect: { decision: allow }"),
      "error TG5002 t.yaml:6:34: there is no fixture `jo` = write it under `spec.fixtures`",
    ],
    [
      "a fixture that is no request",
      `  fixtures: { joe: { path: x } }\n${one("request: { use: joe }, expect: { decision: allow }")}`,
      "error TG2007 t.yaml:5:28: `x` is not a path = a path begins with `/`; scheme and host have fields of their own",
    ],
    [
      "nothing expected",
      one("request: {}, expect: {}"),
      "error TG5005 t.yaml:6:39: nothing is expected = say at least what becomes of the request: `{ decision: allow }`",
    ],
    [
      "nothing expected of headers",
      one("request: {}, expect: { headers: { request: {} } }"),
      "error TG5005 t.yaml:6:61: nothing is expected = say at least what becomes of the request: `{ decision: allow }`",
    ],
    [
      "allowed with a refusal's status",
      one("request: {}, expect: { decision: allow, status: 403 }"),
      "error TG5005 t.yaml:6:66: a request that is allowed has the upstream's status, which is 200 here = expect another decision, or let the upstream answer 403: `response: { status: 403 }` beside `expect`",
    ],
    [
      "denied with 302",
      one("request: {}, expect: { decision: deny, status: 302 }"),
      "error TG5005 t.yaml:6:65: an answer of the decision `deny` cannot have the status 302 = refusals have 400 and above, of gRPC 200",
    ],
    [
      "denied, and sent on",
      one("request: {}, expect: { decision: deny, backend: x }"),
      "error TG5005 t.yaml:6:66: a request of the decision `deny` goes to no backend = leave `backend` out",
    ],
    [
      "denied, and seen by the upstream",
      one("request: {}, expect: { decision: deny, headers: { request: { absent: [x] } } }"),
      "error TG5005 t.yaml:6:77: of a request of the decision `deny` the upstream gets nothing = leave `request` out, or look at the answer: `response`",
    ],
    [
      "an unknown policy",
      one("request: {}, expect: { reason: 'aa/rules[0]' }"),
      "error TG5003 t.yaml:6:49: there is no policy `aa` here ^ did you mean `a`? = the policies are `default/a`",
    ],
    [
      "an unknown rule",
      one("request: {}, expect: { reason: 'a/rules[1]' }"),
      "error TG5004 t.yaml:6:49: the policy `a` has no `rules[1]` that could decide ^ did you mean `rules[0]`? = it has `rules[0]`",
    ],
    [
      "an unknown rule in its own field",
      one("request: {}, expect: { policy: a, rule: 'rules[7]' }"),
      "error TG5004 t.yaml:6:58: the policy `a` has no `rules[7]` that could decide ^ did you mean `rules[0]`? = it has `rules[0]`",
    ],
    [
      "a backend nobody chooses",
      one("request: {}, expect: { decision: allow, backend: x }"),
      "error TG5005 t.yaml:6:67: no policy chooses a backend `x` = the policies choose none: leave `backend` out",
    ],
    [
      "a limit where there is none",
      one("request: {}, expect: { decision: limit }"),
      "error TG5005 t.yaml:6:51: nothing here can come to the decision `limit`: there is no rate limit that refuses anything = expect another decision, or look whether `policies` names the right ones",
    ],
  ])("%s", (_, spec, finding) => {
    expect(found(spec)).toEqual([finding]);
  });
});
