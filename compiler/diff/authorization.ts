// Who may pass: both versions as lists of rules whose outcome is that a request passes, or how it is refused.
import { all, always } from "../ir/conditions.ts";
import { holds, type Request } from "../ir/interpret.ts";
import type { Condition, Program } from "../ir/program.ts";
import type { Difference, ListedRule } from "../questions/index.ts";
import { askLists } from "./ask.ts";
import { filled, type Data } from "./canonical.ts";
import type { Candidate, ChangeKind, Decider, Found, Sides } from "./change.ts";
import { authorizedBy } from "./deciders.ts";
import { ASIDE, asSeen, impossible } from "./domain.ts";
import { Labels } from "./labels.ts";
import type { Trial } from "./trial.ts";

interface Verdict {
  /** The answer; absent: it passes. */
  readonly denied?: Data;
}

/** Besides the first of each kind so many more are looked for, by other rules. */
const MORE = 2;

export function compareAuthorization(trial: Trial): Found {
  const { programs } = trial;
  const labels = new Labels<Verdict>();
  const lists = { old: listOf(programs.old, labels), new: listOf(programs.new, labels) };
  const impossibles = impossible(programs, [lists.old, lists.new]);
  const candidate = ({ from, to, request }: Difference): Candidate | undefined => {
    const kind = kindOf(labels.meaning(from), labels.meaning(to));
    const deciders = { old: authorizedBy(programs.old, request), new: authorizedBy(programs.new, request) };
    return trial.candidate({ kind, details: [], deciders }, [{ request, times: 1, after: 0n }]);
  };
  const ask = (known: readonly Candidate[]): Found =>
    askLists({
      about: "who may pass",
      lists,
      aside: [...impossibles, ...known.flatMap((found) => decidedAs(found, programs))],
      candidate,
    });
  const first = ask([]);
  const candidates = [...first.candidates];
  for (let more = 0, found = first.candidates; more < MORE && found.length > 0; more++) {
    found = ask(candidates).candidates.filter(
      (candidate) => !candidates.some((known) => sameRules(known, candidate)),
    );
    candidates.push(...found);
  }
  return { ...first, candidates };
}

function listOf(program: Program, labels: Labels<Verdict>): ListedRule[] {
  const { deny, allow, anyAllowPolicy } = program.authorization;
  const { status, body, holes } = program.responses.denied;
  const denied = labels.of({ denied: [filled(status, holes?.status), filled(body, holes?.body)] });
  const allowed = labels.of({});
  const seen = (when: Condition): Condition => asSeen(when, program);
  return [
    ...deny.map(({ when }) => ({ when: seen(when), outcome: denied })),
    ...(anyAllowPolicy ? allow.map(({ when }) => ({ when: seen(when), outcome: allowed })) : []),
    { when: always, outcome: anyAllowPolicy ? denied : allowed },
  ];
}

function kindOf(before: Verdict | undefined, after: Verdict | undefined): ChangeKind {
  if (before?.denied !== undefined && after?.denied !== undefined) return "answered-differently";
  return before?.denied === undefined ? "now-denied" : "now-allowed";
}

/** Rules that put aside what the same two rules decide; where in neither version a rule does, everything is known already. */
function decidedAs({ deciders, steps }: Candidate, programs: Sides<Program>): ListedRule[] {
  const request = steps?.[0]?.request;
  if (!request) return [];
  const conditions = (["old", "new"] as const).flatMap((side) =>
    conditionOf(deciders[side], programs[side], request),
  );
  return conditions.length === 0 ? [] : [{ when: all(conditions), outcome: ASIDE }];
}

function sameRules({ deciders: a }: Candidate, { deciders: b }: Candidate): boolean {
  return sameDecider(a.old, b.old) && sameDecider(a.new, b.new);
}

function sameDecider(a: Decider | undefined, b: Decider | undefined): boolean {
  return a === b || (!!a && !!b && "none" in a && "none" in b && a.none === b.none);
}

function conditionOf(decider: Decider | undefined, program: Program, request: Request): Condition[] {
  if (!decider || "none" in decider) return [];
  const { deny, allow } = program.authorization;
  const rule = [...deny, ...allow].find(({ origin, when }) => origin === decider && holds(when, request));
  return rule ? [asSeen(rule.when, program)] : [];
}
