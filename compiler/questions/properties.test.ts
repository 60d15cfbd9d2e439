// Answers about random lists of rules, held against the naive interpreter over a small universe of requests: what is met is met
// by its witness, and what is said never to be met no request of the universe meets.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Regex } from "../automata/regex.ts";
import { holds, type Request } from "../ir/interpret.ts";
import type { Attribute, Condition, Predicate } from "../ir/program.ts";
import { parseBlock } from "../net/block.ts";
import { differences, reachable, uncovered, type ListedRule } from "./index.ts";

const words = ["", "a", "ab", "abc", "b", "ba", "c", "/", "/a", "/a/b", "/ab"];
const blocks = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1"];
const addresses = ["10.0.0.1", "10.1.2.3", "10.1.9.9", "192.168.0.1", "2001:db8::7", "::1"];
const hosts = ["a.test", "b.a.test", "A.test", "a.test:80", "b.test", "x@a.test"];

function byte(text: string): Regex {
  const code = text.charCodeAt(0);
  return { op: "bytes", ranges: [[code, code]] };
}
const anything: Regex = { op: "repeat", of: { op: "bytes", ranges: [[0, 255]] }, min: 0 };
const regexes: readonly Regex[] = [
  { op: "repeat", of: { op: "bytes", ranges: [[0x61, 0x62]] }, min: 1 },
  { op: "sequence", of: [byte("a"), anything, byte("b")] },
  { op: "sequence", of: [anything, byte("/"), anything] },
  { op: "choice", of: [byte("c"), { op: "empty" }] },
];

const textPredicate: fc.Arbitrary<Predicate> = fc.oneof(
  { weight: 4, arbitrary: named(words) },
  { weight: 1, arbitrary: fc.constant({ kind: "present" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "not-empty" as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...regexes).map((regex) => ({ kind: "regex" as const, regex })),
  },
);
function named(texts: readonly string[]): fc.Arbitrary<Predicate> {
  return fc.record({
    kind: fc.constantFrom("exact", "exact", "prefix", "suffix"),
    text: fc.constantFrom(...texts),
  });
}
const textTest: fc.Arbitrary<Condition> = fc.record({
  op: fc.constant("test" as const),
  attribute: fc.constantFrom<Attribute>(
    { kind: "method" },
    { kind: "path" },
    { kind: "header", name: "x-a" },
    { kind: "header", name: "x-b" },
    { kind: "cookie", name: "c" },
    { kind: "query", name: "q" },
    { kind: "claim", path: ["groups"] },
    { kind: "principal" },
  ),
  predicate: textPredicate,
});
const hostTest: fc.Arbitrary<Condition> = fc.record({
  op: fc.constant("test" as const),
  attribute: fc.constantFrom<Attribute>({ kind: "host" }, { kind: "hostname" }),
  predicate: named(["a.test", "b.a.test", ".test", "a", "a.test:80", "test"]),
});
const addressTest: fc.Arbitrary<Condition> = fc.record({
  op: fc.constant("test" as const),
  attribute: fc.constantFrom<Attribute>({ kind: "peer" }, { kind: "client" }),
  predicate: fc.oneof(
    fc.constant({ kind: "present" as const }),
    fc.constantFrom(...blocks).map((text): Predicate => {
      const block = parseBlock(text);
      if (typeof block === "string") throw new Error(block);
      return { kind: "in-block", block };
    }),
  ),
});

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 4, arbitrary: textTest },
    { weight: 1, arbitrary: addressTest },
    { weight: 1, arbitrary: hostTest },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constantFrom("all", "any"),
        of: fc.array(tie("condition"), { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 1, arbitrary: tie("condition").map((of): Condition => ({ op: "not", of })) },
    { weight: 1, arbitrary: fc.boolean().map((value): Condition => ({ op: "constant", value })) },
  ),
}));
/** Fewer attributes, so that rules have more to do with each other. */
const near: fc.Arbitrary<Condition> = fc
  .tuple(
    fc.constantFrom<Attribute>({ kind: "path" }, { kind: "header", name: "x-a" }),
    fc.boolean(),
    named(["a", "ab", "b", "/a", "/ab"]),
  )
  .map(([attribute, negated, predicate]) => {
    const asked: Condition = { op: "test", attribute, predicate };
    return negated ? { op: "not", of: asked } : asked;
  });
const nearly: fc.Arbitrary<Condition> = fc.oneof(
  near,
  fc.record({
    op: fc.constantFrom("all", "any"),
    of: fc.array(near, { minLength: 2, maxLength: 3 }),
  }),
);
const rule: fc.Arbitrary<ListedRule> = fc.record({
  when: fc.oneof(condition, nearly),
  outcome: fc.constantFrom("", "allow", "deny", "limit"),
});
const rules = fc.array(rule, { maxLength: 6 });
/** A list, and one in which some of its rules are gone, others are new, or the order is another. */
const lists = fc.oneof(
  fc.tuple(rules, rules),
  fc
    .tuple(rules, fc.nat(), rule, fc.constantFrom("insert", "replace", "remove", "move"))
    .map(([list, at, other, how]): [ListedRule[], ListedRule[]] => {
      const changed = [...list];
      const place = list.length === 0 ? 0 : at % list.length;
      if (how === "insert") changed.splice(place, 0, other);
      else if (how === "replace") changed.splice(place, 1, other);
      else {
        const [gone] = changed.splice(place, 1);
        if (how === "move" && gone) changed.unshift(gone);
      }
      return [list, changed];
    }),
);

