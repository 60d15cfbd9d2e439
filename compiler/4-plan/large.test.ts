// Policies that are out of all proportion: they are planned in bounded time and memory, or an error says which rule is too much.
import { describe, expect, test } from "@jest/globals";
import { check } from "../index.ts";
import type { Trie } from "./classes/trie.ts";
import { buildTrie, walkTrie, type TriePattern } from "./classes/trie.ts";

function checked(rules: readonly object[]): ReturnType<typeof check> {
  const policy = {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "large" },
    spec: { action: "DENY", rules },
  };
  const file = { path: "large.yaml", shown: "large.yaml", text: JSON.stringify(policy, undefined, 1) };
  return check({ files: [file], defaultName: "large" });
}

const many = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));
const header = (i: number, lists: object): object => ({ key: `request.headers[x-${i}]`, ...lists });

describe("a rule", () => {
  test("whose values need several scans of each of many headers", () => {
    const values = ["a", "*b"];
    const product = (headers: number): object => ({ when: many(headers, (i) => header(i, { values })) });
    for (const headers of [2, 12, 40, 400]) {
      const { targets, diagnostics } = checked([{ to: [{ operation: { paths: ["/"] } }] }, product(headers)]);
      expect(diagnostics).toEqual([]);
      const { decisions, authorization } = targets[0]?.plan ?? {};
      // Three of them are told apart as clauses, the others are decided by themselves.
      const clauses = decisions?.[authorization?.decision ?? -1]?.decision.clauses;
      expect(clauses).toHaveLength(1 + 2 ** Math.min(headers, 3));
      expect(decisions).toHaveLength(1 + Math.max(0, headers - 3));
    }
  });

  test("whose exceptions are pairs, as those of token principals are", () => {
    const notRequestPrincipals = many(30, (i) => `https://issuer-${i}/user-${i}`);
    const { targets, diagnostics } = checked([{ from: [{ source: { notRequestPrincipals } }] }]);
    expect(diagnostics).toEqual([]);
    const sizes = targets[0]?.plan.decisions.map(({ decision }) => decision.clauses.length);
    expect(sizes).toEqual([30, 1]);
  });

  test("that excludes twenty thousand values, in each of its alternatives", () => {
    const notValues = many(20_000, (i) => `v${i}`);
    const from = many(50, (i) => ({
      source: { ipBlocks: [`10.0.${i}.0/24`], notIpBlocks: [`10.0.${i}.7`] },
    }));
    const { targets, diagnostics } = checked([{ from, when: [header(0, { notValues })] }]);
    expect(diagnostics).toEqual([]);
    const [decision] = targets[0]?.plan.decisions ?? [];
    expect(decision?.decision.clauses).toHaveLength(50);
    expect(targets[0]?.plan.columns.map(({ classes }) => classes.length)).toContain(2);
  });

  test("of hundreds of headers", () => {
    const { targets, diagnostics } = checked([{ when: many(600, (i) => header(i, { values: ["a"] })) }]);
    expect(diagnostics).toEqual([]);
    // A diagram as deep as that would be built by a recursion as deep.
    expect(targets[0]?.plan.decisions[0]?.diagram.kind).toBe("candidates");
  });
});

describe("rules", () => {
  test("over thousands of headers are searched", () => {
    const { targets, diagnostics } = checked(many(3_000, (i) => ({ when: [header(i, { values: ["a"] })] })));
    expect(diagnostics).toEqual([]);
    expect(targets[0]?.plan.columns).toHaveLength(3_000);
    expect(targets[0]?.plan.decisions[0]?.diagram.kind).toBe("search");
  });

  test("each large, together too large", () => {
    const from = many(16, (i) => ({
      source: { ipBlocks: [`10.0.${i}.0/24`], notIpBlocks: [`10.0.${i}.7`] },
    }));
    const to = many(16, (i) => ({ operation: { paths: [`/${i}`], notMethods: ["GET"] } }));
    const { targets, diagnostics } = checked(
      many(800, (i) => ({ from, to, when: [header(i, { values: ["a"] })] })),
    );
    expect(targets).toEqual([]);
    expect(diagnostics).toMatchObject([
      {
        code: "TG3006",
        message: expect.stringMatching(/^up to this rule there are more than 200000 alternatives/),
      },
    ]);
  });
});

test("more metadata than there is room for is too much for one filter", () => {
  const rule = (i: number): object => ({
    when: [{ key: `experimental.envoy.filters.http.lua[k${i}]`, values: ["a"] }],
  });
  expect(checked(many(512, rule)).diagnostics).toEqual([]);
  expect(checked(many(513, rule)).diagnostics).toMatchObject([
    {
      code: "TG3006",
      message: expect.stringContaining("513 cookies, parameters, hostnames, identities, metadata"),
    },
  ]);
});

describe("a trie", () => {
  const pattern = (kind: "exact" | "prefix", text: string, test: number): TriePattern => ({
    kind,
    text,
    test,
  });
  const testsOf = (trie: Trie, value: string, backwards = false): readonly number[] =>
    trie.classes[walkTrie(trie, value, backwards)]?.tests ?? [];

  test("has no label that is longer than filters can tell, and finds what is behind", () => {
    const long = "a".repeat(200_000);
    for (const backwards of [false, true]) {
      const text = (length: number, end: string): string =>
        backwards ? end + long.slice(0, length) : long.slice(0, length) + end;
      const patterns = [65_535, 65_536, 65_537, 131_072, 199_999].flatMap((length, i) => [
        pattern("exact", text(length, ""), 2 * i),
        pattern("prefix", text(length, "b"), 2 * i + 1),
      ]);
      const trie = buildTrie(patterns, backwards);
      expect(Math.max(...trie.nodes.map(({ label }) => label.length))).toBe(65_536);
      for (const { text: value, test: number } of patterns)
        expect(testsOf(trie, value, backwards)).toEqual([number]);
      for (const length of [1, 65_534, 70_000, 131_071, 200_000])
        expect(testsOf(trie, text(length, ""), backwards)).toEqual([]);
    }
  });

  test("of ten thousand long texts that part at their ends", () => {
    const texts = many(10_000, (i) => `/${"segment/".repeat(60)}${i}`);
    const trie = buildTrie(texts.map((text, i) => pattern("exact", text, i % 7)));
    expect(trie.nodes.length).toBeLessThan(20_000);
    texts.forEach((text, i) => expect(testsOf(trie, text)).toEqual([i % 7]));
    expect(testsOf(trie, "/segment/")).toEqual([]);
  });
});
