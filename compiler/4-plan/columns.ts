// One classifier for each attribute: every pattern that any rule puts on it, in one scan of the value. Patterns that always
// come together are one test. Where one scan would not do, an attribute has several columns: texts and prefixes, suffixes,
// regular expressions, each of its own.
import { leavesOf } from "../ir/conditions.ts";
import type { Dfa } from "../automata/dfa.ts";
import { groupIntoDfas } from "../automata/group.ts";
import { classesOfDfa, type ClassedDfa } from "./classes/dfa.ts";
import { PlanFault } from "./fault.ts";
import type { Literal } from "./clauses.ts";
import { subjectKey, type Asked, type Subject } from "./subject.ts";
import { wayOf, type Way } from "./ways.ts";
import type { ValueClass } from "./classes/class-table.ts";
import { buildIntervals, type Intervals } from "./classes/intervals.ts";
import { buildTrie, type Trie, type TriePattern } from "./classes/trie.ts";

/** How the class of a value is found. */
export type Scan =
  | { readonly by: "trie"; readonly trie: Trie; readonly backwards: boolean }
  | { readonly by: "dfa"; readonly dfa: ClassedDfa }
  | { readonly by: "intervals"; readonly intervals: Intervals }
  /** By evaluating it: class 1 holds. */
  | { readonly by: "truth" };

export interface Column {
  readonly subject: Subject;
  readonly scan: Scan;
  readonly classes: readonly ValueClass[];
  /** What asking costs, relative to looking at a header. */
  readonly cost: number;
}

/** A literal over columns: holds where a value's class satisfies one of the tests; negated, where none does. */
export interface ColumnLiteral {
  readonly column: number;
  /** Ascending. */
  readonly tests: readonly number[];
  readonly negated: boolean;
}

/** A test: what always comes together of one attribute, in one column. */
export interface Test {
  readonly column: number;
  readonly predicates: readonly Asked[];
}

export interface Columns {
  readonly columns: readonly Column[];
  readonly tests: readonly Test[];
  /** The clauses that a clause becomes; several where a literal's patterns are in several columns. Ask `count` first. */
  translate(clause: readonly Literal[]): ColumnLiteral[][];
  /** How many clauses that are: they may be more than there is memory for. */
  count(clause: readonly Literal[]): number;
}

export function buildColumns(literals: Iterable<Literal>): Columns {
  const columns: Column[] = [];
  const tests: Test[] = [];
  const parts = new Map<Literal["predicates"], readonly { column: number; tests: readonly number[] }[]>();
  for (const { subject, lists } of bySubject(literals)) {
    const groups = groupsOf(subject, lists);
    const testOf = new Map<string, number>();
    const place = (
      scanned: readonly Group[],
      make: (numbered: readonly Numbered[]) => Scan & { classes: readonly ValueClass[] },
    ): void => {
      if (scanned.length === 0) return;
      const column = columns.length;
      const numbered = scanned.map((group) => {
        const test = tests.push({ column, predicates: group.predicates }) - 1;
        for (const key of group.keys) testOf.set(key, test);
        return { ...group, test };
      });
      const { classes, ...scan } = make(numbered);
      columns.push({ subject, scan, classes, cost: costOf(subject) });
    };
    const of = (way: Way): Group[] => groups.filter((group) => group.way === way);
    place(of("truth"), ([group]) => ({
      by: "truth",
      classes: [
        { tests: [], witness: undefined },
        { tests: group ? [group.test] : [], witness: undefined },
      ],
    }));
    place(of("block"), (numbered) => {
      const intervals = buildIntervals(
        numbered.flatMap(({ test, predicates }) =>
          predicates.map((p) => ({
            block: p.kind === "in-block" ? p.block : p.kind === "absent" ? ("none" as const) : undefined,
            test,
          })),
        ),
      );
      return { by: "intervals", intervals, classes: intervals.classes };
    });
    for (const way of ["forwards", "backwards"] as const) {
      place(of(way), (numbered) => {
        const trie = buildTrie(numbered.flatMap(triePatterns), way === "backwards");
        return { by: "trie", trie, backwards: way === "backwards", classes: trie.classes };
      });
    }
    for (const { dfa, members, owners } of automata(of("regex"))) {
      place(members, (numbered) => {
        const classed = classesOfDfa(dfa, (pattern) => numbered[owners.get(pattern) ?? -1]?.test ?? -1);
        return { by: "dfa", dfa: classed, classes: classed.classes };
      });
    }
    for (const list of lists) {
      const byColumn = new Map<number, Set<number>>();
      for (const key of list.keys()) {
        const test = testOf.get(key) ?? -1;
        const column = tests[test]?.column ?? -1;
        byColumn.set(column, (byColumn.get(column) ?? new Set()).add(test));
      }
      parts.set(
        list,
        [...byColumn].map(([column, found]) => ({ column, tests: [...found].sort((a, b) => a - b) })),
      );
    }
  }
  const translate = (clause: readonly Literal[]): ColumnLiteral[][] =>
    clause.reduce<ColumnLiteral[][]>(
      (clauses, { predicates, negated }) => {
        const columnLiterals = (parts.get(predicates) ?? []).map((part) => ({ ...part, negated }));
        return negated
          ? clauses.map((literals) => [...literals, ...columnLiterals])
          : clauses.flatMap((literals) => columnLiterals.map((literal) => [...literals, literal]));
      },
      [[]],
    );
  const count = (clause: readonly Literal[]): number =>
    clause.reduce(
      (product, { predicates, negated }) =>
        negated ? product : product * (parts.get(predicates)?.length ?? 0),
      1,
    );
  return { columns, tests, translate, count };
}

