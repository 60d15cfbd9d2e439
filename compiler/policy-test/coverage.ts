// What tests leave out: rules that never matched, conditions that were never true or never false, limits that never refused. Told
// from the interpreter's evaluation of the requests that tests sent, as far as each got.
import { celProperties } from "../engines/properties.ts";
import { stageOf } from "../engines/index.ts";
import { quoted, subjectWords, verbWords, wantedWords } from "../explain/words.ts";
import { withPathPrefixes } from "../ir/conditions.ts";
import { detailsOf, UNREADABLE } from "../ir/details.ts";
import { holds, identify, LimitState, type Request } from "../ir/interpret.ts";
import { limit } from "../ir/limits.ts";
import type { Condition, Limit, Origin, Predicate, Program } from "../ir/program.ts";
import type { Asked } from "./run.ts";

/** What tests showed of one rule or limit. */
export interface Rule {
  readonly origin: Origin;
  readonly covered: number;
  readonly total: number;
  /** In words what no test showed. */
  readonly missing: readonly string[];
}

/** Kinds may share a name: a policy is told by its file as well. */
export interface PolicyCoverage {
  readonly policy: string;
  /** As messages show it. */
  readonly file: string;
  readonly rules: readonly Rule[];
}

export interface Coverage {
  /** In the order of the program, each rule once. */
  readonly policies: readonly PolicyCoverage[];
  readonly covered: number;
  readonly total: number;
  /** Whole, rounded down. */
  readonly percent: number;
}

/** One thing to be shown, by the words for its absence. */
type Items = Map<string, boolean>;

interface Entry {
  readonly origin: Origin;
  readonly items: Items;
}

const NEVER_MATCHED = "never matched";
const NEVER_COUNTED = "never counted a request";
const NEVER_REFUSED = "never refused a request";

/** Gathers what requests show of several programs. */
export class CoverageCollector {
  readonly #entries = new Map<string, Entry>();
  #shadows = new LimitState();

  /** Everything that a program's tests should show. */
  add(program: Program): void {
    const { deny, allow, observers } = program.authorization;
    for (const { origin } of program.authentication?.rules ?? []) this.#note(origin, NEVER_MATCHED, false);
    const rules = [...deny, ...allow, ...observers.flatMap((observer) => observer.rules)];
    const routes = [
      ...(program.httpRoutes?.rules ?? []),
      ...program.routes.flatMap((policy) => policy.rules),
    ];
    for (const { origin, when } of [...rules, ...routes]) {
      this.#note(origin, NEVER_MATCHED, false);
      this.#parts(origin, when);
    }
    for (const { origin, when } of program.limits) {
      this.#note(origin, NEVER_COUNTED, false);
      this.#note(origin, NEVER_REFUSED, false);
      this.#parts(origin, when);
    }
  }

  /** Limits count from zero. */
  forget(): void {
    this.#shadows = new LimitState();
  }

  /** What a request shows. */
  observe(program: Program, { request, at, outcome }: Asked): void {
    const details = outcome.kind === "answer" ? outcome.details : undefined;
    const stage = details === undefined ? undefined : stageOf(details);
    if (details === UNREADABLE || stage === "cors") return;
    const arrived = { ...request, properties: celProperties(request, at) };
    for (const { origin } of program.limits)
      if (details === detailsOf("rate-limiting", origin)) this.#note(origin, NEVER_REFUSED, true);
    this.#counted(program, "before-authentication", arrived, at);
    const refusedBy = program.limits.find(({ origin }) => details === detailsOf("rate-limiting", origin));
    if (refusedBy?.phase === "before-authentication") return;
    for (const { origin } of program.authentication?.rules ?? [])
      if (details === detailsOf("authentication", origin)) this.#note(origin, NEVER_MATCHED, true);
    const known = identify(program, arrived, at, () => undefined);
    if (known.kind === "refuse") return;
    const { request: seen } = known;
    const issuer = seen.claims?.["iss"];
    const accepting = program.authentication?.rules.find(
      (rule) => seen.claims && (rule.issuer === undefined || rule.issuer === issuer),
    );
    if (accepting) this.#note(accepting.origin, NEVER_MATCHED, true);
    for (const { rules } of program.authorization.observers) this.#first(rules, seen);
    if (this.#first(program.authorization.deny, seen)) return;
    this.#first(program.authorization.allow, seen);
    if (stage === "authorization") return;
    this.#counted(program, "after-authorization", seen, at);
    if (stage === "rate-limiting") return;
    this.#first(program.httpRoutes?.rules ?? [], seen);
    for (const { rules } of program.routes) this.#first(rules, seen);
  }

  get coverage(): Coverage {
    const policies = new Map<string, PolicyCoverage & { rules: Rule[] }>();
    for (const { origin, items } of this.#entries.values()) {
      const { policy } = origin;
      const file = origin.span.file.shown;
      const key = `${policy} ${file}`;
      const found = policies.get(key) ?? { policy, file, rules: [] };
      found.rules.push(ruleOf(origin, items));
      policies.set(key, found);
    }
    const all = [...policies.values()].flatMap(({ rules }) => rules);
    const covered = all.reduce((sum, rule) => sum + rule.covered, 0);
    const total = all.reduce((sum, rule) => sum + rule.total, 0);
    return {
      policies: [...policies.values()],
      covered,
      total,
      percent: total === 0 ? 100 : Math.floor((covered / total) * 100),
    };
  }

  /** Rules are asked in order until one matches; those behind it show nothing. */
  #first(rules: readonly { readonly origin: Origin; readonly when: Condition }[], seen: Request): boolean {
    for (const { origin, when } of rules) {
      this.#parts(origin, when, seen);
      if (!holds(when, seen)) continue;
      this.#note(origin, NEVER_MATCHED, true);
      return true;
    }
    return false;
  }

