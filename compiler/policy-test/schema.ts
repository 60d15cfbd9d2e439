// The fields of a PolicyTest.
import { decisionWords } from "../engines/engine.ts";
import { without } from "../schema/json-schema.ts";
import { requestFields } from "../requests/description.ts";
import { headerFields, plainFields, texts } from "../requests/values.ts";
import {
  integer,
  list,
  named,
  object,
  optional,
  required,
  string,
  word,
  type Read,
  type Schema,
} from "../schema/schema.ts";
import type { Located } from "../source/span.ts";
import { duration, instant } from "./times.ts";

const request = object(
  {
    use: optional(
      texts,
      "fixtures by name, each over the one before; the request's own fields are over them all",
    ),
    ...requestFields,
  },
  { example: "{ method: GET, path: / }" },
);

const fixture = object(requestFields, { example: "{ headers: { x-role: dev } }" });

const fields = object(
  {
    set: optional(headerFields, "header fields with these values, all of a repeated one in order"),
    absent: optional(list(string()), "header fields that are not there"),
  },
  { example: "{ absent: [x-user] }" },
);

const headers = object(
  {
    set: optional(headerFields, "as `request.set`; of a request that is answered, as `response.set`"),
    absent: optional(
      list(string()),
      "as `request.absent`; of a request that is answered, as `response.absent`",
    ),
    request: optional(fields, "what the upstream gets"),
    response: optional(fields, "what the client gets"),
  },
  { example: "{ set: { x-version: v2 } }" },
);

const expectation = object(
  {
    decision: optional(word(decisionWords), "what becomes of the request"),
    status: optional(integer(100, 599), "the answer's status; of an allowed request the upstream's"),
    reason: optional(
      string(),
      "the rule that decided: `POLICY/rules[0]`, with its namespace in front where that is not clear, or response-code details",
    ),
    policy: optional(string(), "the policy that decided: its name, or `NAMESPACE/NAME`"),
    rule: optional(string(), "the rule that decided, such as `rules[0]`"),
    backend: optional(string(), "the backend that the filter chose"),
    headers: optional(headers, "header fields"),
    body: optional(string(), "the answer's body"),
    grpcStatus: optional(integer(0, 16), "the gRPC status of an answer"),
  },
  { example: "{ decision: deny }", between: [{ minProperties: 1 }] },
);

const upstream = object(
  {
    status: optional(integer(100, 599), "its status", "200"),
    headers: optional(headerFields, "its header fields", "none"),
  },
  { example: "{ status: 200 }" },
);

const step = object(
  {
    after: optional(duration, "how long after the step before, such as `1s`", "at once"),
    repeat: optional(integer(1, 100_000), "how often; each must be as expected", "once"),
    request: required(request, "what is sent"),
    response: optional(upstream, "what the upstream answers, where the request gets there"),
    expect: required(expectation, "what must become of it"),
  },
  { example: "{ request: { path: / }, expect: { decision: allow } }" },
);

const testCase = object(
  {
    name: required(string(), "what the case shows, unique in the document"),
    now: optional(instant, "when it begins", "`spec.now`"),
    request: optional(request, "what is sent: of a case of one step"),
    response: optional(upstream, "what the upstream answers, where the request gets there"),
    expect: optional(expectation, "what must become of it: of a case of one step"),
    sequence: optional(list(step), "requests one after the other, which limits count together"),
  },
  {
    between: [
      {
        if: { required: ["sequence"] },
        then: { allOf: [without("request"), without("expect"), without("response")] },
        else: { required: ["request", "expect"] },
      },
    ],
    example: "{ name: anybody reads, request: { path: / }, expect: { decision: allow } }",
  },
);

export const policyTestSpec = object({
  policies: optional(
    list(string()),
    "files and folders with the policies, relative to this document",
    "the folder of this document",
  ),
  workload: optional(
    string(),
    "the workload whose filter is tested; needed where the bundle names several",
    "`--workload`, or the only one",
  ),
  parameters: optional(plainFields, "values of the bundle's parameters, by name", "their defaults"),
  now: optional(instant, "when each case begins: the clock stands still", "`2026-01-01T00:00:00Z`"),
  fixtures: optional(
    named(fixture, "{ joe: { token: { claims: { sub: joe } } } }"),
    "parts of requests, by name",
  ),
  cases: required(list(testCase), "what is tested; each case meets a filter that has just started"),
});

export const API_VERSION = "tollgate.dev/v1alpha1";

interface Header {
  readonly apiVersion: Schema<Located<string>>;
  readonly kind: Schema<Located<string>>;
}

interface Document {
  readonly apiVersion: Located<string>;
  readonly metadata: { readonly name: Located<string> };
  readonly spec: PolicyTestSpec;
}

/** The whole document. Editors are told more of its `header`, which has findings of its own. */
export function policyTestDocument(
  { apiVersion, kind }: Header = { apiVersion: string(), kind: string() },
): Schema<Document> {
  return object({
    apiVersion: required(apiVersion, "the API version"),
    kind: required(kind, "the kind"),
    metadata: required(
      object(
        { name: required(string(), "the test's name"), namespace: optional(string(), "says nothing") },
        { open: true },
      ),
      "the test's name",
    ),
    spec: required(policyTestSpec, "what is tested"),
  });
}

export type PolicyTestSpec = Read<typeof policyTestSpec>;
export type CaseSpec = Read<typeof testCase>;
export type StepSpec = Read<typeof step>;
export type Expectation = Read<typeof expectation>;
export type FieldsExpectation = Read<typeof fields>;
