// A table of policies and what is found in each.
import { expect, test } from "@jest/globals";
import { findings, type Policies } from "./findings.ts";

export interface Pinned {
  readonly name: string;
  readonly policies: Policies;
  readonly finds: readonly string[];
}

/** One test a row. */
export function pin(table: readonly Pinned[]): void {
  test.each(table)("$name", ({ policies, finds }) => {
    expect(findings(policies)).toEqual(finds);
  });
}
