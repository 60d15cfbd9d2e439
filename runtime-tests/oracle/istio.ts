// Istio's own conformance files: a policy, and the RBAC filter that Istio's compiler makes of it. Both can be cut down to
// some of their fields alike, as the files hold rules that no request can satisfy as a whole.
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Rbac } from "./to-rbac.ts";

const FOLDER = fileURLToPath(new URL("../conformance/istio-authz/", import.meta.url));

export interface IstioPair {
  readonly name: string;
  readonly policy: Policy;
  readonly rbac: Rbac;
  /** Istio made a filter of it that only tells. */
  readonly dryRun: boolean;
}

export interface Policy {
  readonly spec?: { readonly rules?: readonly PolicyRule[] };
}

type Lists = Readonly<Record<string, readonly string[]>>;

export interface PolicyRule {
  readonly from?: readonly { readonly source: Lists }[];
  readonly to?: readonly { readonly operation: Lists }[];
  readonly when?: readonly When[];
}

interface When {
  readonly key: string;
  readonly values?: readonly string[];
  readonly notValues?: readonly string[];
}

/** Every pair of files, with the addresses of direct peers moved to where a test's client can come from. */
export async function istioPairs(): Promise<IstioPair[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith("-in.yaml"));
  return Promise.all(
    files.map(async (file) => {
      const name = file.replace("-in.yaml", "");
      const policy = parse(await readFile(FOLDER + file, "utf8")) as Policy;
      const out = parse(await readFile(`${FOLDER}${name}-out.yaml`, "utf8")) as {
        typedConfig: { rules?: Rbac; shadowRules?: Rbac };
      };
      const { rules, shadowRules } = out.typedConfig;
      const move = peerMover();
      return {
        name,
        policy: movePolicy(policy, move),
        rbac: moveRbac(rules ?? shadowRules ?? {}, move),
        dryRun: rules === undefined,
      };
    }),
  );
}

/** Moves blocks of at most 65,536 IPv4 addresses into 127.0.0.0/8: neighbours stay neighbours, different ones different. */
function peerMover(): (block: string) => string {
  const halves: string[] = [];
  return (block) => {
    const [, half = "", rest = ""] = /^(\d+\.\d+)(\.\d+\.\d+(?:\/(?:1[6-9]|2\d|3[0-2]))?)$/.exec(block) ?? [];
    if (half === "") throw new Error(`cannot move ${block}`);
    if (!halves.includes(half)) halves.push(half);
    return `127.${halves.indexOf(half) + 1}${rest}`;
  };
}

function movePolicy(policy: Policy, move: (block: string) => string): Policy {
  return changed(policy, (key, value) => {
    const { key: asked } = value as Partial<When>;
    if (key === "ipBlocks" || key === "notIpBlocks") return (value as string[]).map(move);
    if (asked !== "source.ip") return undefined;
    const { values = [], notValues = [] } = value as When;
    return { key: asked, values: values.map(move), notValues: notValues.map(move) };
  }) as Policy;
}

function moveRbac(rbac: Rbac, move: (block: string) => string): Rbac {
  return changed(rbac, (key, value) => {
    if (key !== "directRemoteIp") return undefined;
    const { addressPrefix, prefixLen } = value as { addressPrefix: string; prefixLen: number };
    return { addressPrefix: move(`${addressPrefix}/${prefixLen}`).split("/")[0], prefixLen };
  }) as Rbac;
}

/** A copy in which what `change` gives an answer for is replaced by it. */
function changed(tree: unknown, change: (key: string, value: object) => unknown, key = ""): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  const instead = change(key, tree);
  if (instead !== undefined) return instead;
  if (Array.isArray(tree)) return tree.map((item) => changed(item, change));
  return Object.fromEntries(Object.entries(tree).map(([k, value]) => [k, changed(value, change, k)]));
}

/** Whether a value of a field's list stays; fields of `when` are called by their key. */
export type Keep = (field: string, list: "values" | "notValues", value: string) => boolean;

/** The pair with the values that `keep` keeps; rules of which nothing is left go. Undefined where none is left. */
export function cut(pair: IstioPair, name: string, keep: Keep): IstioPair | undefined {
  const policies = Object.entries(pair.rbac.policies ?? {});
  const rules: PolicyRule[] = [];
  const left: Record<string, object> = {};
  (pair.policy.spec?.rules ?? []).forEach((rule, index) => {
    const [policyName = "", native] = policies.find(([n]) => n.endsWith(`rule[${index}]`)) ?? [];
    const result = cutRule(rule, native as NativePolicy, keep);
    if (!result) return;
    rules.push(result.rule);
    left[policyName] = result.native;
  });
  if (rules.length === 0) return undefined;
  return {
    ...pair,
    name,
    policy: { ...pair.policy, spec: { ...pair.policy.spec, rules } },
    rbac: { ...pair.rbac, policies: left },
  };
}

interface NativePolicy {
  readonly permissions: readonly { readonly andRules: { readonly rules: readonly object[] } }[];
  readonly principals: readonly { readonly andIds: { readonly ids: readonly object[] } }[];
}

/** In the order in which Istio's compiler has them. */
const SOURCE = [
  "principals",
  "requestPrincipals",
  "namespaces",
  "remoteIpBlocks",
  "ipBlocks",
  "serviceAccounts",
];
const OPERATION = ["hosts", "methods", "paths", "ports"];
const ASKED_OF_PERMISSIONS = /^(destination\.|connection\.sni|experimental\.)/;

