// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { FilterModule, HeaderMap, Vm } from "../../host/index.ts";
import {
  compiled,
  eventually,
  httpServer,
  inBothEngines,
  nobody,
  type RunningProxy,
} from "../testing/index.ts";

const settings = (changes: Record<string, string | number> = {}): string =>
  Object.entries({ every: 20, timeout: 10_000, keep: 60_000, unknown: "closed", ...changes })
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");

/** As envoy.yaml has it, but quicker. */
const quick =
  (changes: Record<string, string | number> = {}) =>
  (yaml: { configure(plugin: string, value: string): void }): void =>
    yaml.configure("tick-callout", settings(changes));

async function status(proxy: RunningProxy, path: string): Promise<number> {
  return (await proxy.send({ path })).status;
}

inBothEngines("tick-callout", (run) => {
  test("closed paths are answered 503, and change with the next poll", () => {
    const upstream = httpServer();
    let closed = "/sale\n\n  /beta/ \n";
    const control = httpServer((_, response) => response.end(closed));
    return run({ clusters: { upstream, control }, edit: quick() }, async (proxy) => {
      await eventually(async () => expect(await status(proxy, "/")).toBe(200));
      expect(control.requests[0]).toMatchObject({ method: "GET", url: "/closed" });
      for (const path of ["/sale", "/sale?x=/", "/beta/", "/beta/1"])
        expect(await status(proxy, path)).toBe(503);
      for (const path of ["/sales", "/sale/1", "/beta", "/x/beta/"])
        expect(await status(proxy, path)).toBe(200);
      closed = "";
      await eventually(async () => expect(await status(proxy, "/sale")).toBe(200));
      expect(upstream.requests.map(({ url }) => url)).not.toContain("/beta/1");
    });
  });

  test.each([
    ["closed", 503],
    ["open", 200],
  ])("while nothing is known, %s means %i", (unknown, expected) => {
    const clusters = { upstream: httpServer(), control: nobody() };
    return run({ clusters, edit: quick({ unknown }) }, async (proxy) => {
      await proxy.logged("the control service is of no use: status 503");
      expect(await status(proxy, "/sale")).toBe(expected);
      // Said once by each VM, however many polls have failed.
      await eventually(async () => expect((await proxy.stats())["tick_callout.failures"]).toBeGreaterThan(8));
      expect(proxy.logs().filter(({ message }) => message.includes("of no use"))).toHaveLength(2);
    });
  });

  test("the last good answer counts through an outage, and useless ones change nothing", () => {
    let outage:
      ((response: { statusCode: number; end(text: string): void; destroy(): void }) => void) | undefined;
    const control = httpServer((_, response) => {
      if (outage !== undefined) return outage(response);
      response.end("/sale");
    });
    return run({ clusters: { upstream: httpServer(), control }, edit: quick() }, async (proxy) => {
      await eventually(async () => expect(await status(proxy, "/")).toBe(200));
      const failures: (typeof outage)[] = [
        (response) => response.destroy(),
        (response) => {
          response.statusCode = 500;
          response.end("/");
        },
        (response) => response.end("<html>"),
        (response) => response.end(`/${"x".repeat(65_536)}`),
      ];
      for (const failure of failures) {
        const before = control.requests.length;
        outage = failure;
        await eventually(() => expect(control.requests.length).toBeGreaterThan(before + 6));
        expect(await status(proxy, "/sale")).toBe(503);
        expect(await status(proxy, "/")).toBe(200);
      }
      outage = undefined;
      await proxy.logged("the control service answers again");
    });
  });

  test("an answer that is too old counts no more", () => {
    let reachable = true;
    const control = httpServer((_, response) => {
      if (reachable) response.end("/sale");
      else response.destroy();
    });
    const edit = quick({ keep: 300, unknown: "open" });
    return run({ clusters: { upstream: httpServer(), control }, edit }, async (proxy) => {
      await eventually(async () => expect(await status(proxy, "/sale")).toBe(503));
      reachable = false;
      await eventually(async () => expect(await status(proxy, "/sale")).toBe(200));
      reachable = true;
      await eventually(async () => expect(await status(proxy, "/sale")).toBe(503));
    });
  });

  test("a slow service is asked one question at a time", () => {
    const waiting: (() => void)[] = [];
    const control = httpServer((_, response) => waiting.push(() => response.end("/sale")));
    return run(
      { clusters: { upstream: httpServer(), control }, edit: quick({ every: 1 }) },
      async (proxy) => {
        // The main thread's VM and the worker's.
        await eventually(() => expect(waiting).toHaveLength(2));
        for (let i = 0; i < 50; i++) expect(await status(proxy, "/")).toBe(503);
        expect(waiting).toHaveLength(2);
        waiting.forEach((answer) => answer());
        await eventually(async () => expect(await status(proxy, "/")).toBe(200));
        await eventually(() => expect(waiting).toHaveLength(4));
      },
    );
  });

  test("a service that never answers is given up after the time that is set", () => {
    const control = httpServer(() => {});
    const edit = quick({ timeout: 30 });
    return run({ clusters: { upstream: httpServer(), control }, edit }, async (proxy) => {
      await proxy.logged("the control service is of no use: status 504");
      await eventually(() => expect(control.requests.length).toBeGreaterThan(4));
    });
  });

  test("a configuration that leaves a question open is refused", () =>
    run.refused({ clusters: { upstream: nobody(), control: nobody() }, edit: quick({ every: 0 }) }, (why) => {
      expect(why).toContain("tick-callout: 'every' must be milliseconds, 1 to 86400000, not '0'");
    }));
});

