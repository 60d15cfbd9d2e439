// Rate limits: matched by what they do, whatever they are called. What a limit does is plain data; which requests it counts is a
// condition, and compared as conditions are.
import { all, not } from "../ir/conditions.ts";
import type { Limit, Program } from "../ir/program.ts";
import { satisfiable, type Difference } from "../questions/index.ts";
import { requestLine } from "../requests/index.ts";
import { askLists } from "./ask.ts";
import { canonical } from "./canonical.ts";
import { nothingFound, together, type Candidate, type Found, type Sides } from "./change.ts";
import { asSeen, impossible, refusedByEither } from "./domain.ts";
import { keyLabel, limitFacts, limitLabel } from "./limit-facts.ts";
import { conditionLabel } from "./rule-labels.ts";
import { stepsThatShow, stepsThatShowOrder } from "./sequences.ts";
import type { Trial } from "./trial.ts";

type Pair = Sides<Limit | undefined>;

export function compareLimits(trial: Trial): Found {
  const pairs = matched(trial);
  return together([
    ...pairs.map((limits) => compareLimit(limits, trial)),
    compareOrder(pairs, trial),
    noted(pairs),
  ]);
}

/** More pairs of limits in another order are not tried. */
const MOST_ORDERS = 20;

/** Of limits that refuse the same request for equally long the first answers, so that the order counts where answers differ. */
function compareOrder(pairs: readonly Pair[], trial: Trial): Found {
  const { programs } = trial;
  const open: string[] = [];
  for (const [first, second] of turned(pairs, trial)) {
    const names = `${nameOf(first.new)} and ${nameOf(second.new)}`;
    const met = satisfiable(
      all([
        asSeen(first.new.when, programs.new),
        asSeen(second.new.when, programs.new),
        ...(first.new.phase === "after-authorization"
          ? refusedByEither(programs).map(({ when }) => not(when))
          : []),
      ]),
    );
    if (met.kind === "never") continue;
    const limits = { old: [first.old, second.old], new: [second.new, first.new] };
    const steps = met.kind === "undecided" ? undefined : stepsThatShowOrder(met.request, limits, programs);
    const change = {
      kind: "limited-differently",
      details: [`${names}: in another order, and where both refuse the first answers`],
      deciders: { old: first.old.origin, new: second.new.origin },
    } as const;
    const shown = steps && trial.candidate(change, steps);
    if (shown) return { ...nothingFound, candidates: [shown] };
    open.push(`${names}: which of them answers where both refuse, since they stand in another order`);
    if (open.length === MOST_ORDERS) break;
  }
  return { ...nothingFound, undecided: open };
}

/** Limits with other answers than each other, of which the new version asks the second first. */
function* turned(
  pairs: readonly Pair[],
  { programs }: Trial,
): Iterable<readonly [Sides<Limit>, Sides<Limit>]> {
  const answerOf = (limit: Limit, program: Program): string => {
    const facts = limitFacts(limit, program);
    return canonical(["status", "body", "headers"].map((what) => facts.get(`${what} of a refusal`)?.data));
  };
  const asked = pairs
    .flatMap(({ old: before, new: after }) =>
      before && after && decides(before) && decides(after)
        ? [{ limits: { old: before, new: after }, answer: answerOf(after, programs.new) }]
        : [],
    )
    .sort((a, b) => programs.old.limits.indexOf(a.limits.old) - programs.old.limits.indexOf(b.limits.old));
  const places = new Map(programs.new.limits.map((limit, place) => [limit, place]));
  const placeOf = ({ new: after }: Sides<Limit>): number => places.get(after) ?? -1;
  for (const [i, { limits: first, answer }] of asked.entries()) {
    for (const { limits: second, answer: other } of asked.slice(i + 1)) {
      if (answer !== other && first.new.phase === second.new.phase && placeOf(first) > placeOf(second))
        yield [first, second];
    }
  }
}

/** Each limit with its counterpart: the one that does the same for the same requests, else the most alike that is left. */
function matched(trial: Trial): readonly Pair[] {
  const { programs } = trial;
  const old = [...programs.old.limits];
  const now = [...programs.new.limits];
  const labels = new Map([
    ...old.map((limit) => [limit, limitLabel(limit, programs.old)] as const),
    ...now.map((limit) => [limit, limitLabel(limit, programs.new)] as const),
  ]);
  const alike = (a: Limit, b: Limit): boolean => labels.get(a) === labels.get(b);
  const counting = (a: Limit, b: Limit): boolean => conditionLabel(a.when) === conditionLabel(b.when);
  const pairs: Pair[] = [];
  for (const matches of [
    (a: Limit, b: Limit) => alike(a, b) && counting(a, b) && a.name === b.name,
    (a: Limit, b: Limit) => alike(a, b) && counting(a, b),
    (a: Limit, b: Limit) => alike(a, b) && isEqual(whichRequests({ old: a, new: b }, trial)),
    (a: Limit, b: Limit) => nameOf(a) === nameOf(b),
    (a: Limit, b: Limit) => alike(a, b) || (keyLabel(a) === keyLabel(b) && a.phase === b.phase),
  ]) {
    for (const limit of [...old]) {
      const at = now.findIndex((other) => matches(limit, other));
      if (at < 0) continue;
      old.splice(old.indexOf(limit), 1);
      pairs.push({ old: limit, new: now.splice(at, 1)[0] });
    }
  }
  return [
    ...pairs,
    ...old.map((limit) => ({ old: limit, new: undefined })),
    ...now.map((limit) => ({ old: undefined, new: limit })),
  ];
}

