// The same cases for each foreign module, in the Node host and in a real Envoy.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { FilterModule, HeaderMap, Vm } from "../../host/index.ts";
import { ask, cases, GREETING, type Outcome } from "./cases.ts";
import { languages } from "./foreign-module.ts";
import { runtimes, type Running, type Surroundings } from "./runtimes.ts";
import { deadUrl, startSide, startUpstream, type Server } from "./servers.ts";
import { foreignModuleForTests } from "./testing.ts";

/** A toolchain may have to be installed first. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

let servers: Server[];
let around: Surroundings;

beforeAll(async () => {
  const [upstream, side] = (servers = [await startUpstream(), await startSide()]) as [Server, Server];
  around = { upstream: upstream.url, side: side.url, nobody: await deadUrl() };
});

afterAll(() => servers.forEach((server) => server.close()));

/** What the upstream was told by the filter. */
function noted({ upstream }: Outcome): Record<string, string> {
  return Object.fromEntries(upstream?.headers ?? []);
}

/** Asks again until the answer is as wanted, for what happens by itself. */
async function until<T>(look: () => Promise<T> | T, isWanted: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const value = await look();
    if (isWanted(value) || attempt >= 500) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.each(languages)("the module in %s", (language) => {
  let wasm: string | undefined;
  beforeAll(async () => {
    wasm = await foreignModuleForTests(language);
  }, BUILD_TIMEOUT_MS);

  describe.each(runtimes)("in $name", (runtime) => {
    let running: Running | undefined;
    beforeAll(async () => {
      if (wasm !== undefined) running = await runtime.start(wasm, around);
    });
    afterAll(() => running?.stop());

    /** Runs `check` where there is something to check: a module, and something to run it in. */
    const where = (check: (running: Running) => Promise<void>) => async () => {
      if (running !== undefined) await check(running);
    };

    test.each(cases)("$name", ({ asked, outcome }) =>
      where(async ({ port }) => expect(await ask(port, asked)).toEqual(outcome))(),
    );

    test(
      "properties are read and written",
      where(async ({ port }) => {
        const asked = { path: "/properties?a=b", headers: [["x-case-size", "12"]] as const };
        expect(noted(await ask(port, asked))).toEqual({
          "x-case-size": "12",
          "x-mtls": "[0]",
          "x-none": "none",
          "x-path": "/properties",
          "x-peer": "127.0.0.1",
          "x-plugin": "foreign",
          "x-port": String(port),
          "x-query": "a=b",
          "x-size": "12",
          "x-written": "written",
        });
      }),
    );

    test(
      "shared data is counted up, and a stale CAS refused",
      where(async ({ port }) => {
        for (const count of ["1", "2", "3"]) {
          expect(noted(await ask(port, { path: "/shared" }))).toEqual({
            "x-count": count,
            "x-stale": "refused",
          });
        }
      }),
    );

    test(
      "metrics are kept where the filter and others can read them",
      where(async ({ port, metric }) => {
        for (const turn of [1, 2]) {
          expect(noted(await ask(port, { path: "/metrics" }))).toEqual({
            "x-counter": String(2 * turn),
            "x-gauge": String(3 * turn),
          });
        }
        expect(await metric("foreign_requests")).toBe(4);
        expect(await metric("foreign_level")).toBe(6);
      }),
    );

    test(
      "the time is now",
      where(async ({ port }) => {
        const before = Date.now();
        const { "x-now": now } = noted(await ask(port, { path: "/clock" }));
        expect(Number(now)).toBeGreaterThanOrEqual(before - 1000);
        expect(Number(now)).toBeLessThanOrEqual(Date.now() + 1000);
      }),
    );

    test(
      "log lines come with their levels, and the end of a stream is known",
      where(async ({ port, logged }) => {
        expect(logged()).toContain("info foreign: configured");
        await ask(port, { path: "/log" });
        await ask(port, { path: "/local?end" });
        const end = "info foreign: /log ended with 200";
        const lines = await until(logged, (lines) => lines.includes(end));
        expect(lines.filter((line) => line.includes("foreign: level"))).toEqual([
          "info foreign: level 2",
          "warn foreign: level 3",
          "error foreign: level 4",
        ]);
        expect(lines).toContain(end);
        const refusal = "info foreign: /local?end ended with 418";
        expect(await until(logged, (lines) => lines.includes(refusal))).toContain(refusal);
      }),
    );

    test(
      "the timer ticks, and what is put into a queue comes out",
      where(async ({ port }) => {
        await ask(port, { path: "/enqueue" });
        const wanted = { "x-queued": "/enqueue", "x-ticked": "yes" };
        const later = await until(
          async () => noted(await ask(port, { path: "/later" })),
          (seen) => seen["x-queued"] === wanted["x-queued"] && seen["x-ticked"] === wanted["x-ticked"],
        );
        expect(later).toEqual(wanted);
      }),
    );

    test(
      "a panic costs its request; a fresh VM goes on, with the shared data",
      where(async ({ port }) => {
        const { "x-count": count } = noted(await ask(port, { path: "/shared" }));
        const { "x-requests": requests } = noted(await ask(port, { path: "/vm" }));
        expect(Number(requests)).toBeGreaterThan(1);
        expect(await ask(port, { path: "/trap" })).toMatchObject({ status: 503 });
        const answer = await until(
          () => ask(port, { path: "/vm" }),
          ({ status }) => status === 200,
        );
        expect(noted(answer)).toEqual({ "x-requests": "1" });
        const again = noted(await ask(port, { path: "/shared" }));
        expect(Number(again["x-count"])).toBe(Number(count) + 1);
      }),
    );

    test("an empty configuration is refused", async () => {
      if (wasm === undefined || running === undefined) return;
      await expect(runtime.start(wasm, around, "")).rejects.toThrow(/configure/);
    });
  });

  test("keeps its memory over 20,000 requests", async () => {
    if (wasm === undefined) return;
    const vm = Vm.start(FilterModule.compile(await readFile(wasm)), {
      pluginConfiguration: Buffer.from(GREETING),
    });
    const exchange = (path: string): void => {
      const stream = vm.openStream();
      stream.requestHeaders(
        new HeaderMap([
          [":method", "GET"],
          [":path", path],
          [":authority", "shop.test"],
          ["x-case-a", "b".repeat(1000)],
        ]),
        true,
      );
      stream.responseHeaders(new HeaderMap([[":status", "200"]]), true);
      stream.close();
    };
    const paths = ["/headers", "/all-headers", "/shared", "/metrics", "/local"];
    const exchanges = (count: number): void => {
      for (let i = 0; i < count; i++) exchange(paths[i % paths.length] ?? "/");
    };
    exchanges(5_000);
    const { memoryBytes } = vm;
    exchanges(15_000);
    expect(vm.failure).toBeUndefined();
    // A collector's heap breathes a little; a leak of a hundred bytes a request would be more than this.
    expect(vm.memoryBytes - memoryBytes).toBeLessThanOrEqual(1024 * 1024);
    vm.close();
  });
});
