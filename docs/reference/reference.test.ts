// The reference builds without a warning: everything public is documented, every link leads somewhere.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const typedoc = fileURLToPath(new URL("../../node_modules/typedoc/bin/typedoc", import.meta.url));

function build(options: URL): Promise<{ code: number | string | null; output: string }> {
  return new Promise((resolve) => {
    const args = [typedoc, "--options", fileURLToPath(options), "--emit", "none", "--pretty", "false"];
    execFile(process.execPath, args, { env: { ...process.env, NO_COLOR: "1" } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), output: stdout + stderr }),
    );
  });
}

test.each(["sdk", "host"])("%s", async (name) => {
  const { code, output } = await build(new URL(`${name}.json`, import.meta.url));
  expect({ code, output }).toEqual({ code: 0, output: "" });
});
