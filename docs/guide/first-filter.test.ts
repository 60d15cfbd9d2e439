// Does what first-filter.md says, with the packages packed as they would be published, and looks at what was installed.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repository, temporaryFolder } from "../../compiler/testing/command.ts";
import { version } from "../../compiler/version.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { comparable, namedFile, patched, sections, type Block } from "./testing/guide.ts";
import { curl } from "./testing/curl.ts";
import { shown, Terminal } from "./testing/terminal.ts";

const guide = await sections(new URL("first-filter.md", import.meta.url));
// npm installs what a new filter needs, Jest among it.
const LONGEST_MS = 300_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let terminal: Terminal;
let envoy: string | undefined;
beforeAll(async () => {
  folder = await temporaryFolder();
  envoy = await envoyForTests();
  terminal = new Terminal(repository, {
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_prefer_offline: "true",
    npm_config_update_notifier: "false",
    NO_COLOR: "1",
    ...(envoy !== undefined && { ENVOY_PATH: envoy }),
  });
});
afterAll(async () => {
  await terminal.interrupt();
  await folder.remove();
});

const inFolder = (...parts: string[]): string => path.join(folder.path, ...parts);

/** What the guide's commands are in this test: the same with other folders, and the build left to Jest's set-up. */
function here(command: string): string {
  return command
    .replace(/^npm run pack$/, `$& -- --no-build --output '${inFolder("packages")}'`)
    .replace("../doorman", `'${inFolder("doorman")}' --packages '${inFolder("packages")}'`);
}

let output = "";
let firstTerminal = (): string => "";
const portsNow = new Map<string, string>();

