// tollgate new filter: what it writes, what it refuses. That the result works is docs/guide/first-filter.test.ts's to say.
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repository, temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";
import { version } from "../version.ts";
import { checkedName, className } from "./new/name.ts";
import { ownPackages } from "./new/packages.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(path.join(folder.path, "packed"));
  for (const name of ownPackages)
    await writeFile(path.join(folder.path, "packed", `${name}-${version}.tgz`), "");
});
afterAll(() => folder.remove());

const newFilter = (...args: string[]): Promise<Outcome> =>
  tollgate(["new", "filter", ...args], { cwd: folder.path });
const written = (...parts: string[]): Promise<string> => readFile(path.join(folder.path, ...parts), "utf8");

interface Manifest {
  name: string;
  devDependencies: Record<string, string>;
}
const manifest = async (file: string): Promise<Manifest> =>
  JSON.parse(await readFile(file, "utf8")) as Manifest;

const FILES = [
  ".gitignore",
  "README.md",
  "asconfig.json",
  "door-man.test.js",
  "envoy.yaml",
  "index.ts",
  "package.json",
  "tsconfig.json",
];

test("a folder of that name with everything in it, and what to do next", async () => {
  const { code, stdout, stderr } = await newFilter("door-man", "--packages", "packed");
  expect({ code, stdout: stdout.split("\n").sort() }).toEqual({
    code: 0,
    stdout: ["", ...FILES.map((file) => path.join("door-man", file))],
  });
  expect(stderr).toBe("\nNext:\n  cd door-man\n  npm install\n  npm test\n  npm run envoy\n");
  expect((await readdir(path.join(folder.path, "door-man"))).sort()).toEqual(FILES);
  for (const file of FILES) expect(await written("door-man", file)).not.toMatch(/my-?filter/i);
  expect(await written("door-man", "index.ts")).toContain("registerFilter(() => new DoorManFilter());");
  expect(await written("door-man", "envoy.yaml")).toContain("filename: build/door-man.wasm");
  expect(await written("door-man", ".gitignore")).toMatch(/^build\/$/m);
});

test("packed files are referred to from where the folder is", async () => {
  expect(await newFilter("a", "--packages", "packed", "-o", "deep/er/here")).toMatchObject({ code: 0 });
  const { name, devDependencies } = await manifest(path.join(folder.path, "deep/er/here/package.json"));
  expect(name).toBe("a");
  for (const dependency of ownPackages)
    expect(devDependencies[dependency]).toBe(`file:../../../packed/${dependency}-${version}.tgz`);
});

test("packed files that are missing", async () => {
  await mkdir(path.join(folder.path, "none"));
  expect(await newFilter("b", "--packages", "none")).toEqual({
    code: 2,
    stdout: "",
    stderr: `error: there is no \`none/${ownPackages[0] ?? ""}-${version}.tgz\`\n = help: give the folder that \`npm run pack\` wrote to in the repository\n`,
  });
  expect(await readdir(folder.path)).not.toContain("b");
});

test("nothing that is there is touched: a folder, even an empty one, a file, a link to nowhere", async () => {
  await mkdir(path.join(folder.path, "empty"));
  await writeFile(path.join(folder.path, "file"), "mine");
  await symlink("nowhere", path.join(folder.path, "link"));
  const before = await readdir(folder.path);
  for (const there of ["empty", "file", "link", "."])
    expect(await newFilter("c", "--packages", "packed", "-o", there)).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: \`${there}\` is there already, and nothing is overwritten\n = help: choose another folder with \`-o\`, or remove it\n`,
    });
  expect(await newFilter("c", "--packages", "packed", "-o", "file/c")).toMatchObject({ code: 2, stdout: "" });
  expect(await written("file")).toBe("mine");
  expect(await readdir(folder.path)).toEqual(before);
});

describe("names", () => {
  test.each(["a", "doorman", "door-man", "rate-2-limit", "headers", "a".repeat(64)])("%s", (name) => {
    expect(checkedName(name)).toBe(name);
  });

  test.each([
    ["", "such as `doorman`"],
    ["DoorMan", "such as `door-man`"],
    ["door_man", "such as `door-man`"],
    ["@shop/door man", "such as `shop-door-man`"],
    ["-door--man-", "such as `door-man`"],
    ["2fast", "such as `fast`"],
    ["../etc", "such as `etc`"],
    ["tür", "such as `t-r`"],
    ["tollgate", "a package that the filter itself needs is called `tollgate`"],
    ["Jest", "such as `doorman`"],
    ["a".repeat(65), "a name has at most 64 characters, this one 65"],
  ])("%j is refused", (name, why) => {
    expect(() => checkedName(name)).toThrow(why);
  });

  test("the command says so with exit code 2 and writes nothing", async () => {
    const { code, stdout, stderr } = await newFilter("Door", "--packages", "packed");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("such as `door`");
    expect(await readdir(folder.path)).not.toContain("Door");
  });

  test.each([
    ["door-man", "DoorManFilter"],
    ["headers", "HeadersFilter"],
    ["my-filter", "MyFilter"],
    ["filter", "Filter"],
  ])("the class of %s is %s", (name, expected) => {
    expect(className(name)).toBe(expected);
  });
});

test("help and a call without what it needs", async () => {
  const help = await newFilter("--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("tollgate new filter doorman");
  expect(await newFilter()).toMatchObject({ code: 2, stdout: "" });
  expect(await tollgate(["new"])).toMatchObject({ code: 2, stdout: "" });
});

describe("the template", () => {
  test("takes the versions that this repository is tested with", async () => {
    const root = await manifest(path.join(repository, "package.json"));
    const { dependencies } = JSON.parse(
      await readFile(path.join(repository, "compiler/package.json"), "utf8"),
    ) as { dependencies: Record<string, string> };
    const { devDependencies } = await manifest(
      path.join(repository, "compiler/templates/filter/package.json"),
    );
    expect(devDependencies).toMatchObject({
      jest: root.devDependencies["jest"],
      "@jest/globals": root.devDependencies["@jest/globals"],
      assemblyscript: dependencies["assemblyscript"],
    });
  });

  test("compiles as this repository compiles its own filters", async () => {
    const read = async (file: string): Promise<unknown> =>
      JSON.parse(await readFile(path.join(repository, file), "utf8"));
    const own = (await read("asconfig.json")) as {
      options: Record<string, unknown>;
      targets: { filter: Record<string, unknown> };
    };
    const options = { ...own.options, ...own.targets.filter };
    // It wins nothing in a filter by hand, and says so on each build.
    delete options["converge"];
    expect(await read("compiler/templates/filter/asconfig.json")).toMatchObject({ options });
  });
});