/** Predicates that occur in the same lists and are scanned for in the same way. */
interface Group {
  readonly way: Way;
  readonly predicates: readonly Asked[];
  readonly keys: readonly string[];
}

interface Numbered extends Group {
  readonly test: number;
}

/** The lists of predicates that literals hold, by what they ask about. */
function bySubject(
  literals: Iterable<Literal>,
): Iterable<{ subject: Subject; lists: ReadonlySet<Literal["predicates"]> }> {
  const found = new Map<string, { subject: Subject; lists: Set<Literal["predicates"]> }>();
  for (const { subject, predicates } of literals) {
    const key = subjectKey(subject);
    const entry = found.get(key) ?? { subject, lists: new Set() };
    entry.lists.add(predicates);
    found.set(key, entry);
  }
  return found.values();
}

function groupsOf(subject: Subject, lists: ReadonlySet<Literal["predicates"]>): Group[] {
  const occurrences = new Map<string, { predicate: Asked; lists: number[] }>();
  let number = 0;
  for (const list of lists) {
    for (const [key, predicate] of list) {
      const entry = occurrences.get(key);
      if (entry) entry.lists.push(number);
      else occurrences.set(key, { predicate, lists: [number] });
    }
    number++;
  }
  const groups = new Map<string, { way: Way; predicates: Asked[]; keys: string[] }>();
  for (const [key, { predicate, lists: where }] of occurrences) {
    const way = wayOf(subject, predicate);
    const together = `${way} ${where.join()}`;
    const group = groups.get(together) ?? { way, predicates: [], keys: [] };
    group.predicates.push(predicate);
    group.keys.push(key);
    groups.set(together, group);
  }
  return [...groups.values()];
}

/** States of one automaton, and of all automata of an attribute: each takes some hundred bytes at most. */
const STATES = { maxStates: 3_000, maxTotal: 12_000 };

/** Each scans the value once more, and keeps the classes of a repeated header's values. */
const MAX_AUTOMATA = 32;

/** The regular expressions of an attribute in as few automata as have room; a group may be in several. */
function automata(groups: readonly Group[]): {
  dfa: Dfa;
  members: readonly Group[];
  /** The member of a pattern. */ owners: ReadonlyMap<number, number>;
}[] {
  const patterns = groups.flatMap((group) =>
    group.predicates.flatMap((predicate, i) =>
      predicate.kind === "regex" ? [{ group, predicate, key: group.keys[i] ?? "" }] : [],
    ),
  );
  if (patterns.length === 0) return [];
  const found = groupIntoDfas(
    patterns.map(({ predicate }) => predicate.regex),
    STATES,
  );
  if ("tooLarge" in found) {
    throw new PlanFault(
      `the regular expressions and templates on one attribute need more than ${STATES.maxTotal} states, or one of them more than ${STATES.maxStates}`,
      "use fewer, bound their repeats more closely, or write prefixes and suffixes where they would do",
    );
  }
  if (found.dfas.length > MAX_AUTOMATA) {
    throw new PlanFault(
      `the regular expressions and templates on one attribute need ${found.dfas.length} automata, ${MAX_AUTOMATA} at most`,
      "each of them scans the value anew: write prefixes and suffixes where they would do, or begin patterns with what tells them apart",
    );
  }
  return found.dfas.map(({ dfa, patterns: numbers }) => {
    const members: { way: Way; predicates: Asked[]; keys: string[] }[] = [];
    const memberOf = new Map<Group, number>();
    const owners = new Map<number, number>();
    for (const number of numbers) {
      const pattern = patterns[number];
      if (!pattern) continue;
      let member = memberOf.get(pattern.group);
      if (member === undefined) {
        member = members.push({ way: "regex", predicates: [], keys: [] }) - 1;
        memberOf.set(pattern.group, member);
      }
      members[member]?.predicates.push(pattern.predicate);
      members[member]?.keys.push(pattern.key);
      owners.set(number, member);
    }
    return { dfa, members, owners };
  });
}

function triePatterns({ predicates, test }: Numbered): TriePattern[] {
  return predicates.map((predicate): TriePattern => {
    switch (predicate.kind) {
      case "exact":
      case "prefix":
        return { kind: predicate.kind, text: predicate.text, test };
      case "suffix":
        return { kind: "prefix", text: predicate.text, test };
      case "present":
        return { kind: "prefix", text: "", test };
      case "not-empty":
        return { kind: "not-empty", text: "", test };
      case "regex":
      case "in-block":
      case "absent":
        throw new Error(`no ${predicate.kind} in a trie`);
    }
  });
}

/** Headers are there already; what the host has to be asked for costs far more than all the rest. */
function costOf(subject: Subject): number {
  switch (subject.kind) {
    case "method":
    case "path":
    case "host":
    case "header":
      return 1;
    case "cookie":
    case "query":
    case "hostname":
    case "claim":
      return 2;
    case "principal":
      return 150;
    case "cel":
      return 200;
    case "nested":
      // Behind all that it asks itself.
      return highest(leavesOf(subject.condition)) + 0.5;
    case "peer":
    case "client":
    case "destination":
    case "destination-port":
    case "sni":
    case "metadata":
      return 50;
  }
}

function highest(leaves: ReturnType<typeof leavesOf>): number {
  let most = 0;
  for (const leaf of leaves) {
    most = Math.max(most, costOf(leaf.op === "test" ? leaf.attribute : { kind: "cel", condition: leaf }));
  }
  return most;
}
