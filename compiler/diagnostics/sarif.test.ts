// SARIF logs are what the standard's schema says, lead to the places that they are about, and let nobody who writes policies
// or names files say anything else with them.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import fc from "fast-check";
import { positionOf } from "../source/span.ts";
import { checkPolicies, type Policies } from "../testing/findings.ts";
import { authorization, rateLimit } from "../testing/policies.ts";
import { codes } from "./codes.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { sarifLog } from "./sarif.ts";

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly [
    {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
        readonly region?: Region;
      };
    },
  ];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

interface Run {
  readonly tool: {
    readonly driver: {
      readonly rules: readonly { readonly id: string; readonly help: { readonly markdown: string } }[];
    };
  };
  readonly columnKind: string;
  readonly results: readonly Result[];
}

const validate = await validator();

/** The run of a log that the schema takes. */
async function runOf(diagnostics: readonly Diagnostic[], whole = "policies"): Promise<Run> {
  const log = JSON.parse(JSON.stringify(await sarifLog(diagnostics, whole))) as { runs: [Run] };
  expect(validate(log) ? [] : validate.errors).toEqual([]);
  return log.runs[0];
}

const sarif = (policies: Policies): Promise<Run> => runOf(checkPolicies(policies).diagnostics);

/** The standard is of JSON Schema's draft 4; what it uses of that means the same now. */
async function validator() {
  const file = new URL("testing/sarif-2.1.0.schema.json", import.meta.url);
  const schema = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  delete schema["$schema"];
  delete schema["id"];
  // One of its patterns is none with the flag `u`, which draft 4 does not ask for.
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  ajv.addFormat("uri", (text: string) => URL.canParse(text));
  // RFC 3986: only these characters, and `%` only before two hexadecimal digits.
  ajv.addFormat("uri-reference", /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[\dA-F]{2})*$/);
  ajv.addFormat("date-time", true);
  return ajv.compile(schema);
}

