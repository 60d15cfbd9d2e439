// What emitted code and the runtime say to each other in numbers stands on both sides; here they are held to one another.
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

function numbers(path: string): ReadonlyMap<string, number> {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const found = text.matchAll(
    /^(?:export )?const ([A-Z_]+)(?:: \w+)? = (0x[0-9a-f]+|[0-9_]+|<u32>CELL \+ CELL_BYTES);/gm,
  );
  const read = new Map<string, number>();
  for (const [, name = "", value = ""] of found) {
    const sum = (read.get("CELL") ?? 0) + (read.get("CELL_BYTES") ?? 0);
    read.set(name, value.startsWith("<") ? sum : Number(value.replaceAll("_", "")));
  }
  return read;
}

const limits = "compiler/5-emit/limits.ts";
const ask = "filters/runtime/limits/ask.ts";
const planned = "compiler/4-plan/limits.ts";

test.each([
  [limits, "ASKED_BYTES", ask, "ASKED_BYTES"],
  [limits, "SHADOW", ask, "SHADOW"],
  [limits, "DEFERRED", ask, "DEFERRED"],
  [limits, "LENIENT", ask, "LENIENT"],
  [limits, "UNKNOWN", ask, "UNKNOWN"],
  [limits, "COUNTERS", ask, "COUNTERS"],
  [limits, "STATE_BYTES", "filters/runtime/limits/ask-shared.ts", "STATE_BYTES"],
  [limits, "SHARED_BYTES", "filters/runtime/limits/shared.ts", "SHARED_BYTES"],
  ["compiler/5-emit/mesh.ts", "MESH_LIMIT_BYTES", "filters/runtime/mesh/limit.ts", "MESH_LIMIT_BYTES"],
  ["compiler/5-emit/mesh.ts", "SERVICE_BYTES", "filters/runtime/mesh/service.ts", "MESH_SERVICE_BYTES"],
  [
    "compiler/5-emit/authentication.ts",
    "SOURCE_BYTES",
    "filters/runtime/authentication/sources.ts",
    "SOURCE_BYTES",
  ],
  ["compiler/5-emit/limit-table.ts", "RATES", "filters/runtime/limits/shape.ts", "RATES"],
  ["compiler/5-emit/limit-table.ts", "RATE_BYTES", "filters/runtime/limits/shape.ts", "RATE_BYTES"],
  [planned, "KEY_BYTES", "filters/runtime/limits/shape.ts", "KEY_BYTES"],
  [planned, "STATE_BYTES", "filters/runtime/limits/shape.ts", "STATE_BYTES"],
  [planned, "ITEM_BYTES", "filters/runtime/limits/items.ts", "ITEM_BYTES"],
])("%s %s is %s %s", (emitted, name, runtime, there) => {
  const value = numbers(emitted).get(name);
  expect(value).toEqual(expect.any(Number));
  expect(value).toBe(numbers(runtime).get(there));
});
