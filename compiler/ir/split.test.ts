// The reference of splits by itself; filters/runtime/split.test.ts holds the filter to it, and to the shares of a million keys.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { chooseArm, stickyHash } from "./split.ts";

interface Arm {
  readonly name: string;
  readonly weight: number;
}

const arms = fc.uniqueArray(
  fc.record({ name: fc.string({ minLength: 1 }), weight: fc.integer({ min: 1, max: 1000 }) }),
  { minLength: 2, maxLength: 8, selector: ({ name }) => name },
);
const keys = Array.from({ length: 200 }, (_, i) => stickyHash(`user-${i}`));
const seed = 20260101;

function armsOf(all: readonly Arm[]): (string | undefined)[] {
  return keys.map((key) => all[chooseArm(key, all)]?.name);
}

test("another weight moves keys to its arm where it grew, from it where it fell, and no others", () => {
  fc.assert(
    fc.property(arms, fc.nat(), fc.integer({ min: 0, max: 3000 }), (before, pick, weight) => {
      const changed = before[pick % before.length];
      const after = before.map((arm) => (arm === changed ? { ...arm, weight } : arm));
      const grew = weight > (changed?.weight ?? 0);
      const old = armsOf(before);
      armsOf(after).forEach((arm, i) => {
        if (arm !== old[i]) expect(grew ? arm : old[i]).toBe(changed?.name);
      });
    }),
    { seed, numRuns: 50 },
  );
});

test("an arm that goes leaves its keys to the others, which exchange none", () => {
  fc.assert(
    fc.property(arms, fc.nat(), (all, pick) => {
      const gone = all[pick % all.length];
      const old = armsOf(all);
      armsOf(all.filter((arm) => arm !== gone)).forEach((arm, i) => {
        if (old[i] !== gone?.name) expect(arm).toBe(old[i]);
      });
    }),
    { seed, numRuns: 50 },
  );
});
