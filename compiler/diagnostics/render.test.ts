// How findings look. The golden text is rewritten when UPDATE_GOLDEN=1 is set.
import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { checkPolicies } from "../testing/findings.ts";
import { authorization } from "../testing/policies.ts";
import { diagnosticToJson, renderDiagnostic, renderDiagnostics } from "./render.ts";
import { columnsOf } from "./wrap.ts";

const golden = (name: string): URL => new URL(`./golden/${name}`, import.meta.url);

/** What a policy's findings look like. */
function rendered(text: string, name = "p.yaml"): string {
  return renderDiagnostics(checkPolicies({ [name]: text }).diagnostics);
}

test("everything that can be wrong", async () => {
  const name = "everything-wrong.yaml";
  const text = `${rendered(await readFile(golden(name), "utf8"), name)}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(golden("everything-wrong.txt"), text);
  expect(text).toBe(await readFile(golden("everything-wrong.txt"), "utf8"));
});

test("of each file only so many, errors before others", () => {
  const warns = "  rules: [{ to: [{ operation: { methods: [get], paths: [a] } }] }]\n";
  const files = {
    "a.yaml": authorization(`${warns}  x: 1\n  y: 1\n`),
    "b.yaml": authorization(warns).replace("name: a", "name: b"),
  };
  const text = renderDiagnostics(checkPolicies(files).diagnostics, undefined, 2);
  expect(text.match(/^(error|warning|…).*|--> .*/gm)).toEqual([
    "error[TG2003]: unknown field `x`",
    "--> a.yaml:6:3",
    "error[TG2003]: unknown field `y`",
    "--> a.yaml:7:3",
    "… and 2 more in a.yaml",
    "warning[TG3010]: `get` never matches: methods are upper case",
    "--> b.yaml:5:43",
    "warning[TG3010]: `a` never matches: a path starts with `/`",
    "--> b.yaml:5:57",
  ]);
  expect(text).toMatch(/\n\n2 errors, 4 warnings$/);
});

describe("a finding's line", () => {
  test("keeps its tabs, so that the caret stands right", () => {
    expect(rendered(authorization("  action:\tDeny\n")).split("\n").slice(2, 5)).toEqual([
      "  |",
      "5 |   action:\tDeny",
      "  |          \t^^^^ did you mean `DENY`?",
    ]);
  });

  test("is cut around the caret where it is long", () => {
    const paths = `${"/a, ".repeat(200)}*, ${"/b, ".repeat(200)}`;
    const lines = rendered(
      authorization(`  rules: [{ to: [{ operation: { paths: [${paths}] } }] }]\n`),
    ).split("\n");
    const [line = "", caret = ""] = lines.slice(3, 5);
    expect(line.length).toBeLessThan(180);
    expect(line[caret.indexOf("^")]).toBe("*");
    expect(line).toMatch(/^5 \| ….*…$/);
  });

  test("has its caret below what is wide", () => {
    const lines = rendered(authorization("  action: 日本\n")).split("\n").slice(3, 5);
    expect(lines).toEqual(["5 |   action: 日本", "  |           ^^^^"]);
  });

  test("shows control characters without obeying them", () => {
    const text = rendered(
      authorization('  action: "\u001b[31mDENY" # \u009b2J \u202e\n'),
      "a\u001b[31m\n.yaml",
    );
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(text).toContain("--> a\\u001b[31m\\n.yaml:5:11");
    expect(text).toContain('5 |   action: "·[31mDENY" # ·2J ·');
    expect(text).toContain("          ^^^^^^^^^^^");
  });

  test("does not show what ends it", () => {
    expect(rendered(authorization("  action: Deny\n").replaceAll("\n", "\r\n"))).not.toContain("\r");
  });

  test("has its caret even where it is empty", () => {
    expect(rendered(authorization("  action:")).split("\n").slice(3, 5)).toEqual([
      "5 |   action:",
      "  |          ^",
    ]);
  });
});

test("on a terminal words stay whole, and lines below each other", () => {
  const paths = "/a, ".repeat(100);
  const text = authorization(`  rules: [{ to: [{ operation: { path: [${paths}] } }] }]\n`);
  const [found] = checkPolicies(text).diagnostics;
  if (!found) throw new Error("nothing was found");
  const lines = renderDiagnostic(found, undefined, 60).split("\n");
  for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(60);
  const help = lines.filter((line) => line.includes("= help: ") || /^ {10}`/.test(line));
  expect(help.length).toBeGreaterThan(1);
  expect(lines[3]?.[lines[4]?.indexOf("^") ?? 0]).toBe("p");
});

test("the machine-readable form holds the same", () => {
  const { diagnostics } = checkPolicies(authorization("  action: Deny\n"));
  expect(diagnostics.map(diagnosticToJson)).toEqual([
    {
      severity: "error",
      code: "TG2007",
      name: "bad-value",
      message: "expected one of `ALLOW`, `DENY`, `AUDIT`, found `Deny`",
      place: { file: "p.yaml", line: 5, column: 11, end: { line: 5, column: 15 } },
      label: "did you mean `DENY`?",
    },
  ]);
});