function isEqual({ candidates, undecided }: Found): boolean {
  return candidates.length === 0 && undecided.length === 0;
}

function compareLimit(limits: Pair, trial: Trial): Found {
  const { old: before, new: after } = limits;
  if (!decides(before) && !decides(after)) return nothingFound;
  const details = changesOf(limits, trial);
  if (details.length === 0) return whichRequests(limits, trial);
  const counted = countedAs([nameOf(after ?? before), ...details], limits, trial);
  return before && after ? together([counted, whichRequests(limits, trial)]) : counted;
}

/** One that is only tried out decides nothing. */
function decides(limit: Limit | undefined): boolean {
  return limit?.shadow === false;
}

function changesOf({ old: before, new: after }: Pair, { programs }: Trial): string[] {
  const from = before && limitFacts(before, programs.old);
  const to = after && limitFacts(after, programs.new);
  const facts = from ?? to;
  if (!facts) return [];
  if (!from || !to) {
    const told = ["rates", "counted by"].map((name) => `${name}: ${facts.get(name)?.words ?? ""}`);
    return [from ? "removed" : "added", ...told];
  }
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((name) => {
    const [a, b] = [from.get(name), to.get(name)];
    if (canonical(a?.data) === canonical(b?.data)) return [];
    return [`${name}: ${a?.words ?? "nothing"} → ${b?.words ?? "nothing"}`];
  });
}

function decidersOf({ old: before, new: after }: Pair): Candidate["deciders"] {
  const none = { none: "no such limit" };
  return { old: before?.origin ?? none, new: after?.origin ?? none };
}

/** What a limit does has changed, whether or not requests in a row show it. */
function countedAs(details: readonly string[], limits: Pair, trial: Trial): Found {
  const { programs } = trial;
  const change = { kind: "limited-differently", details, deciders: decidersOf(limits) } as const;
  const conditions = [
    ...(limits.old ? [asSeen(limits.old.when, programs.old)] : []),
    ...(limits.new ? [asSeen(limits.new.when, programs.new)] : []),
  ];
  const counted = conditions.map((when) => ({ when, outcome: "counted" }));
  const { candidates } = askLists({
    about: "",
    lists: { old: [], new: counted },
    aside: impossible(programs, [counted]),
    narrower: () => refusedByEither(programs),
    candidate: ({ request }) => {
      const steps = stepsThatShow(request, limits, programs);
      return steps && trial.candidate(change, steps);
    },
  });
  return { ...nothingFound, candidates: [candidates[0] ?? change] };
}

/** Two limits side by side: do they count the same requests? */
function whichRequests(limits: Pair, trial: Trial): Found {
  const { programs } = trial;
  const { old: before, new: after } = limits;
  if (!before || !after) return nothingFound;
  const lists = {
    old: [{ when: asSeen(before.when, programs.old), outcome: "counted" }],
    new: [{ when: asSeen(after.when, programs.new), outcome: "counted" }],
  };
  const late = after.phase === "after-authorization";
  const candidate = ({ from, request }: Difference): Candidate | undefined => {
    const counts = from === "counted" ? "no longer counted" : "now counted";
    const change = {
      kind: "limited-differently",
      details: [`${nameOf(after)}: ${counts}`],
      deciders: decidersOf(limits),
    } as const;
    const steps = stepsThatShow(request, limits, programs);
    if (steps) return trial.candidate(change, steps);
    // What is counted while requests are under way no requests one after the other show.
    return after.algorithm === "concurrency"
      ? { ...change, details: [`${nameOf(after)}: ${counts}: ${requestLine(request)}`] }
      : undefined;
  };
  return askLists({
    about: `which requests ${nameOf(after)} counts`,
    lists,
    aside: impossible(programs, [lists.old, lists.new]),
    ...(late && { narrower: () => refusedByEither(programs) }),
    candidate,
  });
}

/** Names that clients are told. */
function noted(pairs: readonly Pair[]): Found {
  const renamed = pairs.flatMap(({ old: before, new: after }) =>
    before && after && before.name !== after.name && after.fields === "draft"
      ? [`clients are told of the limit \`${before.name}\` as \`${after.name}\``]
      : [],
  );
  return { ...nothingFound, notes: renamed };
}

function nameOf(limit: Limit | undefined): string {
  return limit ? `${limit.origin.policy} ${limit.name}` : "";
}
