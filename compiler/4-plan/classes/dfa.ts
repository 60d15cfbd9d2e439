// The accept sets of an automaton as classes.
import type { Dfa } from "../../automata/dfa.ts";
import { acceptWitnesses } from "../../automata/witnesses.ts";
import { ClassTable, type ValueClass } from "./class-table.ts";

export interface ClassedDfa {
  readonly dfa: Dfa;
  /** For each state the class of a value that ends there. */
  readonly classOfState: readonly number[];
  readonly classes: readonly ValueClass[];
}

/** @param testOf the test that a pattern of the automaton stands for */
export function classesOfDfa(dfa: Dfa, testOf: (pattern: number) => number): ClassedDfa {
  const table = new ClassTable();
  const texts = new Map(acceptWitnesses(dfa).map(({ accepts, text }) => [accepts.join(), text]));
  const classOfState = dfa.accepts.map((accepts) => table.of(accepts.map(testOf), texts.get(accepts.join())));
  return { dfa, classOfState, classes: table.classes };
}

/** The class of a value: what the filter finds, in plain arithmetic. */
export function classByDfa({ dfa, classOfState }: ClassedDfa, value: string): number {
  let state = dfa.start;
  for (let i = 0; i < value.length; i++) {
    state = dfa.next[state * dfa.classes + (dfa.classOf[value.charCodeAt(i)] ?? 0)] ?? 0;
  }
  return classOfState[state] ?? 0;
}
