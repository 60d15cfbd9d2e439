// Istio's own cases: files are taken unchanged, and each list of each field means what the filter means that Istio makes of it.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { holds, type Request } from "../../ir/interpret.ts";
import type { Condition } from "../../ir/program.ts";
import { lowered } from "../../testing/lowered.ts";
import { matches, type Matcher } from "../../testing/rbac.ts";

const folder = new URL("../../../runtime-tests/conformance/istio-authz/", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, folder), "utf8");
const names = readdirSync(folder).flatMap((file) => /^(.*)-in\.yaml$/.exec(file)?.[1] ?? []);

// In the order in which Istio writes them.
const OPERATION = ["hosts", "methods", "paths", "ports"];
const SOURCE = [
  "principals",
  "requestPrincipals",
  "serviceAccounts",
  "namespaces",
  "remoteIpBlocks",
  "ipBlocks",
];
const OF_PERMISSIONS = /^(destination|connection|experimental)\./;

interface Rule {
  readonly from?: readonly { readonly source: Readonly<Record<string, readonly string[]>> }[];
  readonly to?: readonly { readonly operation: Readonly<Record<string, readonly string[]>> }[];
  readonly when?: readonly Readonly<{
    key: string;
    values?: readonly string[];
    notValues?: readonly string[];
  }>[];
}
interface Policy {
  readonly metadata: { readonly namespace: string };
  readonly spec: { readonly rules?: readonly Rule[] };
}

/** One list of one field of a rule, with the part of the filter that it became. */
interface Pair {
  readonly name: string;
  readonly rule: Rule;
  readonly values: readonly string[];
  readonly matcher: Matcher;
}

test.each(names)("%s is taken as it is", (name) => {
  const { found, program } = lowered(read(`${name}-in.yaml`));
  expect(found.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(program.policies).toHaveLength(1);
});

describe.each(names)("%s", (name) => {
  const policy = parse(read(`${name}-in.yaml`)) as Policy;
  const filter = (parse(read(`${name}-out.yaml`)) as { typedConfig: Matcher }).typedConfig;
  const rbac = (filter["rules"] ?? filter["shadowRules"]) as {
    readonly policies: Readonly<Record<string, { permissions: Matcher[]; principals: Matcher[] }>>;
  };
  const policies = Object.values(rbac.policies);
  const rules = policy.spec.rules ?? [];

  test("each rule became one policy, and none became one that never matches", () => {
    expect(policies).toHaveLength(Math.max(rules.length, 1));
  });

  const pairs = rules.flatMap((rule, index) => {
    const { permissions, principals } = policies[index] ?? { permissions: [], principals: [] };
    const ofOperations = permissions.flatMap((m, i) =>
      pair(index, listsOf(rule.to?.[i]?.operation ?? {}, OPERATION, "to"), whenOf(rule, true), partsOf(m)),
    );
    const ofSources = principals.flatMap((m, i) =>
      pair(index, listsOf(rule.from?.[i]?.source ?? {}, SOURCE, "from"), whenOf(rule, false), partsOf(m)),
    );
    return [...ofOperations, ...ofSources];
  });
  if (pairs.length === 0) return;

  test.each(pairs)("$name", ({ rule, values, matcher }) => {
    const { namespace } = policy.metadata;
    const ours = conditionOf(rule, namespace);
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(requests(values), (request) => {
        const theirs = matches(matcher, request);
        seen.add(theirs);
        expect(holds(ours, request)).toBe(theirs);
      }),
      { numRuns: 300, seed: 1 },
    );
    expect([...seen].sort()).toEqual([false, true]);
  });
});

type List = Omit<Pair, "matcher">;

function listsOf(
  item: Readonly<Record<string, readonly string[]>>,
  fields: readonly string[],
  of: "from" | "to",
): List[] {
  return fields
    .flatMap((field) => [field, `not${field.slice(0, 1).toUpperCase()}${field.slice(1)}`])
    .filter((field) => item[field])
    .map((field) => {
      const values = item[field] ?? [];
      const fields = { [field]: values };
      const rule: Rule = of === "from" ? { from: [{ source: fields }] } : { to: [{ operation: fields }] };
      return { name: field, rule, values };
    });
}

