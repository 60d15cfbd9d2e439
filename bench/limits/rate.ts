// How much a user may: the same numbers in everybody's words.

export interface Rate {
  /** Tokens in each window. */
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
  /** The most a bucket holds. */
  readonly burst: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Never runs dry under load, and is so large that worker threads lease from it. */
export const generous: Rate = { limit: 1_000_000, window: 1_000, burst: 1_000_000_000 };
/** Never runs dry under load either, but worker threads do not lease from buckets of less than 2,048 tokens. */
export const unleased: Rate = { limit: 2_000, window: 1, burst: 2_000 };
/** Two requests pass, then one every half hour. */
export const stingy: Rate = { limit: 2, window: HOUR, burst: 2 };
/** So large that worker threads lease from it, and refilled slowly. */
export const leasedByHour: Rate = { limit: 1_000_000, window: HOUR, burst: 1_000_000 };
/** What a mesh's service has: windows of whole days. */
export const generousByDay: Rate = { limit: 1_000_000_000, window: DAY, burst: 1_000_000_000 };
export const stingyByDay: Rate = { limit: 2, window: DAY, burst: 2 };

/** A file of AssemblyScript, which peers/bare/w3-batched.as imports; its windows are microseconds. */
export function rateSource(rate: Rate): string {
  return constantsOf({ ...rate, window: rate.window * 1_000 })
    .map(([name, value]) => `export const ${name}: u64 = ${value};\n`)
    .join("");
}

/** Lua, which peers/lua/w3.lua wants before it; its windows are milliseconds. */
export function rateInLua(rate: Rate): string {
  return constantsOf(rate)
    .map(([name, value]) => `local ${name} = ${value}`)
    .join("\n");
}

function constantsOf({ limit, window, burst }: Rate): [name: string, value: number][] {
  return Object.entries({ LIMIT: limit, WINDOW: window, BURST: burst });
}
