// Every trace file of this folder, in the host and in Envoy.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { callbackNames } from "../../host/signatures.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { openTraces, readModule, readTraceFile, type OpenTraces } from "./index.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const files = await Promise.all(
  readdirSync(folder)
    .filter((name) => name.endsWith(".trace.yaml"))
    .map(async (name) => ({ name, file: await readTraceFile(path.join(folder, name)) })),
);

test("every example filter has a trace", () => {
  const filters = path.join(folder, "../../filters");
  const examples = readdirSync(filters).filter((name) => existsSync(path.join(filters, name, "envoy.yaml")));
  const traced = new Set(
    files
      .flatMap(({ file }) => [file.module, file.service?.module ?? ""])
      .map((module) => path.dirname(module)),
  );
  expect(examples.length).toBeGreaterThan(10);
  expect(examples.filter((name) => !traced.has(`../../filters/${name}`))).toEqual([]);
});

test("every callback that Envoy calls traps in a trace", () => {
  const notCalled = [
    "validate_configuration",
    "on_request_metadata",
    "on_response_metadata",
    "on_foreign_function",
  ];
  const programs = JSON.stringify(files).replaceAll("\\n", " ");
  const untried = callbackNames()
    .map((name) => name.replace("proxy_", ""))
    .filter((name) => !new RegExp(`\\b${name}(\\.\\d)?: trap`).test(programs));
  expect(untried.sort()).toEqual(notCalled.sort());
});

describe.each(files)("$name", ({ file }) => {
  let traces: OpenTraces | undefined;

  beforeAll(async () => {
    const envoy = await envoyForTests();
    const module = await readModule(file.module, folder);
    if (envoy !== undefined && module !== undefined) traces = await openTraces(envoy, module, file);
  }, 1_200_000);

  afterAll(() => traces?.close());

  test.each(file.traces)("$name", async (trace) => {
    if (traces === undefined) return;
    // How the network cuts a TCP stream into pieces, and how much of a request an early answer overtakes, is nobody's
    // behaviour: on a busy machine it may differ once.
    for (let tries = trace.tcp === undefined && !trace.upstream?.early ? 1 : 3; ; tries--) {
      const { host, envoy } = await traces.run(trace);
      if (tries > 1 && !isDeepStrictEqual(host, envoy)) continue;
      expect(host).toEqual(envoy);
      return;
    }
  });
});
