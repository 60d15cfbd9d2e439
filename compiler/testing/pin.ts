// A table of policies and what is found in each.
import { expect, test } from "@jest/globals";
import { findings, type Policies } from "./findings.ts";

export interface Pinned {
  readonly name: string;
  readonly policies: Policies;
  readonly finds: readonly (string | ReturnType<typeof expect.stringMatching>)[];
}

/** One test a row. */
export function pin(table: readonly Pinned[]): void {
  test.each(table)("$name", ({ policies, finds }) => {
    expect(findings(policies)).toEqual(finds);
  });
}

/** A finding that begins with `start`, whose help says more than is worth repeating. */
export function beginsWith(start: string): ReturnType<typeof expect.stringMatching> {
  return expect.stringMatching(new RegExp(`^${start.replace(/[[\]\\^$.|?*+(){}]/g, "\\$&")} = .`));
}
