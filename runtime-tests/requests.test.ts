// The request files, each run through the reference interpreter, the wasm in the host and the wasm in a real Envoy. All
// must do what the file says, and all must do the same.
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Assembler, type PackagedFilter } from "../compiler/index.ts";
import { PINNED_VERSION } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { isOlder } from "../envoy/version.ts";
import type { Engine, Observation } from "./engines/engine.ts";
import { envoyEngines, type EnvoyEngines } from "./engines/envoy.ts";
import { hostEngine, type HostEngine } from "./engines/host.ts";
import { interpreterEngine } from "./engines/interpreter.ts";
import { compilePaths } from "./support/compile.ts";
import { startEchoUpstream, type EchoUpstream } from "./support/echo-upstream.ts";
import { expectedPart, readRequestFile } from "./support/request-file.ts";

const folder = new URL("./requests/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
const files = await Promise.all(names.map((name) => readRequestFile(fileURLToPath(new URL(name, folder)))));

let upstream: EchoUpstream;
let envoy: EnvoyEngines | undefined;
const hosts: HostEngine[] = [];
const engines = new Map<string, Engine[]>();

beforeAll(async () => {
  upstream = await startEchoUpstream();
  const assembler = new Assembler();
  const filters = new Map<string, PackagedFilter>();
  for (const file of files) {
    const { program, filter } = await compilePaths(file.policies, assembler);
    const host = await hostEngine(filter, upstream.url);
    hosts.push(host);
    filters.set(file.name, filter);
    engines.set(file.name, [interpreterEngine(program, filter.pathNormalization), host]);
  }
  await assembler.close();
  const path = await envoyForTests();
  if (path === undefined) return;
  envoy = await envoyEngines(path, filters, upstream.url);
  for (const [name, engine] of envoy.engines) engines.get(name)?.push(engine);
});

afterAll(async () => {
  await envoy?.close();
  for (const host of hosts) await host.close();
  await upstream.close();
});

describe.each(files)("$name", ({ name: file, cases }) => {
  // In the order of the file: limits remember.
  test.each(cases)("$name", async ({ repeat, request, expect: newest, older }) => {
    const differs = older !== undefined && isOlder(globalThis.TESTED_ENVOY ?? PINNED_VERSION, older.than);
    for (let i = 0; i < repeat; i++) {
      const seen = new Map<string, Observation>();
      for (const engine of engines.get(file) ?? []) seen.set(engine.name, await engine.run(request));
      expect(seen.size).toBeGreaterThanOrEqual(2);
      for (const [engine, observation] of seen) {
        const otherwise = differs && engine === "envoy";
        const { got, want } = expectedPart(otherwise ? older.expect : newest, observation);
        expect({ engine, request, ...got }).toEqual({ engine, request, ...want });
        if (otherwise) continue;
        expect({ engine, request, seen: observation }).toEqual({
          engine,
          request,
          seen: seen.get("interpreter"),
        });
      }
    }
  });
});
