// The table of CEL expressions that the Node host is tested against, in a real Envoy: it says what Envoy does.
import { expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { bootstrap, startEnvoy } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { CEL_TOKENS, celExpressions, celRequestHeaders } from "../host/testing/cel-expressions.ts";
import { compileBytes } from "../host/testing/compile.ts";
import { send, startUpstream } from "../host/testing/servers.ts";

test("Envoy answers the expressions as the table says", async () => {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const upstream = await startUpstream();
  const wasmPath = path.join(directory, "cel.wasm");
  await writeFile(wasmPath, compileBytes("cel"));
  const filters = [{ wasmPath, name: "cel", vmId: "v", rootId: "r" }];
  const listeners = [{ name: "cel", port: 0, upstream: upstream.url, filters }];
  const envoy = await startEnvoy({
    envoy: envoyPath,
    directory,
    bootstrap: bootstrap({ listeners }),
    concurrency: 1,
  });
  try {
    const evaluate = async (expression?: string): Promise<string> => {
      const named = expression === undefined ? [] : ["x-expr", Buffer.from(expression).toString("latin1")];
      const { body } = await send(envoy.ports.get("cel") ?? 0, "/a/b?x=1", {
        method: "POST",
        headers: [...celRequestHeaders.flat(), ...named],
        body: Buffer.from("body"),
      });
      return body;
    };
    expect(await evaluate()).toBe(CEL_TOKENS);
    const answers: Array<[string, string]> = [];
    for (const [expression] of celExpressions) answers.push([expression, await evaluate(expression)]);
    expect(answers).toEqual(celExpressions);
  } finally {
    await envoy.stop();
    await upstream.close();
    await rm(directory, { recursive: true, force: true });
  }
});
