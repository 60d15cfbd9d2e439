// Files that are large, deep or repetitive are refused or read; they never crash and never take for ever.
import { describe, expect, test } from "@jest/globals";
import { checkPolicies, findings } from "../testing/findings.ts";
import { authorization, headerRoute } from "../testing/policies.ts";

const numbered = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

describe("nesting without end", () => {
  const tooDeep =
    /^error TG1007 p\.yaml:\d+:\d+: this document is nested too deeply = no policy needs more than 100 levels; look for brackets that are not closed$/;
  test.each([
    ["lists in brackets", `  rules: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`],
    ["brackets that are never closed", `  rules: ${"[".repeat(20_000)}`],
    ["mappings in braces", `  rules: ${"{ a: ".repeat(20_000)}${"}".repeat(20_000)}\n`],
    ["lists by dashes", `  rules:\n${"- ".repeat(20_000)}a\n`],
    ["mappings by indentation", `  rules:\n${numbered(500, (i) => `${" ".repeat(4 + i)}a:`)}\n`],
    ["just beyond", `  rules: ${"[".repeat(101)}${"]".repeat(101)}\n`],
  ])("%s", (_name, spec) => {
    const found = findings(authorization(spec));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(tooDeep);
  });

  test("what is merely deep is read", () => {
    expect(findings(authorization(`  rules: ${"[".repeat(90)}${"]".repeat(90)}\n`))).toEqual([
      'error TG2004 p.yaml:5:11: expected a mapping, found a list = write a mapping, such as { to: [{ operation: { methods: ["GET"] } }] }',
    ]);
  });
});

describe("large files", () => {
  test("five megabytes of paths", () => {
    const paths = numbered(250_000, (i) => `            - /path/${String(i).padStart(7, "0")}`);
    const text = authorization(`  rules:\n    - to:\n        - operation:\n           paths:\n${paths}\n`);
    expect(text.length).toBeGreaterThan(5_000_000);
    const { targets, diagnostics } = checkPolicies(text);
    expect(diagnostics).toEqual([]);
    expect(targets[0]?.program.policies).toHaveLength(1);
  });

  test("thousands of documents", () => {
    const text = numbered(3000, (i) => authorization("  rules: [{}]\n---").replace("name: a", `name: a${i}`));
    expect(checkPolicies(text)).toMatchObject({ policies: 3000, diagnostics: [] });
  });

  test("thousands of faults, each with its line", () => {
    const found = findings(authorization(numbered(5000, (i) => `  f${i}: 1`)));
    expect(found).toHaveLength(5000);
    expect(found.at(-1)).toMatch(/^error TG2003 p\.yaml:5004:3: unknown field `f4999`/);
  });

  test("tens of thousands of keys in one mapping", () => {
    const annotations = numbered(60_000, (i) => `    k${i}: x`);
    const text = authorization("  rules: [{}]\n").replace(
      "{ name: a }",
      `\n  name: a\n  annotations:\n${annotations}\n`,
    );
    expect(findings(text)).toEqual([]);
  });

  test("one value of a megabyte in a message", () => {
    const [found = ""] = findings(authorization(`  action: ${"A".repeat(1_000_000)}\n`));
    expect(found.length).toBeLessThan(300);
  });

  test("half a megabyte of brackets in a condition's key", () => {
    const [found = ""] = findings(
      authorization(`  rules: [{ when: [{ key: "${"[".repeat(500_000)}", values: [a] }] }]\n`),
    );
    expect(found).toMatch(/^error TG2007 .*unknown condition key/);
  });

  test("thousands of routing rules that each change the response", () => {
    const rules = numbered(
      8000,
      (i) =>
        `    - { matches: [{ cookies: [{ name: a, value: "${i}" }] }], response: { set: [{ name: x, value: "${i}" }] } }`,
    );
    const { targets, diagnostics } = checkPolicies(headerRoute(`  rules:\n${rules}\n`));
    expect(diagnostics).toEqual([]);
    expect(targets[0]?.plan.routes[0]?.responses).toHaveLength(8000);
  });

  test("a few hundred aliases of a long list", () => {
    const blocks = Array.from({ length: 500 }, (_, i) => `10.${i % 256}.0.0/16`).join(", ");
    const uses = "    - from: [{ source: { notIpBlocks: *office } }]\n".repeat(100);
    const first = `    - from: [{ source: { ipBlocks: &office [${blocks}] } }]\n`;
    expect(findings(authorization(`  rules:\n${first}${uses}`))).toEqual([]);
  });
});
