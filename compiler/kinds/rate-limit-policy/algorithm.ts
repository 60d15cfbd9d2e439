// The algorithms by the names that policies have for them.
import type { Algorithm } from "../../ir/program.ts";
import type { LimitSpec } from "./schema.ts";

export const algorithms = {
  tokenBucket: "token-bucket",
  gcra: "gcra",
  slidingWindow: "sliding-window",
  fixedWindow: "fixed-window",
  concurrency: "concurrency",
} as const satisfies Readonly<Record<string, Algorithm>>;

/** An algorithm as policies call it. */
export type AlgorithmName = keyof typeof algorithms;

export const algorithmNames = Object.keys(algorithms) as AlgorithmName[];

/** What a limit counts with; undefined where what it says was reported. */
export function algorithmOf({ algorithm, keys }: LimitSpec): AlgorithmName | undefined {
  return algorithm?.value ?? (keys.has("algorithm") ? undefined : "tokenBucket");
}

/** Whether it has a capacity of its own beside its limit. */
export function hasBurst(algorithm: AlgorithmName): boolean {
  return algorithm === "tokenBucket" || algorithm === "gcra";
}