describe("the module", () => {
  let filter: FilterModule;
  beforeAll(async () => {
    filter = FilterModule.compile(await compiled("tick-callout"));
  });

  test.each([
    ["", "'every' is missing"],
    ["every 1\ntimeout 1\nkeep 1", "'unknown' is missing"],
    [settings({ unknown: "ajar" }), "'unknown' must be 'open' or 'closed', not 'ajar'"],
    [settings({ keep: 86_400_001 }), "'keep' must be milliseconds, 1 to 86400000, not '86400001'"],
    [settings({ timeout: "1s" }), "'timeout' must be milliseconds, 1 to 86400000, not '1s'"],
    [`${settings()}every 5`, "'every' is there twice"],
    [settings({ evry: 5 }), "there is no setting 'evry'"],
  ])("refuses %j: %s", (configuration, fault) => {
    const lines: string[] = [];
    const log = (_: unknown, line: string): number => lines.push(line);
    expect(() => Vm.start(filter, { pluginConfiguration: Buffer.from(configuration), log })).toThrow(
      "on_configure",
    );
    expect(lines).toEqual([`tick-callout: ${fault}`]);
  });

  test("takes comments, empty lines and blanks around", () => {
    const text = `# how often\n\n  every   5  \ntimeout 5\nkeep 5\nunknown open`;
    const vm = Vm.start(filter, { pluginConfiguration: Buffer.from(text) });
    expect(vm.tickPeriodMs).toBe(1);
    vm.tick();
    expect(vm.tickPeriodMs).toBe(5);
  });

  test("does not keep an answer longer where the clock is set back", async () => {
    let time = 5_000_000_000_000_000_000n;
    const answer = { headers: new HeaderMap([[":status", "200"]]), body: Buffer.from("/sale") };
    const vm = Vm.start(filter, {
      pluginConfiguration: Buffer.from(settings({ keep: 1000 })),
      clusters: new Map([["control", () => answer]]),
      clock: () => time,
    });
    const kind = (path: string): string => {
      const stream = vm.openStream();
      const headers: [string, string][] = [
        [":method", "GET"],
        [":path", path],
        [":authority", "shop.test"],
      ];
      const result = stream.requestHeaders(new HeaderMap(headers), true);
      stream.close();
      return result.kind;
    };
    vm.tick();
    while (vm.callouts > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(kind("/")).toBe("continue");
    time -= 3_600_000_000_000n;
    expect([kind("/"), kind("/sale")]).toEqual(["continue", "local-response"]);
  });
});
