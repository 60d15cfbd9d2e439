// Values of parameters in a real Envoy: two listeners share a filter and its VM, and each has values of its own; a change takes
// over while it runs, and one that does not fit is refused, with a line in the log that names the parameter.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Assembler, compile, renderDiagnostics, type PackagedFilter } from "../compiler/index.ts";
import { bootstrap, startEnvoy, startFollowing, type ListenerConfig, type Version } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { startEchoUpstream, type EchoUpstream } from "./support/echo-upstream.ts";
import { send } from "./support/http-client.ts";

const POLICIES = `
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
  parameters:
    burst: { type: integer, default: 2, maximum: 100 }
    window: { type: duration, default: 300d }
    why: { type: string, default: slow down }
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair, namespace: test }
spec:
  limits:
    shared:
      key: [{ header: x-user }]
      rates: [{ limit: 2, window: "\${window}", burst: "\${burst}" }]
      onLimit: { body: "\${why}" }
    own:
      scope: worker
      key: [{ header: x-user }]
      rates: [{ limit: 2, window: "\${window}", burst: "\${burst}" }]
      onLimit: { body: "\${why}" }
`;

let filter: PackagedFilter;
let upstream: EchoUpstream;
let directory: string;
let wasmPath: string;
beforeAll(async () => {
  const assembler = new Assembler();
  const file = { path: "p.yaml", shown: "p.yaml", text: POLICIES };
  const { filters, diagnostics } = await compile({ files: [file], defaultName: "shop" }, assembler);
  await assembler.close();
  const [first] = filters;
  if (!first) throw new Error(renderDiagnostics(diagnostics));
  filter = first;
  upstream = await startEchoUpstream();
  directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-parameters-"));
  wasmPath = path.join(directory, "shop.wasm");
  await writeFile(wasmPath, filter.wasm);
});
afterAll(async () => {
  await upstream.close();
  await rm(directory, { recursive: true, force: true });
});

function listener(name: string, configuration: unknown): ListenerConfig {
  const plugin = { wasmPath, name: "tollgate.shop", vmId: filter.vmId };
  const given = configuration === undefined ? {} : { configuration: JSON.stringify(configuration) };
  return { name, port: 0, upstream: upstream.url, filters: [{ ...plugin, ...given }] };
}

/** How many of so many requests of a user pass, and what the last refusal says. */
async function spend(
  port: number,
  user: string,
  requests: number,
): Promise<{ passed: number; body: string }> {
  let passed = 0;
  let body = "";
  for (let i = 0; i < requests; i++) {
    const answer = await send(port, {
      method: "GET",
      path: "/",
      headers: [
        ["host", "shop.test"],
        ["x-user", user],
      ],
    });
    if (answer.status === 200) passed++;
    else body = answer.body;
  }
  return { passed, body };
}

test("two listeners of one VM have values of their own", async () => {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const listeners = [
    listener("one", { parameters: { burst: 3, why: "one" } }),
    listener("two", { parameters: { burst: 5, why: "two" } }),
    listener("default", undefined),
  ];
  const envoy = await startEnvoy({
    envoy: envoyPath,
    directory: await mkdtemp(path.join(directory, "envoy-")),
    bootstrap: bootstrap({ listeners }),
    concurrency: 1,
  });
  try {
    const port = (name: string): number => envoy.ports.get(name) ?? 0;
    // In turns, so that each stream has another's values before it.
    const passed = { one: 0, two: 0, default: 0 };
    const bodies = new Set<string>();
    for (let i = 0; i < 8; i++) {
      for (const name of ["one", "two", "default"] as const) {
        const { passed: more, body } = await spend(port(name), "ann", 1);
        passed[name] += more;
        if (more === 0) bodies.add(`${name}: ${body}`);
      }
    }
    expect(passed).toEqual({ one: 3, two: 5, default: 2 });
    expect([...bodies].sort()).toEqual(["default: slow down", "one: one", "two: two"]);
    // One that the others are copies of, the main thread's and the worker's: none for each listener.
    const stats = await envoy.stats("wasm.envoy.wasm.runtime.v8.active");
    expect(stats["wasm.envoy.wasm.runtime.v8.active"]).toBeLessThanOrEqual(3);
  } finally {
    await envoy.stop();
  }
});

test("a change takes over while it runs, and one that does not fit is refused", async () => {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const version = (configuration: unknown): Version => ({ listener: listener("one", configuration) });
  const lines: string[] = [];
  const following = await startFollowing({
    envoy: envoyPath,
    directory: await mkdtemp(path.join(directory, "follow-")),
    version: version({ parameters: { burst: 3 } }),
    concurrency: 1,
    onLog: (line) => lines.push(line),
  });
  try {
    const port = following.envoy.ports.get("one") ?? 0;
    expect(await spend(port, "ann", 6)).toEqual({ passed: 3, body: "slow down" });
    for (const [configuration, line] of [
      [
        { parameters: { burst: 101 } },
        "tollgate: the parameter `burst` must be a whole number from 1 to 100, given at most once",
      ],
      [
        { parameters: { bursts: 7 } },
        "tollgate: there is no parameter `bursts`; the parameters are `burst`, `why`, `window`",
      ],
      [
        { burst: 7 },
        "tollgate: the configuration must be an object in JSON, whose `parameters` are an object of names and values, as a google.protobuf.StringValue",
      ],
    ] as const) {
      lines.length = 0;
      await expect(following.rollOut(version(configuration))).rejects.toThrow();
      expect(lines.join("\n")).toContain(line);
      // The old one goes on: its counts are where they were.
      expect(await spend(port, "ann", 2)).toEqual({ passed: 0, body: "slow down" });
    }
    await following.rollOut(version({ parameters: { burst: 3, why: "later" } }));
    expect(await spend(port, "ann", 2)).toEqual({ passed: 0, body: "later" });
    await following.rollOut(version({ parameters: { burst: 4, why: "later" } }));
    expect(await spend(port, "ann", 8)).toEqual({ passed: 4, body: "later" });
  } finally {
    await following.envoy.stop();
  }
});
