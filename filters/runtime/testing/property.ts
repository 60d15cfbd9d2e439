// Property tests with a seed that stays the same, so that a red build is red again when it is looked into. Runs in Node.
import fc from "fast-check";

const seed = Number(process.env["TOLLGATE_TEST_SEED"] ?? 20260101);

/** Checks a property; `TOLLGATE_TEST_SEED` in the environment tries other values. */
export function check<T>(property: fc.IProperty<T>, numRuns = 1000): void {
  fc.assert(property, { seed, numRuns });
}
