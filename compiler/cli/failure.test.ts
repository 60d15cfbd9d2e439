// Calls that cannot work: exit code 2, one message on stderr with a remedy, nothing on stdout.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repository, temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";
import { authorization } from "../testing/policies.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const within = (name: string): string => path.join(folder.path, name);

/** No colours, since nobody looks on, and no stack traces. */
function isPlain({ stdout, stderr }: Outcome): void {
  expect(stdout + stderr).not.toContain("\u001b");
  expect(stdout + stderr).not.toMatch(/^\s+at .*\(|should not have happened/m);
}

test.each([
  ["inspect", "\u001b[31mx.wasm"],
  ["replay", "examples/shop", "examples/shop", "--log", "\u001b[31mx"],
])("%s: a name that would steer the terminal is shown with escapes", async (...args) => {
  const ended = await tollgate(args);
  isPlain(ended);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain("\\u001b[31mx");
});

describe("the call", () => {
  const upstreamHelp =
    /'--upstream <url>' argument '.*' is invalid\. give the service's URL, such as http:\/\//;
  const run = ["run", "examples/shop", "--upstream"];
  test.each<[string, string[], RegExp]>([
    ["no arguments", [], /^Usage: tollgate/],
    ["an unknown command", ["chek"], /unknown command 'chek'\n\(Did you mean check\?\)/],
    ["an unknown command of envoy", ["envoy", "rum"], /unknown command 'rum'\n\(Did you mean run\?\)/],
    ["envoy alone", ["envoy"], /^Usage: tollgate envoy/],
    [
      "an unknown option",
      ["check", "--formt", "json", "."],
      /unknown option '--formt'\n\(Did you mean --format\?\)/,
    ],
    ["no path", ["check"], /missing required argument 'path'/],
    [
      "an unknown format",
      ["check", ".", "--format", "xml"],
      /argument 'xml' is invalid\. Allowed choices are text, json/,
    ],
    ["no upstream", ["run", "examples/shop"], /these policies choose no backend\n = help: .*`--upstream`/],
    [
      "no upstream for Envoy",
      ["envoy", "run", "examples/shop"],
      /choose no backend\n = help: .*`--upstream`/,
    ],
    ["an upstream without value", run, /option '--upstream <url>' argument missing/],
    ["an upstream that is no URL", [...run, "http://"], upstreamHelp],
    ["an upstream of another scheme", [...run, "ftp://127.0.0.1"], upstreamHelp],
    ["an upstream that is a port only", [...run, "3000"], upstreamHelp],
    ["an upstream with port 0", [...run, "http://127.0.0.1:0"], upstreamHelp],
    ["an upstream with a bad port", [...run, "http://127.0.0.1:99999"], upstreamHelp],
    ["an upstream with a path", [...run, "http://127.0.0.1:1/a"], /give scheme, host and port only/],
    ["an upstream with a password", [...run, "http://:b@127.0.0.1:1"], /give scheme, host and port only/],
    ...["-1", "65536", "http", "1e3", "", "80.5"].map((port): [string, string[], RegExp] => [
      `the port ${JSON.stringify(port)}`,
      [...run, "http://127.0.0.1:1", "--port", port],
      /'--port <port>' argument '.*' is invalid\. a port is a number from 0 to 65535/,
    ]),
    [
      "a bad number of workers",
      ["envoy", "run", "examples/shop", "--upstream", "http://127.0.0.1:1", "--concurrency", "0"],
      /give a number from 1 to 256/,
    ],
  ])("%s", async (_name, args, message) => {
    const outcome = await tollgate(args);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toMatch(message);
    isPlain(outcome);
  });
});

describe("what is not there", () => {
  test.each(["check", "build", "run", "envoy config", "envoy run"])(
    "%s of a path that is not there",
    async (command) => {
      const words = command.split(" ");
      const upstream = /run|envoy/.test(command) ? ["--upstream", "http://127.0.0.1:1"] : [];
      const outcome = await tollgate([...words, "no/such/folder", ...upstream], { cwd: folder.path });
      expect(outcome).toEqual({
        code: 2,
        stdout: "",
        stderr:
          "error: `no/such/folder` is not there\n = help: give a policy file, or a folder that holds policy files\n",
      });
    },
  );

  test("a path through a file", async () => {
    const outcome = await tollgate(["check", "package.json/policies"]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("`package.json/policies` is not there");
    isPlain(outcome);
  });

  test("links that lead nowhere, or to a folder", async () => {
    await mkdir(within("links"));
    await symlink("nowhere", within("links/a.yaml"));
    const nowhere = await tollgate(["check", "links"], { cwd: folder.path });
    expect(nowhere).toMatchObject({ code: 2, stdout: "" });
    expect(nowhere.stderr).toMatch(/^error: `links\/a\.yaml` is a link that leads nowhere\n = help: /);
    await mkdir(within("linked"));
    await symlink("..", within("linked/b.yaml"));
    const toFolder = await tollgate(["check", "linked"], { cwd: folder.path });
    expect(toFolder).toMatchObject({ code: 2, stdout: "" });
    expect(toFolder.stderr).toMatch(/^error: `linked\/b\.yaml` is a link to a folder\n = help: /);
  });
});

describe("what is in a policy folder and is no policy file", () => {
  test("a link out of the folder is refused, and nothing of the file is shown", async () => {
    await mkdir(within("out-link"));
    await writeFile(within("secret"), "machine example login me password hunter2\n");
    await symlink("../secret", within("out-link/a.yaml"));
    const outcome = await tollgate(["check", "out-link"], { cwd: folder.path });
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^error: `out-link\/a\.yaml` is a link to a file outside the folder\n = help: /,
    );
    expect(outcome.stderr).not.toContain("machine");
    isPlain(outcome);
  });

  test("a link within the folder is followed, as a mounted ConfigMap needs it", async () => {
    await mkdir(within("mounted/..2026_01_01"), { recursive: true });
    await writeFile(within("mounted/..2026_01_01/a.yaml"), authorization("  rules: [{}]\n"));
    await symlink("..2026_01_01", within("mounted/..data"));
    await symlink("..data/a.yaml", within("mounted/a.yaml"));
    const outcome = await tollgate(["check", "mounted"], { cwd: folder.path });
    expect(outcome).toMatchObject({ code: 0, stdout: "ok: 1 policy in bundle mounted\n", stderr: "" });
  });

  test.each(["/dev/zero", "/dev/stdin"])("a link to %s", async (device) => {
    const name = device.replaceAll("/", "-").slice(1);
    await mkdir(within(name));
    await symlink(device, within(`${name}/a.yaml`));
    const outcome = await tollgate(["check", name], { cwd: folder.path });
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    isPlain(outcome);
    expect((await tollgate(["check", device])).stderr).toContain(`is not a regular file`);
  });

  test("a pipe that nobody writes to", async () => {
    await mkdir(within("piped"));
    execFileSync("mkfifo", [within("piped/a.yaml")]);
    const outcome = await tollgate(["check", "piped"], { cwd: folder.path });
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toMatch(/^error: `piped\/a\.yaml` is not a regular file\n = help: /);
  });
});

describe("an output folder that cannot be written", () => {
  const build = (output: string): Promise<Outcome> => tollgate(["build", "examples/shop", "-o", output]);

  test("is a file", async () => {
    await writeFile(within("file"), "kept");
    const outcome = await build(within("file"));
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toMatch(/file` is a file, but a folder is needed there\n = help: .*`-o`/);
    isPlain(outcome);
  });

  test("is below a file", async () => {
    await writeFile(within("above"), "kept");
    const outcome = await build(within("above/below"));
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toContain("cannot be made: a part of that path is a file");
    isPlain(outcome);
  });

  test("has a folder where a file belongs: nothing is half-written", async () => {
    await mkdir(within("taken/shop.wasm"), { recursive: true });
    const outcome = await build(within("taken"));
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toContain("shop.wasm` is a folder, but a file belongs there");
    expect(await readdir(within("taken"), { recursive: true })).toEqual(["shop.wasm"]);
    isPlain(outcome);
  });

  test.each([
    ["shop.ts", "export const mine = 1;\n"],
    ["shop.manifest.json", '{ "name": "mine" }'],
    ["shop.manifest.json", "not JSON"],
    ["shop.wasm", Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
  ])(
    "has a file %s that Tollgate did not write: it is left alone, and nothing is written",
    async (name, mine) => {
      const output = await mkdtemp(within("mine-"));
      await writeFile(path.join(output, name), mine);
      const outcome = await build(output);
      expect(outcome).toMatchObject({ code: 2, stdout: "" });
      expect(outcome.stderr).toMatch(/shop\.\S+` is there, and Tollgate did not write it\n = help: .*`-o`/);
      expect(await readFile(path.join(output, name))).toEqual(Buffer.from(mine as string));
      expect(await readdir(output)).toEqual([name]);
      isPlain(outcome);
    },
  );

  test("has an envoy.json that Tollgate did not write", async () => {
    const output = await mkdtemp(within("mine-"));
    await writeFile(path.join(output, "envoy.json"), '{ "admin": {} }');
    const args = ["envoy", "config", "examples/shop", "--upstream", "http://127.0.0.1:1", "-o", output];
    const outcome = await tollgate(args);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toContain("envoy.json` is there, and Tollgate did not write it");
    expect(await readFile(path.join(output, "envoy.json"), "utf8")).toBe('{ "admin": {} }');
    isPlain(outcome);
  });

  test("is not made where the policies are at fault", async () => {
    await writeFile(within("bad.yaml"), "a: [\n");
    const outcome = await tollgate(["build", "bad.yaml", "-o", "out"], { cwd: folder.path });
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toContain("--> bad.yaml:1:4");
    expect(await readdir(folder.path)).not.toContain("out");
    isPlain(outcome);
  });
});

describe("help", () => {
  const options = ["--upstream", "--port", "--address"];
  test.each<[string, string[]]>([
    ["", ["check", "build", "run", "envoy", "inspect", "--version", "Exit codes"]],
    ["check", ["--format", "json"]],
    ["build", ["--output", ".manifest.json"]],
    ["run", [...options, "--no-watch"]],
    ["envoy", ["config", "run"]],
    ["envoy config", [...options, "--admin-port", "--output"]],
    ["envoy run", [...options, "--admin-port", "--concurrency", "--log-level", "ENVOY_PATH"]],
    ["inspect", ["--format", "json"]],
  ])("of `%s`", async (command, mentions) => {
    const outcome = await tollgate([...command.split(" ").filter(Boolean), "--help"]);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    for (const word of mentions) expect(outcome.stdout).toContain(word);
    isPlain(outcome);
  });

  test("the version", async () => {
    expect(await tollgate(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });

  test("names the repository's examples, which are there", async () => {
    expect(await readdir(path.join(repository, "examples"))).toContain("shop");
  });
});
