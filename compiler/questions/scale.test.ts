// Thousands of rules: what an answer takes is counted in steps of the search, so that no machine's speed decides.
import { describe, expect, test } from "@jest/globals";
import { holds } from "../ir/interpret.ts";
import type { Attribute, Condition } from "../ir/program.ts";
import { Budget } from "./budget.ts";
import { compare } from "./compare.ts";
import { reachable, type ListedRule } from "./index.ts";

const path: Attribute = { kind: "path" };
const header = (name: string): Attribute => ({ kind: "header", name });
const is = (attribute: Attribute, kind: "exact" | "prefix" | "suffix", text: string): Condition => ({
  op: "test",
  attribute,
  predicate: { kind, text },
});
const all = (...of: Condition[]): Condition => ({ op: "all", of });
const not = (of: Condition): Condition => ({ op: "not", of });
const list = (size: number, rule: (i: number) => ListedRule): ListedRule[] =>
  Array.from({ length: size }, (_, i) => rule(i));

const methods = ["GET", "POST", "PUT", "DELETE"];
/** As authorization has them: a path, a method, a caller, and some headers. */
const mixed = (i: number): ListedRule => ({
  when: all(
    is(path, "prefix", `/service-${i % 250}/${i}`),
    is({ kind: "method" }, "exact", methods[i % 4] ?? ""),
    ...(i % 3 === 0 ? [is({ kind: "principal" }, "exact", `cluster.local/ns/a/sa/s${i % 50}`)] : []),
    ...(i % 5 === 0 ? [not(is(header("x-debug"), "exact", `${i}`))] : []),
    ...(i % 7 === 0 ? [is({ kind: "host" }, "suffix", `.tenant-${i % 40}.test`)] : []),
  ),
  outcome: i % 3 === 0 ? "deny" : "allow",
});

function steps(
  before: readonly ListedRule[],
  after: readonly ListedRule[],
): { pairs: string[]; spent: number } {
  const budget = new Budget(1_000_000);
  const { found, undecided } = compare(before, after, budget);
  expect(undecided).toEqual([]);
  for (const { from, to, request } of found) {
    const decided = (rules: readonly ListedRule[]): string =>
      rules.find(({ when }) => holds(when, request))?.outcome ?? "";
    expect([decided(before), decided(after)]).toEqual([from, to]);
  }
  return { pairs: found.map(({ from, to }) => `${from}>${to}`).sort(), spent: budget.spent };
}

describe("differences", () => {
  test("of a thousand rules, one of which asks for another method", () => {
    const before = list(1000, mixed);
    const changed = mixed(503);
    const after = before.with(503, {
      ...changed,
      when: all(is(path, "prefix", "/service-3/503"), is({ kind: "method" }, "exact", "GET")),
    });
    const { pairs, spent } = steps(before, after);
    expect(pairs).toEqual([">allow", "allow>"]);
    expect(spent).toBeLessThan(1000);
  });

  test("of a thousand rules in another order that does not matter: none", () => {
    const before = list(1000, mixed).filter(({ outcome }) => outcome === "allow");
    const { pairs, spent } = steps(before, before.toReversed());
    expect(pairs).toEqual([]);
    expect(spent).toBeLessThan(50_000);
  });

  test("of a thousand rules and a thousand others", () => {
    const { pairs, spent } = steps(
      list(1000, mixed),
      list(1000, (i) => ({ ...mixed(i + 500), outcome: i % 2 === 0 ? "deny" : "allow" })),
    );
    expect(pairs).toEqual([">allow", ">deny", "allow>", "allow>deny", "deny>", "deny>allow"]);
    expect(spent).toBeLessThan(50_000);
  });

  test("of ten thousand prefixes that are one rule now: none", () => {
    const prefixes = list(10_000, (i) => ({ when: is(path, "prefix", `/p${i}/`), outcome: "allow" }));
    const one: ListedRule = { when: { op: "any", of: prefixes.map(({ when }) => when) }, outcome: "allow" };
    const { pairs, spent } = steps(prefixes, [one]);
    expect(pairs).toEqual([]);
    expect(spent).toBeLessThan(250_000);
    const fewer: ListedRule = { ...one, when: { op: "any", of: prefixes.slice(1).map(({ when }) => when) } };
    expect(steps(prefixes, [fewer]).pairs).toEqual(["allow>"]);
  });

  test("of a thousand routes behind a thousand rules that say who may pass", () => {
    const refused = {
      when: not({ op: "any", of: list(1000, mixed).map(({ when }) => when) }),
      outcome: "aside",
    };
    const routes = list(1000, (i) => ({
      when: is(path, "prefix", `/service-${i % 250}/${i}`),
      outcome: `cluster-${i}`,
    }));
    const { pairs, spent } = steps(
      [refused, ...routes],
      [refused, ...routes.with(500, { when: routes[500]?.when ?? refused.when, outcome: "new" })],
    );
    expect(pairs).toEqual(["cluster-500>new"]);
    expect(spent).toBeLessThan(20_000);
    const moved = [...routes.slice(0, 7), ...routes.slice(8), ...routes.slice(7, 8)];
    expect(steps([refused, ...routes], [refused, ...moved]).pairs).toEqual(["cluster-7>cluster-757"]);
  });

  test("of rules over attributes that have nothing to do with each other", () => {
    const rule = (i: number): ListedRule => ({
      when: i % 2 === 0 ? is(path, "prefix", `/p${i}/`) : is(header("x-a"), "exact", `v${i}`),
      outcome: `o${i % 7}`,
    });
    const before = list(2000, rule);
    const { pairs, spent } = steps(before, before.toSpliced(7, 1));
    expect(pairs).toEqual(["o0>o1", "o0>o2", "o0>o3", "o0>o4", "o0>o5", "o0>o6", "o0>"].sort());
    expect(spent).toBeLessThan(20_000);
  });
});

describe("reachable", () => {
  test("ten thousand prefixes, one behind the rule that takes its requests", () => {
    const rules = list(10_000, (i) => ({ when: is(path, "prefix", `/p${i}/`), outcome: "" }));
    const shadowed = { when: all(is(path, "exact", "/p77/x"), is(header("x-a"), "exact", "a")) };
    const found = reachable([...rules, shadowed]);
    expect(found.filter(({ kind }) => kind === "met")).toHaveLength(10_000);
    expect(found.at(-1)).toEqual({ kind: "never", by: [77] });
  });

  test("four thousand hostnames, half of them wildcards, of which one has no request left", () => {
    const hostname: Attribute = { kind: "hostname" };
    const rules = list(4000, (i) => ({
      when:
        i % 2 === 0
          ? is(hostname, "exact", `h${i}.tenant-${i}.test`)
          : is(hostname, "suffix", `.tenant-${i}.test`),
      outcome: "",
    }));
    const found = reachable([...rules, { when: is(hostname, "suffix", ".a.tenant-7.test") }]);
    expect(found.filter(({ kind }) => kind === "met")).toHaveLength(4000);
    expect(found.at(-1)).toEqual({ kind: "never", by: [7] });
  });

  test("a rule that several take together", () => {
    const found = reachable([
      { when: is({ kind: "method" }, "exact", "GET") },
      { when: is(header("x-a"), "exact", "a") },
      { when: not(all(is({ kind: "method" }, "exact", "GET"), is(header("x-a"), "exact", "a"))) },
      { when: is(path, "prefix", "/") },
    ]);
    expect(found.map(({ kind }) => kind)).toEqual(["met", "met", "met", "never"]);
    expect(found[3]).toEqual({ kind: "never", by: [0, 2] });
  });
});