async function type(command: string): Promise<void> {
  if (command === "cd ../doorman") {
    terminal.folder = inFolder("doorman");
  } else if (command === "npm run envoy") {
    await takeAnyPorts();
    firstTerminal = terminal.background(command);
    const [, main = "", admin = ""] = await shown(firstTerminal, /main on port (\d+), admin .*:(\d+)$/m);
    portsNow.set("10000", main).set("9901", admin);
    output = firstTerminal();
  } else if (command.startsWith("curl ")) {
    output = await curl(command.replace(/:(\d+)\//, (_, port: string) => `:${portsNow.get(port) ?? port}/`));
  } else {
    output += (await terminal.run(here(command))).output;
  }
}

async function takeAnyPorts(): Promise<void> {
  const file = inFolder("doorman", "envoy.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/port_value: (10000|9901)/g, "port_value: 0"));
}

/** Expects the lines in that order; `…` stands for any. */
function expectLines(actual: string, block: Block): void {
  const lines = comparable(actual);
  let from = 0;
  for (const line of comparable(actualPorts(block.text))) {
    if (line === "…") continue;
    const at = lines.indexOf(line, from);
    if (at < 0) throw new Error(`the guide shows\n  ${line}\nbut there was\n${actual}`);
    from = at + 1;
  }
}

const actualPorts = (text: string): string =>
  text.replace(/\b(10000|9901)\b/g, (port) => portsNow.get(port) ?? port);

let file = "";
async function follow(block: Block, previous: Block | undefined): Promise<void> {
  file = namedFile(block) ?? file;
  const target = inFolder("doorman", file);
  switch (block.language) {
    case "sh":
      output = "";
      for (const command of block.text.trimEnd().split("\n")) await type(command);
      return;
    case "text":
      if (previous?.language === "sh") return expectLines(output, block);
      await shown(firstTerminal, new RegExp(`^${comparable(block.text).at(-1) ?? ""}$`, "m"));
      return expectLines(firstTerminal(), block);
    case "diff":
      return writeFile(target, patched(await readFile(target, "utf8"), block.text));
    case "js":
      if (/\bAdd to\b/.test(block.introduction))
        return writeFile(target, `${await readFile(target, "utf8")}\n${block.text}`);
  }
  // What the guide quotes stands in the file, one line after the other.
  const all = comparable(await readFile(target, "utf8")).join("\n");
  expect(all).toContain(comparable(block.text).join("\n"));
}

describe("the guide", () => {
  test("has these steps", () => {
    expect(guide.map(({ title }) => title)).toEqual([
      "A folder that works",
      "What is in it",
      "Change it",
      "In a real Envoy",
      "From here",
    ]);
  });

  test.each(guide)(
    "$title",
    async ({ title, blocks }) => {
      if (title === "In a real Envoy" && envoy === undefined) return;
      for (const [i, block] of blocks.entries()) await follow(block, blocks[i - 1]);
    },
    LONGEST_MS,
  );

  test("Ctrl-C ends Envoy", async () => {
    await terminal.interrupt();
    expect(firstTerminal()).not.toMatch(/error:/);
  });
});

describe("what was installed", () => {
  const modules = (...parts: string[]): string => inFolder("doorman", "node_modules", ...parts);
  const contents = async (name: string): Promise<string[]> =>
    (await readdir(modules(name), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(modules(name), path.join(entry.parentPath, entry.name)))
      .map((entry) => entry.split(path.sep).join("/"));

  test.each(["proxy-wasm-assemblyscript-sdk", "proxy-wasm-node-host", "tollgate"])(
    "%s holds its licence and README, and nothing of its tests",
    async (name) => {
      const files = await contents(name);
      expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
      // The template's own test is what a new filter begins with.
      const tests = files.filter((entry) => /\.test\.|(^|\/)testing\/|golden|\.map$/.test(entry));
      expect(tests).toEqual(name === "tollgate" ? ["templates/filter/my-filter.test.js"] : []);
    },
  );

  test("every file that a README links to in its own package is there", async () => {
    for (const name of ["proxy-wasm-assemblyscript-sdk", "proxy-wasm-node-host", "tollgate"]) {
      const text = await readFile(modules(name, "README.md"), "utf8");
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(({ 1: link = "" }) => link);
      expect(await contents(name)).toEqual(expect.arrayContaining(links));
    }
  });

  test("every package types what it exports, in a strict project", async () => {
    await writeFile(
      inFolder("doorman", "strict.ts"),
      `import { FilterModule, Vm } from "proxy-wasm-node-host";
import { loadFilter, type TestFilter } from "proxy-wasm-node-host/testing";
import "proxy-wasm-node-host/jest";
import { expect } from "@jest/globals";
import { Assembler, compile, readBundleFiles } from "tollgate";

const filter: TestFilter = await loadFilter("build/doorman.wasm", { configuration: { hide: [] } });
expect(filter).toHaveCounted("doorman.hidden", 0);
// @ts-expect-error: a level that there is not
expect(filter).toHaveLogged("loud", "x");
const vm: Vm = Vm.start(FilterModule.compile(new Uint8Array()));
const { filters } = await compile(await readBundleFiles(["policies"]), new Assembler());
const digest: string | undefined = filters[0]?.manifest.digest;
console.log(vm, digest);
`,
    );
    await writeFile(
      inFolder("doorman", "tsconfig.strict.json"),
      JSON.stringify({
        compilerOptions: {
          module: "NodeNext",
          target: "ES2022",
          types: ["node"],
          noEmit: true,
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
        },
        files: ["strict.ts"],
      }),
    );
    const tsc = path.join(repository, "node_modules/typescript/bin/tsc");
    expect(await terminal.run(`node '${tsc}' -p tsconfig.strict.json`)).toEqual({ code: 0, output: "" });
  });

  test("what a filter gives editors is right to TypeScript, too", async () => {
    await writeFile(
      inFolder("doorman", "tsconfig.editor.json"),
      JSON.stringify({ extends: "./tsconfig.json", include: ["index.ts"] }),
    );
    const tsc = path.join(repository, "node_modules/typescript/bin/tsc");
    expect(await terminal.run(`node '${tsc}' -p tsconfig.editor.json`)).toEqual({ code: 0, output: "" });
  });

  test("the command outside the repository takes the packages from the registry", async () => {
    const { code, output } = await terminal.run("npx --no-install tollgate new filter second -o ../second");
    expect({ code, output }).toMatchObject({ code: 0 });
    const text = await readFile(inFolder("second", "package.json"), "utf8");
    const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> };
    for (const name of ["proxy-wasm-assemblyscript-sdk", "proxy-wasm-node-host", "tollgate"])
      expect(devDependencies[name]).toBe(version);
  });

  test("npm run inspect says that Envoy would load the filter", async () => {
    const { code, output } = await terminal.run("npm run inspect");
    expect(output).toMatch(/^Envoy \d+\.\d+ would load it$/m);
    expect(code).toBe(0);
  });
});