function cutRule(
  rule: PolicyRule,
  native: NativePolicy,
  keep: Keep,
): { rule: PolicyRule; native: object } | undefined {
  const when = rule.when ?? [];
  const asked = when.filter(({ key }) => !ASKED_OF_PERMISSIONS.test(key));
  const askedOfPermissions = when.filter(({ key }) => ASKED_OF_PERMISSIONS.test(key));
  const from = (rule.from ?? [{ source: {} }]).map(({ source }, i) =>
    cutEntry(source, SOURCE, asked, native.principals[i]?.andIds.ids ?? [], keep),
  );
  const to = (rule.to ?? [{ operation: {} }]).map(({ operation }, i) =>
    cutEntry(operation, OPERATION, askedOfPermissions, native.permissions[i]?.andRules.rules ?? [], keep),
  );
  const lists = (entries: readonly Cut[]): Lists[] => {
    const full = entries.filter((entry) => Object.keys(entry.lists).length > 0);
    if (full.length > 0 && full.length < entries.length)
      throw new Error("some entries would match everything");
    return full.map((entry) => entry.lists);
  };
  const cutWhen = when.flatMap(({ key, values = [], notValues = [] }) => {
    const some = values.filter((value) => keep(key, "values", value));
    const none = notValues.filter((value) => keep(key, "notValues", value));
    if (some.length + none.length === 0) return [];
    return [{ key, ...(some.length > 0 && { values: some }), ...(none.length > 0 && { notValues: none }) }];
  });
  const sources = lists(from);
  const operations = lists(to);
  if (sources.length + operations.length + cutWhen.length === 0) return undefined;
  return {
    rule: {
      ...(sources.length > 0 && { from: sources.map((source) => ({ source })) }),
      ...(operations.length > 0 && { to: operations.map((operation) => ({ operation })) }),
      ...(cutWhen.length > 0 && { when: cutWhen }),
    },
    native: {
      permissions: to.map(({ natives }) => ({ andRules: { rules: natives } })),
      principals: from.map(({ natives }) => ({ andIds: { ids: natives } })),
    },
  };
}

interface Cut {
  readonly lists: Lists;
  readonly natives: readonly object[];
}

/** One `source` or `operation` with the conditions that Istio puts beside it; each list stands for one native matcher. */
function cutEntry(
  entry: Lists,
  fields: readonly string[],
  when: readonly When[],
  natives: readonly object[],
  keep: Keep,
): Cut {
  const questions = [
    ...fields.map((field) => ({
      field,
      name: { values: field, notValues: `not${field[0]?.toUpperCase() ?? ""}${field.slice(1)}` },
      values: entry[field] ?? [],
      notValues: entry[`not${field[0]?.toUpperCase() ?? ""}${field.slice(1)}`] ?? [],
    })),
    ...when.map(({ key, values = [], notValues = [] }) => ({
      field: key,
      name: undefined,
      values,
      notValues,
    })),
  ];
  const rest = [...natives];
  const lists: Record<string, string[]> = {};
  const kept: object[] = [];
  for (const question of questions) {
    for (const list of ["values", "notValues"] as const) {
      const values = question[list];
      if (values.length === 0) continue;
      const native = rest.shift();
      if (!native) throw new Error(`nothing stands for ${question.field}`);
      const places = values.flatMap((value, i) => (keep(question.field, list, value) ? [i] : []));
      if (places.length === 0) continue;
      kept.push(prune(native, values.length, places) as object);
      if (question.name) lists[question.name[list]] = places.map((i) => values[i] ?? "");
    }
  }
  const always = JSON.stringify(rest) === '[{"any":true}]';
  if (rest.length > 0 && !always) throw new Error(`more than the policy says: ${JSON.stringify(rest)}`);
  return { lists, natives: kept.length > 0 ? kept : [{ any: true }] };
}

/** Of the lists that have an element for each value, the elements at these places. */
function prune(tree: unknown, length: number, places: readonly number[]): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) {
    const items: readonly unknown[] = tree;
    const isPath = items.every((item) => typeof item === "object" && item !== null && "key" in item);
    if (items.length === length && !isPath) return places.map((i) => items[i]);
    return items.map((item) => prune(item, length, places));
  }
  const pruned = Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, prune(value, length, places)]),
  );
  // Envoy wants at least two alternatives.
  const { valueMatchers } = (pruned["orMatch"] ?? {}) as { valueMatchers?: readonly unknown[] };
  return valueMatchers?.length === 1 ? valueMatchers[0] : pruned;
}

/** The fields that a policy's rules have. */
export function fieldsOf({ spec }: Policy): string[] {
  const base = (name: string): string =>
    name.replace(/^not([A-Z])/, (_, first: string) => first.toLowerCase());
  const names = (spec?.rules ?? []).flatMap(({ from = [], to = [], when = [] }) => [
    ...from.flatMap(({ source }) => Object.keys(source).map(base)),
    ...to.flatMap(({ operation }) => Object.keys(operation).map(base)),
    ...when.map(({ key }) => key),
  ]);
  return [...new Set(names)];
}

/** All values of a field, of both its lists. */
export function valuesOf({ spec }: Policy, field: string): string[] {
  const not = `not${field[0]?.toUpperCase() ?? ""}${field.slice(1)}`;
  const values = (spec?.rules ?? []).flatMap(({ from = [], to = [], when = [] }) => [
    ...from.flatMap(({ source }) => [...(source[field] ?? []), ...(source[not] ?? [])]),
    ...to.flatMap(({ operation }) => [...(operation[field] ?? []), ...(operation[not] ?? [])]),
    ...when.flatMap(({ key, values: some = [], notValues = [] }) =>
      key === field ? [...some, ...notValues] : [],
    ),
  ]);
  return [...new Set(values)];
}