  #counted(program: Program, phase: Limit["phase"], seen: Request, at: bigint): void {
    for (const one of program.limits) {
      if (one.phase !== phase) continue;
      this.#parts(one.origin, one.when, seen);
      if (!holds(one.when, seen)) continue;
      this.#note(one.origin, NEVER_COUNTED, true);
      // What is only tried out refuses nobody, so that its refusals are told by no answer.
      if (!one.shadow) continue;
      const enforced = { ...program, limits: [{ ...one, shadow: false }] };
      const { refusal } = limit(enforced, phase, seen, at, this.#shadows);
      if (refusal) this.#note(one.origin, NEVER_REFUSED, true);
    }
  }

  /** The parts of a condition; `seen`: what a request shows of them. */
  #parts(origin: Origin, when: Condition, seen?: Request): void {
    for (const { words, part } of partsOf(when)) {
      const found = seen && holds(part, seen);
      this.#note(origin, `never true: ${words}`, found === true);
      this.#note(origin, `never false: ${words}`, found === false);
    }
  }

  #note(origin: Origin, item: string, shown: boolean): void {
    const key = JSON.stringify([origin.policy, origin.part, origin.span.file.shown, origin.span.start]);
    let entry = this.#entries.get(key);
    if (!entry) this.#entries.set(key, (entry = { origin, items: new Map() }));
    if (shown || !entry.items.has(item)) entry.items.set(item, shown);
  }
}

/** What a condition is made of, each with its words. */
function* partsOf(condition: Condition): Iterable<{ readonly words: string; readonly part: Condition }> {
  switch (condition.op) {
    case "constant":
      return;
    case "cel":
      yield { words: `\`${condition.expression.text.replace(/\s+/g, " ").trim()}\``, part: condition };
      return;
    case "test": {
      const { attribute, predicate } = condition;
      yield { words: `${subjectWords(attribute)} ${predicateWords(predicate)}`, part: condition };
      return;
    }
    case "not":
      yield* partsOf(condition.of);
      return;
    case "all":
      for (const part of condition.of) yield* partsOf(part);
      return;
    case "any":
      for (const { prefix, part } of withPathPrefixes(condition.of)) {
        if (prefix === undefined) yield* partsOf(part);
        else yield { words: `path is ${quoted(prefix)} or below it`, part };
      }
  }
}

function predicateWords(predicate: Predicate): string {
  switch (predicate.kind) {
    case "exact":
      return `is ${quoted(predicate.text)}`;
    case "present":
      return "is there";
    case "not-empty":
      return "is not empty";
    case "in-block":
    case "prefix":
    case "suffix":
    case "regex":
      return verbWords(predicate) ?? `is ${wantedWords(predicate)}`;
  }
}

function ruleOf(origin: Origin, items: Items): Rule {
  const missing = [...items].flatMap(([words, shown]) => (shown ? [] : [words]));
  // Where nothing matched, that a part of it was never false says nothing more.
  const said = missing.includes(NEVER_MATCHED)
    ? missing.filter((words) => !words.startsWith("never false"))
    : missing;
  return { origin, covered: items.size - missing.length, total: items.size, missing: said };
}
