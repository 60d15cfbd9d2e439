// Versions of a filter take one another's place in a real Envoy under constant load, as `tollgate envoy run` rolls them out: no
// request is lost, each is decided as the version before or after it would, and nothing piles up.
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { versionOf } from "../compiler/cli/envoy.ts";
import { Assembler, type PackagedFilter } from "../compiler/index.ts";
import { startFollowing } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { compileDocuments } from "./support/compile.ts";
import { startEchoUpstream, type EchoUpstream, type Seen } from "./support/echo-upstream.ts";
import { send } from "./support/http-client.ts";
import { startLoad } from "./support/load.ts";

const SWAPS = 100;
const BACKENDS = [undefined, "one", "two"] as const;
/** Requests that a day of the policies' limit has room for. */
const A_DAY = 60;

let upstreams: ReadonlyMap<string, EchoUpstream>;
let filters: readonly PackagedFilter[];
let assembler: Assembler;

beforeAll(async () => {
  const names = ["other", "one", "two"];
  upstreams = new Map(
    await Promise.all(names.map(async (name) => [name, await startEchoUpstream(name)] as const)),
  );
  assembler = new Assembler();
  const compiled: PackagedFilter[] = [];
  for (const backend of BACKENDS)
    compiled.push((await compileDocuments(policies(backend), assembler)).filter);
  filters = compiled;
});

afterAll(async () => {
  await assembler.close();
  for (const upstream of upstreams.values()) await upstream.close();
});

/** Where all requests go, but for those of a limit; each says by which version it was let through. */
function policies(backend: string | undefined): object[] {
  const own = { apiVersion: "tollgate.dev/v1alpha1" };
  const url = backend === undefined ? undefined : upstreams.get(backend)?.url.origin;
  return [
    {
      ...own,
      kind: "Bundle",
      metadata: { name: "swapped" },
      spec: backend === undefined ? {} : { backends: { [backend]: url } },
    },
    {
      ...own,
      kind: "HeaderRoutePolicy",
      metadata: { name: "version" },
      spec: {
        rules: [
          {
            request: { set: [{ name: "x-version", value: UNNAMED }] },
            ...(backend !== undefined && { backend }),
          },
        ],
      },
    },
    {
      ...own,
      kind: "RateLimitPolicy",
      metadata: { name: "limits" },
      spec: {
        limits: {
          counted: {
            when: [{ predicate: "'x-counted' in request.headers" }],
            algorithm: "fixedWindow",
            rates: [{ limit: A_DAY, window: "1d" }],
          },
        },
      },
    },
  ];
}

const UNNAMED = "version-000";

/** A filter that calls itself another version: what a policy that says so would have become. */
function named(filter: PackagedFilter, version: number): PackagedFilter {
  const name = UNNAMED.slice(0, -3) + String(version).padStart(3, "0");
  const text = Buffer.from(filter.wasm).toString("latin1");
  expect(text.split(UNNAMED)).toHaveLength(2);
  const wasm = Buffer.from(text.replace(UNNAMED, name), "latin1");
  const digest = `sha256:${createHash("sha256").update(wasm).digest("hex")}`;
  return { ...filter, wasm, manifest: { ...filter.manifest, digest } };
}

/** One that no engine takes. */
function broken(filter: PackagedFilter, version: number): PackagedFilter {
  const good = named(filter, version);
  return { ...good, wasm: good.wasm.slice(0, -100) };
}

test(`no request is lost in ${SWAPS} roll-outs`, async () => {
  const envoy = await envoyForTests();
  if (envoy === undefined) return;
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const upstream = upstreams.get("other")?.url ?? new URL("http://127.0.0.1:1");
  const options = { address: "127.0.0.1", port: 0, upstream };
  const filterOf = (version: number): PackagedFilter => {
    const [plain] = filters;
    const filter = filters[version % filters.length] ?? plain;
    if (!filter) throw new Error("no filter");
    return filter;
  };
  const running = await startFollowing({
    envoy,
    directory,
    version: await versionOf(named(filterOf(0), 0), options, directory),
    concurrency: 2,
  });
  const port = running.envoy.ports.get("ingress") ?? 0;
  try {
    /** What was begun to roll out last, and what all of Envoy's threads have. */
    let [written, confirmed] = [0, 0];
    const seen = new Set<number>();
    const load = startLoad(port, { http1: 6, http2: 3, headers: [["host", "a.test"]] }, () => {
      // A roll-out resolves when Envoy's threads have been told, which is a moment before they know.
      const oldest = Math.max(0, confirmed - 1);
      return ({ status, body }) => {
        const answer = JSON.parse(body) as Seen;
        const version = Number(
          answer.headers.find(([name]) => name === "x-version")?.[1].slice(UNNAMED.length - 3) ?? "-1",
        );
        expect({ status, backend: answer.backend }).toEqual({
          status: 200,
          backend: BACKENDS[version % BACKENDS.length] ?? "other",
        });
        expect(version).toBeGreaterThanOrEqual(oldest);
        expect(version).toBeLessThanOrEqual(written);
        seen.add(version);
      };
    });
    const memory: number[] = [];
    const counted: number[] = [];
    for (let version = 1; version <= SWAPS; version++) {
      const before = load.answered;
      if (version % 10 === 0)
        await expect(
          running.rollOut(await versionOf(broken(filterOf(version), version), options, directory)),
        ).rejects.toMatchObject({ name: "EnvoyFailed", reason: "wasm-refused" });
      written = version;
      await running.rollOut(await versionOf(named(filterOf(version), version), options, directory));
      confirmed = version;
      counted.push((await send(port, { method: "GET", path: "/", headers: COUNTED })).status);
      const deadline = Date.now() + 10_000;
      while (load.answered < before + 20 && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 2));
      memory.push(running.envoy.rssBytes());
    }
    await load.stop();
    expect(seen.size).toBe(SWAPS + 1);
    // Counts outlive every version.
    expect(counted).toEqual(Array.from(counted, (_, i) => (i < A_DAY ? 200 : 429)));

    await expect(tidied(() => running.tidy())).resolves.toBe(true);
    const left = await readdir(directory);
    expect(left.filter((name) => name.endsWith(".wasm"))).toHaveLength(1);
    const stats = await running.envoy.stats("");
    expect(stats["wasm.envoy.wasm.runtime.v8.active"]).toBeLessThanOrEqual(4);
    // The version in place has one backend, or none, beside the upstream.
    expect(stats["cluster_manager.active_clusters"]).toBeLessThanOrEqual(2);
    expect(stats["http.ingress.downstream_rq_5xx"]).toBe(0);
    expect(stats["listener_manager.listener_modified"]).toBe(0);
    // What allocators keep back settles within the first swaps.
    const [half = 0, end = 0] = [memory[SWAPS / 2], memory[SWAPS - 1]];
    process.stderr.write(
      `${load.answered} requests; MiB after 1, 50, 100 roll-outs: ${[memory[0], half, end].map((n = 0) => (n / 2 ** 20).toFixed(1)).join(", ")}\n`,
    );
    expect(end - half).toBeLessThan(32 * 2 ** 20);
  } finally {
    await running.envoy.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

const COUNTED = [
  ["host", "a.test"],
  ["x-counted", "1"],
] as const;

async function tidied(tidy: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    if (await tidy()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
