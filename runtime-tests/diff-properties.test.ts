// Random versions of random policies: where a comparison says that nothing differs, no request shows a difference, and what it
// says differs one does. AGREEMENT_RUNS and AGREEMENT_SEED ask for a longer or another run than the short one of every day.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Found } from "../compiler/diff/change.ts";
import { compareVersions, type Version } from "../compiler/diff/compare.ts";
import { differ } from "../compiler/diff/outcomes.ts";
import { outcomesBy, tryable } from "../compiler/diff/trial.ts";
import { interpreterEngine } from "../compiler/engines/index.ts";
import { check } from "../compiler/index.ts";
import type { Request } from "../compiler/ir/interpret.ts";
import type { Program } from "../compiler/ir/program.ts";
import { bundles, requests } from "./support/arbitraries.ts";
import { programs, routedRequests } from "./support/routing-arbitraries.ts";

const runs = Number(process.env["AGREEMENT_RUNS"] ?? 80);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20263);
const NOON = 1_767_268_800_000_000_000n;

interface Versions {
  readonly old: Version;
  readonly new: Version;
}

/** How often each answer was given: a property that only ever sees one of them proves nothing. */
const given = { equal: 0, differs: 0, undecided: 0 };

function hold(versions: Versions, sequence: readonly (Request & { readonly later?: bigint })[]): void {
  const found = compareVersions(versions);
  given[verdictOf(found)]++;
  const sides = { old: versions.old.program, new: versions.new.program };
  for (const { steps, kind, details } of found.candidates) {
    if (!steps) continue;
    const engines = {
      old: interpreterEngine(tryable(sides.old)),
      new: interpreterEngine(tryable(sides.new)),
    };
    const outcomes = outcomesBy(engines, steps, sides);
    if (!outcomes) throw new Error(`${kind} ${details.join()} has no outcome`);
    expect(outcomes.old).not.toEqual(outcomes.new);
  }
  if (verdictOf(found) !== "equal") return;
  const engines = { old: interpreterEngine(sides.old), new: interpreterEngine(sides.new) };
  let at = NOON;
  for (const { later = 0n, ...request } of sequence) {
    at += later;
    const [before, after] = [engines.old.decide(request, at), engines.new.decide(request, at)];
    if (differ(before, after)) expect({ request, outcome: after }).toEqual({ request, outcome: before });
  }
}

function verdictOf({ candidates, undecided }: Found): "equal" | "differs" | "undecided" {
  return candidates.length > 0 ? "differs" : undecided.length > 0 ? "undecided" : "equal";
}

/** A document with something taken out, put elsewhere, or written twice. */
function mutated(
  documents: readonly object[],
  choices: readonly number[],
  other: readonly object[],
): object[] {
  const copy = structuredClone([...documents]) as { kind: string; metadata: object; spec: object }[];
  const [what = 0, where = 0, which = 0] = choices;
  const at = where % copy.length;
  const replacement = (structuredClone(other[which % other.length]) ?? {}) as (typeof copy)[number];
  const chosen = copy[at];
  if (!chosen) return copy;
  const lists = [...listsIn(chosen.spec)];
  const list = lists[which % Math.max(1, lists.length)];
  switch (what % 6) {
    case 0:
      copy[at] = { ...replacement, metadata: chosen.metadata };
      return copy;
    case 1:
      list?.reverse();
      return copy;
    case 2:
      list?.splice(where % list.length, 1);
      return copy;
    case 3:
      if (list && list.length > 0) list.push(structuredClone(list[where % list.length]));
      return copy;
    case 4:
      chosen.metadata = { ...chosen.metadata, name: `renamed-${which}` };
      return copy;
    default:
      return copy.length > 1 ? copy.filter((_, i) => i !== at) : copy;
  }
}

function* listsIn(value: unknown): Iterable<unknown[]> {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value) && value.length > 0) yield value;
  for (const member of Object.values(value)) yield* listsIn(member);
}

function versionOf(documents: readonly object[]): Version | undefined {
  const text = documents.map((document) => JSON.stringify(document)).join("\n---\n");
  return check({ files: [{ path: "p.yaml", shown: "p.yaml", text }], defaultName: "b" }).targets[0];
}

const number = fc.integer({ min: 0, max: 50 });

test("policies: equal is equal, and what differs differs", () => {
  fc.assert(
    fc.property(
      bundles,
      bundles,
      fc.array(fc.array(number, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
      fc.array(requests, { minLength: 60, maxLength: 60, size: "max" }),
      (documents, other, mutations, sequence) => {
        const before = versionOf(documents);
        const after = versionOf(
          mutations.reduce<readonly object[]>((all, how) => mutated(all, how, other), documents),
        );
        fc.pre(before !== undefined && after !== undefined);
        hold({ old: before, new: after }, sequence);
      },
    ),
    { numRuns: runs, seed },
  );
  expect(given.equal).toBeGreaterThan(0);
  expect(given.differs).toBeGreaterThan(0);
  expect(given.undecided).toBeLessThan(runs / 10);
});

/** A program with rules of another one, or its own in another order. */
function rerouted(program: Program, other: Program, [what = 0, where = 0]: readonly number[]): Program {
  const rules = [...(program.httpRoutes?.rules ?? [])];
  const others = other.httpRoutes?.rules ?? [];
  const rule = others[where % Math.max(1, others.length)];
  const at = where % Math.max(1, rules.length);
  const withRules = (list: typeof rules): Program =>
    program.httpRoutes ? { ...program, httpRoutes: { rules: list } } : program;
  switch (what % 6) {
    case 0:
      return withRules(rules.toReversed());
    case 1:
      return rule ? withRules(rules.toSpliced(at, 1, rule)) : program;
    case 2:
      return withRules(rules.toSpliced(at, 1));
    case 3:
      return { ...program, routes: program.routes.toReversed() };
    case 4:
      return { ...program, routes: program.routes.slice(1) };
    default:
      return { ...program, routes: [...program.routes, ...other.routes.slice(0, 1)] };
  }
}

test("routing: equal is equal, and what differs differs", () => {
  Object.assign(given, { equal: 0, differs: 0, undecided: 0 });
  fc.assert(
    fc.property(
      programs,
      programs,
      fc.array(number, { minLength: 2, maxLength: 2 }),
      fc.array(routedRequests, { minLength: 80, maxLength: 80, size: "max" }),
      (program, other, how, sequence) => {
        const version = (of: Program): Version => ({ program: of, pathNormalization: "NONE" });
        hold({ old: version(program), new: version(rerouted(program, other, how)) }, sequence);
      },
    ),
    { numRuns: runs, seed },
  );
  expect(given.equal).toBeGreaterThan(0);
  expect(given.differs).toBeGreaterThan(0);
  expect(given.undecided).toBeLessThan(runs / 4);
});
