// The examples that the README shows are tests: what stands there is what runs.
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README's example is example.test.ts", () => {
  const [, path, code] = /<!-- example: (\S+) -->\s+```ts\n(.*?)```/s.exec(read("../README.md")) ?? [];
  expect(path).toBe("test-kit/example.test.ts");
  const shown = read("./example.test.ts")
    .replace(/^\/\/.*\n/, "")
    .replace('import { compileBytes } from "../testing/compile.ts";\n', "")
    .replaceAll('compileBytes("guard")', '"build/guard.wasm"')
    .replaceAll('"./jest.ts"', '"proxy-wasm-node-host/jest"');
  expect(code).toBe(shown);
});