const some = fc.array(fc.constantFrom(...words), { maxLength: 3 });
const address = fc.option(fc.constantFrom(...addresses), { nil: undefined });
const request: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom("GET", "a", "ab"),
    path: fc.constantFrom(...words),
    host: fc.constantFrom(...hosts),
    query: fc.constantFrom("", "?q=a", "?q=ab&q=b", "?q="),
    cookie: fc.constantFrom(undefined, "c=a", "c=ab; c=b", "d=a"),
    a: some,
    b: some,
    groups: some,
    uri: fc.constantFrom(...words),
    peer: address,
    client: address,
  })
  .map(({ method, path, host, query, cookie, a, b, groups, uri, peer, client }) => ({
    headers: [
      [":method", method],
      [":authority", host],
      [":path", path + query],
      ...a.map((value) => ["x-a", value] as const),
      ...b.map((value) => ["x-b", value] as const),
      ...(cookie === undefined ? [] : [["cookie", cookie] as const]),
    ],
    identity: { uri, subject: "CN=b" },
    claims: { groups },
    ...(peer !== undefined && { peer }),
    ...(client !== undefined && { client }),
  }));
const universe = fc.sample(request, { numRuns: 400, seed: 8 });

function decided(list: readonly ListedRule[], one: Request): string {
  return list.find(({ when }) => holds(when, one))?.outcome ?? "";
}

describe("against brute force", () => {
  test("differences", () => {
    const seen = { found: 0, none: 0, undecided: 0 };
    fc.assert(
      fc.property(lists, ([before, after]) => {
        const { found, undecided } = differences(before, after);
        const pairs = new Set(found.map(({ from, to }) => `${from}>${to}`));
        expect(pairs.size).toBe(found.length);
        for (const { from, to, request: witness } of found) {
          expect(from).not.toBe(to);
          expect([decided(before, witness), decided(after, witness)]).toEqual([from, to]);
        }
        seen.found += found.length;
        if (undecided.length > 0) seen.undecided++;
        else if (found.length === 0) seen.none++;
        const open = new Set(undecided.map(({ from, to }) => `${from ?? "*"}>${to ?? "*"}`));
        for (const one of universe) {
          const [from, to] = [decided(before, one), decided(after, one)];
          if (from === to || pairs.has(`${from}>${to}`)) continue;
          expect([...open]).toEqual(expect.arrayContaining([open.has("*>*") ? "*>*" : `${from}>${to}`]));
        }
      }),
      { numRuns: 400, seed: 81 },
    );
    expect(seen.found).toBeGreaterThan(300);
    expect(seen.none).toBeGreaterThan(50);
    expect(seen.undecided).toBeLessThan(10);
  });

  test("reachable", () => {
    const seen = { met: 0, never: 0, undecided: 0 };
    fc.assert(
      fc.property(rules, (list) => {
        const first = (one: Request): number => list.findIndex(({ when }) => holds(when, one));
        reachable(list).forEach((reach, number) => {
          seen[reach.kind]++;
          if (reach.kind === "met") {
            expect(first(reach.request)).toBe(number);
            return;
          }
          if (reach.kind === "undecided") return;
          expect(reach.by.every((other) => other < number)).toBe(true);
          for (const one of universe) {
            if (!list[number] || !holds(list[number].when, one)) continue;
            expect(reach.by.some((other) => list[other] && holds(list[other].when, one))).toBe(true);
          }
        });
      }),
      { numRuns: 250, seed: 82 },
    );
    expect(seen.met).toBeGreaterThan(300);
    expect(seen.never).toBeGreaterThan(100);
    expect(seen.undecided).toBeLessThan(10);
  });

  test("uncovered", () => {
    const seen = { met: 0, never: 0, undecided: 0 };
    const conditions = fc.array(fc.oneof(condition, nearly), { maxLength: 4 });
    fc.assert(
      fc.property(nearly, conditions, (one, others) => {
        const answer = uncovered(one, others);
        seen[answer.kind]++;
        const meets = (asked: Request): boolean =>
          holds(one, asked) && !others.some((other) => holds(other, asked));
        if (answer.kind === "met") expect(meets(answer.request)).toBe(true);
        if (answer.kind === "never") expect(universe.filter(meets)).toEqual([]);
      }),
      { numRuns: 400, seed: 83 },
    );
    expect(seen.met).toBeGreaterThan(100);
    expect(seen.never).toBeGreaterThan(100);
    expect(seen.undecided).toBeLessThan(10);
  });
});
