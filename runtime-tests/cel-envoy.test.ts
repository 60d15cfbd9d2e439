// Random conditions in a real Envoy's own CEL: what ours come to is the same, but for what we decided otherwise (repeated
// headers, the host's case) and what Envoy does not know (claims).
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { checkCel } from "../compiler/cel/check.ts";
import { evaluateCel } from "../compiler/cel/evaluate.ts";
import type { CelRequest } from "../compiler/cel/request.ts";
import type { Request } from "../compiler/ir/interpret.ts";
import { bootstrap, startEnvoy } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { compileBytes } from "../host/testing/compile.ts";
import { send, startUpstream } from "../host/testing/servers.ts";
import { condition } from "./support/cel-arbitraries.ts";

const seed = Number(process.env["TOLLGATE_TEST_SEED"] ?? 20260101);

/** What only our side knows, or only theirs. */
const unknown = /auth\.|source\.|request\.(time|id)|timestamp/;

const requests: ReadonlyArray<{
  method: string;
  path: string;
  headers: ReadonlyArray<readonly [string, string]>;
  body: string;
}> = [
  { method: "POST", path: "/abc?x=1", headers: [["x-a", "abc"]], body: "1234567" },
  {
    method: "GET",
    path: "/a",
    headers: [
      ["x-a", "7"],
      ["x-b", "Ã©"],
      ["accept", "true"],
      ["referer", "a"],
    ],
    body: "",
  },
];

test("Envoy's own CEL comes to the same", async () => {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const expressions = fc.sample(condition(3), { seed, numRuns: 2500 }).flatMap((text) => {
    const checked = checkCel(text);
    // A header has room for so much.
    return "expression" in checked && !unknown.test(text) && text.length < 2000 ? [checked.expression] : [];
  });
  expect(expressions.length).toBeGreaterThan(300);
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
    const port = envoy.ports.get("cel") ?? 0;
    const differing: unknown[] = [];
    const met = new Map<unknown, number>();
    for (const request of requests) {
      for (const expression of expressions) {
        const named = ["x-expr", Buffer.from(expression.text).toString("latin1")];
        const { body } = await send(port, request.path, {
          method: request.method,
          headers: [...request.headers.flat(), ...named],
          ...(request.body === "" ? {} : { body: Buffer.from(request.body) }),
        });
        const theirs = answers.get(body) ?? body;
        const ours = evaluateCel(expression, asSeen(request, port));
        met.set(ours, (met.get(ours) ?? 0) + 1);
        if (theirs !== ours) differing.push([expression.text, ours, theirs]);
      }
    }
    expect(differing).toEqual([]);
    expect(Math.min(...met.values())).toBeGreaterThan(20);
  } finally {
    await envoy.stop();
    await upstream.close();
    await rm(directory, { recursive: true, force: true });
  }
}, 120_000);

/** What the filter answers: the statuses of both foreign functions, and the value's bytes. */
const answers: ReadonlyMap<string, boolean | "error"> = new Map<string, boolean | "error">([
  ["0 0 01", true],
  ["0 0 00", false],
  ["0 10 ", "error"],
]);

function asSeen(
  { method, path, headers, body }: (typeof requests)[number],
  port: number,
): Request & CelRequest {
  return {
    headers: [
      [":method", method],
      [":path", path],
      // As the client of these tests says it.
      [":authority", "shop.test"],
      [":scheme", "http"],
      ...headers,
    ],
    destination: { address: "127.0.0.1", port },
    properties: { "request.size": BigInt(body.length) },
  };
}
