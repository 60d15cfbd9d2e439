// What a match asks of requests.
import { checkedRe2 } from "../../automata/report.ts";
import { byteString, headerKey } from "../../http/header-syntax.ts";
import { all, pathBegins, test } from "../../ir/conditions.ts";
import type { Condition, Predicate } from "../../ir/program.ts";
import type { MatchSpec, RuleSpec, ValueSpec } from "./schema.ts";

/** A match with its defaults, and without entries that another of the same name makes void. */
export interface Match {
  readonly path: { readonly type: "Exact" | "PathPrefix" | "RegularExpression"; readonly value: string };
  readonly method: string | undefined;
  readonly headers: readonly ValueMatch[];
  readonly queryParams: readonly ValueMatch[];
}

interface ValueMatch {
  readonly name: string;
  readonly type: "Exact" | "RegularExpression";
  readonly value: string;
}

/** The matches of a rule: one that takes every request, where it names none. */
export function matchesOf(rule: RuleSpec | undefined): (MatchSpec | undefined)[] {
  const matches = rule?.matches;
  return matches && matches.items.length > 0 ? [...matches.items] : [undefined];
}

export function complete(match: MatchSpec | undefined): Match {
  const type = match?.path?.type?.value ?? "PathPrefix";
  const value = match?.path?.value?.value ?? "/";
  return {
    path: { type, value: type === "PathPrefix" ? prefixElements(value) || "/" : value },
    method: match?.method?.value,
    headers: effective(match?.headers?.items ?? [], headerKey),
    queryParams: effective(match?.queryParams?.items ?? [], (name) => name),
  };
}

/** A prefix without the `/` at its end, which says nothing. */
export function prefixElements(prefix: string): string {
  return prefix.replace(/\/$/, "");
}

/** The first entry of each name. */
export function effective(entries: readonly ValueSpec[], key: (name: string) => string): ValueMatch[] {
  const found = new Map<string, ValueMatch>();
  for (const { name, type, value } of entries) {
    const own = key(name.value);
    if (!found.has(own)) found.set(own, { name: own, type: type?.value ?? "Exact", value: value.value });
  }
  return [...found.values()];
}

export function conditionOf({ path, method, headers, queryParams }: Match): Condition {
  return all([
    pathIs(path),
    ...(method === undefined ? [] : [test({ kind: "method" }, { kind: "exact", text: method })]),
    ...headers.map((one) => test({ kind: "header", name: one.name }, valueIs(one))),
    ...queryParams.map((one) => test({ kind: "query", name: byteString(one.name) }, valueIs(one))),
  ]);
}

function pathIs({ type, value }: Match["path"]): Condition {
  if (type === "PathPrefix") return pathBegins(value);
  return test({ kind: "path" }, valueIs({ type, value }));
}

function valueIs({ type, value }: Pick<ValueMatch, "type" | "value">): Predicate {
  return type === "Exact"
    ? { kind: "exact", text: byteString(value) }
    : { kind: "regex", regex: checkedRe2(value) };
}

/**
 * The standard's order of matches: an exact path, a regular expression (the standard leaves its place open), a longer prefix,
 * a method, more headers, more query parameters.
 */
export function matchRank({ path, method, headers, queryParams }: Match): number[] {
  const kinds = { Exact: 0, RegularExpression: 1, PathPrefix: 2 } as const;
  return [
    kinds[path.type],
    // Two exact paths of one request are the same.
    -path.value.length,
    method === undefined ? 1 : 0,
    -headers.length,
    -queryParams.length,
  ];
}

/** The same for matches that the same requests satisfy, word for word. */
export function matchKey({ path, method, headers, queryParams }: Match): string {
  const sorted = (list: readonly ValueMatch[]): string[] =>
    list.map(({ name, type, value }) => JSON.stringify([name, type, value])).sort();
  return JSON.stringify([path.type, path.value, method, sorted(headers), sorted(queryParams)]);
}
