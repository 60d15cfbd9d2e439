// What a revision has is read as a folder is, whatever lies in the working tree.
import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readBundleFiles, type BundleFiles } from "../../1-parse/files.ts";
import { temporaryFolder } from "../../testing/command.ts";
import { readRevision } from "./revision.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  git("init", "--quiet", "--initial-branch=main");
});
afterAll(() => folder.remove());

/** Nothing of whoever runs the tests has a say. */
function git(...args: readonly string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@b.test", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...identity, ...args], { cwd: folder.path, encoding: "utf8" });
}

async function commit(files: Readonly<Record<string, string | { linkTo: string }>>): Promise<void> {
  for (const entry of git("ls-files", "-z")
    .split("\0")
    .filter((name) => name !== ""))
    await rm(path.join(folder.path, entry));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder.path, name);
    await mkdir(path.dirname(file), { recursive: true });
    await (typeof content === "string" ? writeFile(file, content) : symlink(content.linkTo, file));
  }
  git("add", "--all", "--force");
  git("commit", "--quiet", "--allow-empty", "-m", "x");
}

/** Names and texts, and what lies beside. */
function plainly({ files, defaultName }: BundleFiles, beside = "keys.json"): unknown {
  return {
    defaultName,
    files: files.map(({ path: name, text, beside: read }) => ({ name, text, beside: read?.(beside) })),
  };
}

const read = (given: string, at = "."): Promise<BundleFiles> =>
  readRevision("HEAD", given, path.join(folder.path, at));

test("the same as the folder", async () => {
  await commit({
    "policies/b.yaml": "b: 1\n",
    "policies/a.yml": "\ufeffa: ü\n",
    "policies/deep/c.YAML": "c: 1\r\n",
    "policies/keys.json": "{}",
    "policies/deep/keys.json": "[]",
    'policies/with space "quoted" ü.yaml': "d: 1",
    "policies/notes.md": "no policy",
    "policies/.hidden/d.yaml": "no",
    "policies/node_modules/d.yaml": "no",
    "policies/link.yaml": { linkTo: "deep/c.YAML" },
    "policies/empty.yaml": "",
    "other.yaml": "no",
  });
  for (const at of ["policies", "policies/deep", "policies/b.yaml", "policies/deep/c.YAML"]) {
    const expected = plainly(await readBundleFiles([path.join(folder.path, at)]));
    expect(plainly(await read(at))).toEqual(expected);
  }
  expect((await read("policies")).files.map(({ shown }) => shown)).toContain("HEAD:policies/deep/c.YAML");
});

test("of the whole repository, and from a folder of it", async () => {
  await commit({ "a.yaml": "a", "sub/b.yaml": "b", "sub/deep/c.yaml": "c" });
  const names = async (given: string, at?: string): Promise<string[]> =>
    (await read(given, at)).files.map(({ path: name }) => name);
  expect(await names("")).toEqual(["a.yaml", "sub/b.yaml", "sub/deep/c.yaml"]);
  expect(await names(".")).toEqual(["a.yaml", "sub/b.yaml", "sub/deep/c.yaml"]);
  expect(await names("sub/", "sub")).toEqual(["b.yaml", "deep/c.yaml"]);
  expect(await names("./deep", "sub")).toEqual(["c.yaml"]);
  expect(await names("..", "sub/deep")).toEqual(["b.yaml", "deep/c.yaml"]);
  expect((await read("")).defaultName).toBe(path.basename(folder.path).toLowerCase());
});

test("what is not committed does not count", async () => {
  await commit({ "p/a.yaml": "committed" });
  await writeFile(path.join(folder.path, "p/a.yaml"), "changed");
  await writeFile(path.join(folder.path, "p/b.yaml"), "new");
  expect(plainly(await read("p"))).toEqual({
    defaultName: "p",
    files: [{ name: "a.yaml", text: "committed", beside: undefined }],
  });
  expect(git("status", "--porcelain")).toBe(" M p/a.yaml\n?? p/b.yaml\n");
  await rm(path.join(folder.path, "p/b.yaml"));
});

describe("a policy reads what lies beside it, and nothing else", () => {
  test.each(["../secret", "/etc/passwd", "link", "deep/../../secret", "."])("%s", async (name) => {
    await commit({ secret: "s", "p/a.yaml": "a", "p/link": { linkTo: "../secret" }, "p/deep/x": "x" });
    const [file] = (await read("p")).files;
    expect(file?.beside?.(name)).toBeUndefined();
    expect(file?.beside?.("deep/x")).toBe("x");
  });
});

describe("refused", () => {
  test.each<[string, string, string, string]>([
    ["nowhere", "HEAD", "nowhere", "`nowhere` is not there in the revision `HEAD`"],
    ["a slip of the pen", "HEAD", "policy/deeper", "did you mean `policy/deep`?"],
    ["outside", "HEAD", "../x", "`../x` is outside of the repository"],
    ["absolute", "HEAD", "/etc", "`/etc` is outside of the repository"],
    ["no revision", "mian", "policy", "git knows no revision `mian`"],
    ["nearly one", "mian", "policy", "did you mean `main`?"],
    ["an option", "--help", "policy", "git knows no revision `--help`"],
    ["none", "", "policy", "before the colon there is no revision"],
    [
      "a link that leads out",
      "HEAD",
      "policy",
      "`HEAD:policy/out.yaml` is a link that leads to no file there",
    ],
    ["a pattern", "HEAD", "*", "`*` is not there"],
    ["magic", "HEAD", ":(top)policy", "`:(top)policy` is not there"],
  ])("%s", async (_, revision, given, words) => {
    await commit({ "policy/deep/a.yaml": "a", "policy/out.yaml": { linkTo: "../../x" } });
    const failure: unknown = await readRevision(revision, given, folder.path).catch(
      (error: unknown) => error,
    );
    const { message, help } = failure as { message: string; help: string };
    expect(`${message}\n${help}`).toContain(words);
  });

  test("where there is no repository", async () => {
    const other = await temporaryFolder();
    try {
      await expect(readRevision("HEAD", "p", other.path)).rejects.toThrow("is in no git repository");
    } finally {
      await other.remove();
    }
  });
});
