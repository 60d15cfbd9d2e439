// The guide to rate limits shows what is so: its examples check, and what it says of counters, fields and details is what the
// program says.
import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { detailsOf, limitCounterNames } from "../../compiler/ir/details.ts";
import { checkPolicies } from "../../compiler/testing/findings.ts";

let text: string;
beforeAll(async () => {
  text = await readFile(new URL("./rate-limits.md", import.meta.url), "utf8");
});
const examples = (): string[] => [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = ""]) => yaml);

test("the examples", () => {
  expect(examples()).toHaveLength(2);
  for (const yaml of examples()) expect(checkPolicies(yaml).diagnostics).toEqual([]);
});

test("counters and response-code details", () => {
  const [first = ""] = examples();
  const limits = checkPolicies(first).targets.flatMap(({ program }) => program.limits);
  const limit = limits.find(({ name }) => name === "per-address");
  if (!limit) throw new Error("the example has no limit by address");
  expect(text).toContain(`\`${detailsOf("rate-limiting", limit.origin)}\``);
  const counters = limitCounterNames(limit).map((name) =>
    name.replace(`${limit.origin.policy}.${limit.name}`, "<namespace>/<policy>.<limit>"),
  );
  const told = [...text.matchAll(/^\| `(tollgate\.rate_limit\.\S+?|…)\.([a-z]+)` /gm)];
  const [[, prefix = ""] = []] = told;
  expect(told.map(([, , end = ""]) => `${prefix}.${end}`)).toEqual(counters);
});
