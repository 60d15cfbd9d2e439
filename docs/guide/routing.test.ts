// The guide to routing shows what is so: its examples check, and requests go where its table says.
import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { ask } from "../../compiler/kinds/http-route/testing.ts";
import { checkPolicies } from "../../compiler/testing/findings.ts";

let text: string;
beforeAll(async () => {
  text = await readFile(new URL("./routing.md", import.meta.url), "utf8");
});
const examples = (): string[] => [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = ""]) => yaml);

test("the examples", () => {
  expect(examples().length).toBeGreaterThan(1);
  for (const yaml of examples()) expect(checkPolicies(yaml).diagnostics).toEqual([]);
});

test("the table of requests", () => {
  const [first = ""] = examples();
  const [target] = checkPolicies(first).targets;
  if (!target) throw new Error("the example is no filter");
  const rows = [
    ...text.matchAll(/^\| `([A-Z]+) ([^/`]+)(\/[^`]*)`(?: with `([a-z-]+): (\S+)`)? +\| (.*?) +\|$/gm),
  ];
  expect(rows.length).toBeGreaterThan(5);
  for (const [line, method = "", host = "", path = "", name, value = "", told = ""] of rows) {
    const headers = name === undefined ? [] : [[name, value] as const];
    const outcome = ask(target.program, { method, host, path, headers, scheme: "https" });
    const { cluster, status, location } = outcome;
    const changed = outcome.path === path ? "" : ` \`${outcome.path}\``;
    const went = location === undefined ? String(status) : `${status} \`${location}\``;
    expect([line, cluster === undefined ? went : `\`${cluster}\`${changed}`]).toEqual([line, told]);
  }
});
