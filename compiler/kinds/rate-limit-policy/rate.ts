// A rate as the program has it.
import type { Rate } from "../../ir/program.ts";
import { parseDuration } from "./duration.ts";
import type { RateSpec } from "./schema.ts";

/** The rate, called `item` in answers. Its window was checked. */
export function rateOf({ limit, window, burst }: RateSpec, item: string): Rate {
  const capacity = (burst ?? limit).value;
  return {
    item,
    limit: limit.value,
    window: parseDuration(window.value) ?? 1n,
    burst: capacity,
    words: `${limit.value} per ${window.value}, burst ${capacity}`,
  };
}
