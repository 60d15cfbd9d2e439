// Every value is of an atom that was found, whatever patterns there are, and of the atom that says what it satisfies.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Regex } from "../automata/regex.ts";
import { holds, valuesOf, type Request } from "../ir/interpret.ts";
import type { Attribute, Condition, Predicate } from "../ir/program.ts";
import { differences } from "./index.ts";
import { modelOf } from "./realise.ts";
import { spaceOf } from "./space.ts";
import { isTrue } from "./formula.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "."), maxLength: 4 });
const byte: fc.Arbitrary<Regex> = fc
  .subarray(["a", "b", "/", "."], { minLength: 1 })
  .map((bytes) => ({ op: "bytes", ranges: ranges(bytes) }));
function ranges(bytes: readonly string[]): (readonly [number, number])[] {
  return bytes
    .map((one) => one.charCodeAt(0))
    .sort((a, b) => a - b)
    .map((code) => [code, code] as const);
}
const { regex } = fc.letrec<{ regex: Regex }>((tie) => ({
  regex: fc.oneof(
    { depthSize: "small" },
    byte,
    fc.record({
      op: fc.constantFrom("sequence", "choice"),
      of: fc.array(tie("regex"), { minLength: 1, maxLength: 3 }),
    }),
    tie("regex").map((of): Regex => ({ op: "repeat", of, min: 0 })),
  ),
}));
const predicate: fc.Arbitrary<Predicate> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("exact", "prefix", "suffix"), text }) },
  { weight: 1, arbitrary: regex.map((one) => ({ kind: "regex" as const, regex: one })) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: "present" as const }, { kind: "not-empty" as const }) },
);
const attributes: readonly Attribute[] = [
  { kind: "path" },
  { kind: "header", name: "x-a" },
  { kind: "claim", path: ["c"] },
  { kind: "sni" },
  { kind: "host" },
];

test("every value", () => {
  let seen = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...attributes),
      fc.array(predicate, { minLength: 1, maxLength: 6 }),
      fc.array(fc.option(text, { nil: undefined }), { minLength: 30, maxLength: 30 }),
      (attribute, predicates, values) => {
        const conditions = predicates.map((one): Condition => ({ op: "test", attribute, predicate: one }));
        const space = spaceOf(conditions);
        expect(space.gap).toBeUndefined();
        for (const value of values) {
          const request = requestWith(attribute, value);
          if (attribute.kind === "host" && valuesOf(attribute, request).length === 0) continue;
          const model = modelOf(space, request);
          seen++;
          expect(space.conditions.map((formula) => model && isTrue(formula, model))).toEqual(
            conditions.map((condition) => holds(condition, request)),
          );
        }
      },
    ),
    { numRuns: 300, seed: 84 },
  );
  expect(seen).toBeGreaterThan(5000);
});

function requestWith(attribute: Attribute, value: string | undefined): Request {
  if (value === undefined) return { headers: [] };
  if (attribute.kind === "path") return { headers: [[":path", value]] };
  if (attribute.kind === "host") return { headers: [[":authority", value]] };
  if (attribute.kind === "header") return { headers: [[attribute.name, value]] };
  return attribute.kind === "claim"
    ? { headers: [], claims: { c: [value, "z"] } }
    : { headers: [], sni: value };
}

test("no path that clients send is shorter than the one that is shown", () => {
  const all = [""];
  for (const path of all) if (path.length < 4) all.push(...["a", "b", "/", "."].map((one) => path + one));
  const paths = all.map((path) => `/${path}`);
  const list = fc.array(
    fc.record({
      when: fc.tuple(predicate, fc.boolean()).map(([one, negated]): Condition => {
        const condition: Condition = { op: "test", attribute: { kind: "path" }, predicate: one };
        return negated ? { op: "not", of: condition } : condition;
      }),
      outcome: fc.constantFrom("allow", "deny"),
    }),
    { maxLength: 4 },
  );
  let seen = 0;
  fc.assert(
    fc.property(list, list, (before, after) => {
      const decided = (rules: typeof before, path: string): string =>
        rules.find(({ when }) => holds(when, { headers: [[":path", path]] }))?.outcome ?? "";
      for (const { from, to, request } of differences(before, after).found) {
        const [shown = ""] = valuesOf({ kind: "header", name: ":path" }, request);
        const shorter = paths.filter(
          (path) =>
            path.length < shown.length && decided(before, path) === from && decided(after, path) === to,
        );
        seen++;
        expect(shorter).toEqual([]);
      }
    }),
    { numRuns: 200, seed: 85 },
  );
  expect(seen).toBeGreaterThan(200);
});
