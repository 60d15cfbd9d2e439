// tollgate check as a person and a program see it.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { temporaryFolder, tollgate } from "../testing/command.ts";
import { authorization } from "../testing/policies.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const good = authorization("  rules: [{}]\n");
const noPolicy =
  "error[TG1003]: there is no policy to compile\n = help: a policy is a YAML document (`.yaml` or `.yml`) of one of the kinds `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`\n\n1 error\n";

/** Checks files of a new folder, standing beside it. */
async function checked(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  ...options: string[]
): ReturnType<typeof tollgate> {
  for (const [file, content] of Object.entries(files)) {
    const target = path.join(folder.path, name, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  return tollgate(["check", name, ...options], { cwd: folder.path });
}

test("policies in order", async () => {
  expect(await tollgate(["check", "examples/shop"])).toEqual({
    code: 0,
    stdout: "ok: 5 policies in bundle shop\n",
    stderr: "",
  });
});

test("an empty folder, and one without policies", async () => {
  await mkdir(path.join(folder.path, "empty"));
  expect(await checked("empty", {})).toEqual({ code: 1, stdout: "", stderr: noPolicy });
  const files = {
    "README.md": "# no",
    ".hidden.yaml": good,
    "node_modules/a.yaml": good,
    "comments.yaml": "# no\n",
  };
  expect(await checked("none", files)).toEqual({ code: 1, stdout: "", stderr: noPolicy });
});

test("documents for others beside a policy", async () => {
  const other = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n";
  const { code, stdout, stderr } = await checked("others", { "a.yaml": `${good}---\n${other}` });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "ok: 1 policy in bundle others\n" });
  expect(stderr).toMatch(/^note\[TG1005\]: `ConfigMap` of `v1` is passed over\n --> others\/a\.yaml:8:7\n/);
  expect(stderr).toMatch(/\n1 note\n$/);
});

test("faults of several files, each where it stands", async () => {
  const files = {
    "b.yaml": authorization("  action: Deny\n"),
    "a/a.yml": "a: [\n",
    "c.yaml": "\uFEFFapiversion: x\n",
  };
  const { code, stdout, stderr } = await checked("faults", files);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.match(/--> .*/g)).toEqual([
    "--> faults/a/a.yml:1:4",
    "--> faults/b.yaml:5:11",
    "--> faults/c.yaml:1:1",
    "--> faults/c.yaml:1:1",
  ]);
  expect(stderr).toMatch(/\n4 errors\n$/);
  expect(stderr).not.toContain("\u001b");
});

test("a file that is no text", async () => {
  const { code, stderr } = await checked("binary", { "a.yaml": Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]) });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error\[TG1006\]: this file is not UTF-8 text\n --> binary\/a\.yaml:1:4\n/);
});

test("files of the same name from two folders keep their own places", async () => {
  await checked("one", { "a.yaml": authorization("  actoin: DENY\n") });
  await checked("two", { "a.yaml": authorization("  action: Deny\n").replace("name: a", "name: b") });
  const { stderr } = await tollgate(["check", "two", "one"], { cwd: folder.path });
  expect(stderr.match(/--> .*/g)).toEqual(["--> one/a.yaml:5:3", "--> two/a.yaml:5:11"]);
});

test("the machine-readable form goes to stdout, whole, whatever was found", async () => {
  const fine = await tollgate(["check", "examples/shop", "--format", "json"]);
  expect(fine).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(fine.stdout)).toMatchObject({
    diagnostics: [],
    filters: [
      {
        name: "shop",
        policies: expect.arrayContaining([expect.objectContaining({ name: "shop/fair-use" })]),
      },
    ],
  });
  const faulty = await checked("json", { "a.yaml": authorization("  acton: DENY\n") }, "--format", "json");
  expect(faulty).toMatchObject({ code: 1, stderr: "" });
  expect(JSON.parse(faulty.stdout)).toEqual({
    diagnostics: [
      {
        severity: "error",
        code: "TG2003",
        name: "unknown-field",
        message: "unknown field `acton`",
        place: { file: "json/a.yaml", line: 5, column: 3, end: { line: 5, column: 8 } },
        label: "did you mean `action`?",
        help: "the fields here are `action`, `rules`, `selector`, `targetRefs`, `targetRef`",
      },
    ],
    filters: [],
  });
  await mkdir(path.join(folder.path, "nothing"));
  const nothing = await checked("nothing", {}, "--format", "json");
  expect(nothing).toMatchObject({ code: 1, stderr: "" });
  expect(JSON.parse(nothing.stdout)).toMatchObject({ diagnostics: [{ code: "TG1003", severity: "error" }] });
});

test("SARIF goes to stdout, whole, whatever was found and whatever files are called", async () => {
  const fine = await tollgate(["check", "examples/shop", "--format", "sarif"]);
  expect(fine).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(fine.stdout)).toMatchObject({ version: "2.1.0", runs: [{ results: [] }] });
  const name = "%2e 🚏\u001b[31m\n#?.yaml";
  const faulty = await checked("sarif", { [name]: authorization("  acton: DENY\n") }, "--format", "sarif");
  expect(faulty).toMatchObject({ code: 1, stderr: "" });
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(faulty.stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
  const { runs } = JSON.parse(faulty.stdout) as { runs: [{ results: unknown[] }] };
  expect(runs[0].results).toEqual([
    expect.objectContaining({
      ruleId: "TG2003",
      level: "error",
      locations: [
        {
          physicalLocation: {
            artifactLocation: {
              uri: "sarif/%252e%20%F0%9F%9A%8F%1B%5B31m%0A%23%3F.yaml",
              uriBaseId: "%SRCROOT%",
            },
            region: { startLine: 5, startColumn: 3, endLine: 5, endColumn: 8 },
          },
        },
      ],
    }),
  ]);
  await mkdir(path.join(folder.path, "bare"));
  const bare = await checked("bare", {}, "--format", "sarif");
  expect(bare).toMatchObject({ code: 1, stderr: "" });
  expect(JSON.parse(bare.stdout)).toMatchObject({ runs: [{ results: [{ ruleId: "TG1003" }] }] });
  const absent = await tollgate(["check", "not-there", "--format", "sarif"]);
  expect(absent).toMatchObject({ code: 2, stdout: "" });
});

test("a file that is no policy file does not flood the terminal", async () => {
  const { code, stderr } = await tollgate(["check", "README.md"]);
  expect(code).toBe(1);
  expect(stderr.match(/^error/gm)).toHaveLength(20);
  expect(stderr).toMatch(/\n… and \d+ more in README\.md\n\n\d+ errors\n$/);
});

test("the version, also in short", async () => {
  const short = await tollgate(["-v"]);
  expect(short).toMatchObject({ code: 0, stderr: "" });
  expect(short.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