function whenOf(rule: Rule, ofPermissions: boolean): List[] {
  return (rule.when ?? [])
    .filter(({ key }) => OF_PERMISSIONS.test(key) === ofPermissions)
    .flatMap(({ key, values, notValues }) => [
      ...(values ? [{ name: `${key} values`, rule: { when: [{ key, values }] }, values }] : []),
      ...(notValues
        ? [{ name: `${key} notValues`, rule: { when: [{ key, notValues }] }, values: notValues }]
        : []),
    ]);
}

/** What is ANDed; `any` says that nothing is. */
function partsOf(matcher: Matcher): Matcher[] {
  const { andRules, andIds } = matcher as { andRules?: { rules: Matcher[] }; andIds?: { ids: Matcher[] } };
  return (andRules?.rules ?? andIds?.ids ?? []).filter((part) => !("any" in part));
}

function pair(index: number, own: readonly List[], when: readonly List[], parts: readonly Matcher[]): Pair[] {
  const lists = [...own, ...when];
  if (lists.length !== parts.length) throw new Error(`${lists.length} lists became ${parts.length} matchers`);
  return lists.map((list, i) => ({ ...list, name: `rules[${index}] ${list.name}`, matcher: parts[i] ?? {} }));
}

function conditionOf(rule: Rule, namespace: string): Condition {
  const document = {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "a", namespace },
    spec: { rules: [rule] },
  };
  const when = lowered(JSON.stringify(document)).program.authorization.allow[0]?.when;
  if (!when) throw new Error("no rule");
  return when;
}

/** Requests made of a list's values: what they match, what they nearly match, and what is absent. */
function requests(values: readonly string[]): fc.Arbitrary<Request> {
  const filled = values.flatMap((v) => ["", "x", "x/y"].map((fill) => v.replace(/\{?\*{1,2}\}?/, fill)));
  const near = filled.flatMap((t) => [`${t}x`, t.slice(1), t.toUpperCase()]);
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...filled) },
    { weight: 1, arbitrary: fc.constantFrom(...near, "a", "/") },
    { weight: 1, arbitrary: fc.constant("") },
  );
  const orAbsent = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(arbitrary, { nil: undefined, freq: 5 });
  const name = text.chain((t) => {
    const [namespace = "", account = "sa"] = t.split("/");
    return fc.constantFrom(
      t,
      `spiffe://${t}`,
      `spiffe://td/ns/${t}/sa/x`,
      `spiffe://td/ns/${namespace}/sa/${account}`,
      `spiffe://td/ns/${namespace}/k/v/sa/${account}/k/v`,
      `spiffe://td/ns/foo/sa/${t}`,
    );
  });
  const claim = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.constant(1));
  const blocks = values
    .filter((v) => /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(v))
    .map((v) => v.replace(/\/.*/, ""));
  const address = fc.constantFrom(
    ...blocks,
    ...blocks.map((b) => b.replace(/\d+$/, "77")),
    "127.0.0.1",
    "::1",
  );
  const numbers = values.filter((v) => /^\d+$/.test(v)).map(Number);
  const port = fc.constantFrom(...numbers, ...numbers.map((n) => n + 1), 1);
  const header = (...names: readonly string[]): fc.Arbitrary<readonly (readonly [string, string])[]> =>
    fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 3 });
  return fc.record({
    headers: fc
      .tuple(orAbsent(text), orAbsent(text), orAbsent(text), orAbsent(text), header("x-header"))
      .map(([path, method, host, query, more]) => [
        ...(path === undefined ? [] : [[":path", query === undefined ? path : `${path}?${query}`] as const]),
        ...(method === undefined ? [] : [[":method", method] as const]),
        ...(host === undefined ? [] : [[":authority", host] as const]),
        ...more,
      ]),
    peer: address,
    client: address,
    destination: fc.record({ address, port }),
    sni: text,
    identity: fc.oneof(
      { weight: 3, arbitrary: fc.record({ uri: name, dns: name, subject: name }, { requiredKeys: [] }) },
      { weight: 1, arbitrary: fc.constant({}) },
    ),
    claims: fc.record(
      {
        iss: text,
        sub: text,
        aud: claim,
        azp: claim,
        nested1: fc.oneof(fc.record({ nested2: claim }, { requiredKeys: [] }), text),
      },
      { requiredKeys: [] },
    ),
    metadata: fc.record(
      { "envoy.filters.a.b": fc.record({ c: claim }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
  });
}