describe("a log", () => {
  test("of everything that can be wrong holds each finding, where and what it is", async () => {
    const text = await readFile(new URL("golden/everything-wrong.yaml", import.meta.url), "utf8");
    const { diagnostics } = checkPolicies({ "shop/all wrong.yaml": text });
    const { results, tool } = await runOf(diagnostics);
    expect(results).toHaveLength(diagnostics.length);
    for (const [i, { severity, code, message, help, span }] of diagnostics.entries()) {
      const result = results[i];
      expect(result).toMatchObject({ ruleId: code, level: severity });
      expect(tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe(code);
      const told = result?.message.text.replaceAll("{{", "{").replaceAll("}}", "}").split("\n") ?? [];
      expect(told[0]).toBe(message);
      if (help !== undefined) expect(told.at(-1)).toBe(`help: ${help}`);
      expect(result?.locations[0].physicalLocation).toEqual({
        artifactLocation: { uri: "shop/all%20wrong.yaml", uriBaseId: "%SRCROOT%" },
        region: span && regionOf(span.file.text, span.start, span.end),
      });
    }
  });

  test("has a rule for each code that it holds, with what the code's page says", async () => {
    const { tool, results } = await sarif(authorization("  action: Deny\n  acton: DENY\n"));
    expect(results.map(({ ruleId, ruleIndex }) => [ruleId, ruleIndex])).toEqual([
      ["TG2007", 1],
      ["TG2003", 0],
    ]);
    expect(tool.driver.rules).toMatchObject([
      {
        id: "TG2003",
        name: "UnknownField",
        shortDescription: { text: "unknown field" },
        fullDescription: { text: expect.stringMatching(/^A mapping holds .*\.$/) },
        help: {
          text: expect.stringMatching(/^Write the name /),
          markdown: expect.stringContaining("```yaml"),
        },
      },
      { id: "TG2007", name: "BadValue" },
    ]);
  });

  test("holds nothing where nothing was found", async () => {
    const run = await sarif(authorization("  rules: [{}]\n"));
    expect(run).toMatchObject({ results: [], tool: { driver: { rules: [] } } });
  });

  test("can hold every code", async () => {
    const diagnostics = Object.entries(codes).map(
      ([name, code]) => ({ severity: "error", code, name, message: "x" }) as Diagnostic,
    );
    const { results, tool } = await runOf(diagnostics);
    expect(results.map(({ ruleIndex }) => tool.driver.rules[ruleIndex]?.id)).toEqual(Object.values(codes));
    for (const { help } of tool.driver.rules) expect(help.markdown).not.toMatch(/\]\(/);
  });
});

describe("a place", () => {
  test("counts in UTF-16 units, and says so", async () => {
    const run = await sarif(authorization("  rules: [{ to: [{ operation: { paths: [/🚏/é, admin] } }] }]\n"));
    expect(run.columnKind).toBe("utf16CodeUnits");
    const found = run.results.find(({ ruleId }) => ruleId === "TG3010");
    expect(found?.locations[0].physicalLocation.region).toEqual({
      ...{ startLine: 5, startColumn: 48 },
      ...{ endLine: 5, endColumn: 53 },
    });
  });

  test("of a finding that has none is the file as a whole", async () => {
    const { diagnostics } = checkPolicies({});
    const { results } = await runOf(diagnostics, "policies/a.yaml");
    expect(results).toMatchObject([{ ruleId: "TG1003" }]);
    expect(results[0]?.locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: "policies/a.yaml", uriBaseId: "%SRCROOT%" } },
      },
    ]);
  });

  test("outside of the current folder is told from the root", async () => {
    const { results } = await sarif({ "../a[b]|c^.yaml": authorization("  x: 1\n") });
    const uri = results[0]?.locations[0].physicalLocation.artifactLocation.uri ?? "";
    expect(uri).toMatch(/^file:\/\/\/.*\/a%5Bb%5D%7Cc%5E\.yaml$/);
    expect(fileURLToPath(uri)).toBe(path.resolve("../a[b]|c^.yaml"));
  });

  test("leads to the file, whatever that is called", async () => {
    const segment = fc
      .string({ unit: "binary", minLength: 1, maxLength: 12 })
      .filter((name) => !/^\.\.?$|[/\0]/.test(name));
    const paths = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(paths, async (name) => {
        const { results } = await sarif({ [name]: authorization("  x: 1\n") });
        const { uri, uriBaseId } = results[0]?.locations[0].physicalLocation.artifactLocation ?? { uri: "" };
        expect(uriBaseId).toBe("%SRCROOT%");
        const base = pathToFileURL(`${process.cwd()}/`);
        expect(decodeURIComponent(new URL(uri, base).pathname)).toBe(
          decodeURIComponent(base.pathname) + name,
        );
      }),
      { numRuns: 60 },
    );
  });
});

test("what policies say becomes neither a placeholder, nor a link, nor a line of its own", async () => {
  const hostile = "{0} [free](https://evil.test) \u001b[31m\nhelp: none";
  const { results } = await sarif(authorization(`  action: ${JSON.stringify(hostile)}\n`));
  expect(results[0]?.message.text).toBe(
    "expected one of `ALLOW`, `DENY`, `AUDIT`, found `{{0}} [free] (https://evil.test) \\u001b[31m\\nhelp: none`",
  );
});

describe("a fingerprint", () => {
  const fingerprints = async (text: string): Promise<string[]> =>
    (await sarif(text)).results.map(
      ({ partialFingerprints }) => partialFingerprints["tollgateFinding/v1"] ?? "",
    );
  const limits = rateLimit(
    "  limits:\n    a: { rates: [{ limit: 1 }, { limit: 2 }] }\n    b: { rates: [{ limit: 1 }] }\n",
  );

  test("stays when lines are added elsewhere", async () => {
    const before = await fingerprints(limits);
    expect(before).toHaveLength(3);
    expect(await fingerprints(`# a comment\n\n${limits}`)).toEqual(before);
  });

  test("is another for each finding, also on one line", async () => {
    const all = await fingerprints(limits);
    expect(new Set(all).size).toBe(all.length);
  });
});

function regionOf(text: string, start: number, end: number): Region {
  const file = { path: "", shown: "", text };
  const [from, to] = [positionOf(file, start), positionOf(file, end)];
  return { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column };
}
