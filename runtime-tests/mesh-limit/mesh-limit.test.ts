// Limits that a service counts, with the real service and its Redis: in the Node host and in a real Envoy.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { renderRateLimitConfig } from "../../compiler/ratelimit-config/config.ts";
import {
  eventually,
  grpcServer,
  httpServer,
  inBothEngines,
  nobody,
  unary,
  type RunOptions,
  type RunningProxy,
  type TestServer,
} from "../../filters/testing/index.ts";
import { SHOULD_RATE_LIMIT } from "../rate-limit-service/client.ts";
import { Code, encodeResponse } from "../rate-limit-service/messages.ts";
import type { RunningRateLimitService } from "../rate-limit-service/service.ts";
import { rateLimitServiceForTests } from "../rate-limit-service/testing.ts";

/** The service may have to be built first, and a Go installed for that. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

const SMALL = 5;
const LARGE = 6400;
const CONFIG = renderRateLimitConfig({
  domain: "shop",
  limits: [
    { name: "shop/fair-use/small", rates: [{ item: "small", requests: SMALL, unit: "day" }] },
    { name: "shop/fair-use/large", rates: [{ item: "large", requests: LARGE, unit: "day" }] },
  ],
});

let service: RunningRateLimitService | undefined;

beforeAll(async () => {
  service = await rateLimitServiceForTests({ config: [CONFIG] });
}, BUILD_TIMEOUT_MS);
afterAll(() => service?.stop());
beforeEach(() => service?.redis.flush());

/** A server that somebody else starts and stops. */
const elsewhere = (port: number): TestServer => ({
  port,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
});

/** The status of a request by `user`; `limits`: 1 the small one, 2 the large one, 3 both. */
async function ask(proxy: RunningProxy, user: string, limits = 1): Promise<number> {
  const headers = { "x-user": user, "x-limits": String(limits) };
  return (await proxy.send({ path: "/", headers })).status;
}

const times = (count: number, status: number): number[] => Array<number>(count).fill(status);

inBothEngines("../runtime-tests/assembly/mesh-limit", (run, engine) => {
  /** Runs `body` in front of the service where there is one. */
  const withService =
    (
      body: (proxy: RunningProxy, service: RunningRateLimitService) => Promise<void>,
      options: RunOptions = {},
    ): (() => Promise<void>) =>
    async () => {
      if (service === undefined) return;
      const running = service;
      const clusters = { upstream: httpServer(), ratelimit: elsewhere(running.grpcPort) };
      await run({ ...options, clusters }, (proxy) => body(proxy, running));
    };

  test(
    "a limit allows as many as it says, for each key",
    withService(async (proxy) => {
      for (const user of ["alice", "bob", "x".repeat(8000)]) {
        const statuses: number[] = [];
        for (let i = 0; i < SMALL + 3; i++) statuses.push(await ask(proxy, user));
        expect(statuses).toEqual([...times(SMALL, 200), ...times(3, 429)]);
      }
    }),
  );

  test(
    "two proxies share a limit",
    withService(async (one) => {
      await withService(async (other) => {
        const statuses: number[] = [];
        for (let i = 0; i < SMALL + 3; i++) statuses.push(await ask(i % 2 === 0 ? one : other, "alice"));
        expect(statuses).toEqual([...times(SMALL, 200), ...times(3, 429)]);
      })();
    }),
  );

  test(
    "several limits are asked together, and the request waits for all of them",
    withService(async (proxy) => {
      const statuses: number[] = [];
      for (let i = 0; i < SMALL + 2; i++) statuses.push(await ask(proxy, "alice", 3));
      expect(statuses).toEqual([...times(SMALL, 200), ...times(2, 429)]);
    }),
  );

  test(
    "with leases the service is asked for few of the requests",
    withService(async (proxy, { redis }) => {
      const before = await redis.calls("incrby");
      const requests = 1000;
      for (let sent = 0; sent < requests; sent += 20) {
        const statuses = await Promise.all(Array.from({ length: 20 }, () => ask(proxy, "alice", 2)));
        expect(statuses).toEqual(times(20, 200));
      }
      expect((await redis.calls("incrby")) - before).toBeLessThan(requests / 10);
    }),
  );

  test(
    "a flood over the limit asks nobody",
    withService(async (proxy, { redis }) => {
      for (let i = 0; i < SMALL + 1; i++) await ask(proxy, "alice");
      const before = await redis.calls("incrby");
      for (let i = 0; i < 200; i++) expect(await ask(proxy, "alice")).toBe(429);
      expect(await redis.calls("incrby")).toBe(before);
    }),
  );

  test(
    "while the service is away requests fail at once, and pass again when it is back",
    withService(async (proxy, service) => {
      expect(await ask(proxy, "alice")).toBe(200);
      await service.kill();
      try {
        for (let i = 0; i < 20; i++) expect(await ask(proxy, `away ${i}`)).toBe(503);
        await proxy.logged("the rate limit service ratelimit fails");
      } finally {
        await service.start();
      }
      await eventually(async () => expect(await ask(proxy, "bob")).toBe(200));
      await proxy.logged("the rate limit service ratelimit answers again");
      for (let i = 0; i < SMALL - 1; i++) expect(await ask(proxy, "alice")).toBe(200);
      expect(await ask(proxy, "alice")).toBe(429);
    }),
  );

  test(
    "while the service hangs a request waits for its timeout, and soon nobody waits any more",
    withService(async (proxy, service) => {
      expect(await ask(proxy, "alice")).toBe(200);
      service.freeze();
      try {
        expect(await Promise.all([1, 2, 3, 4].map((i) => ask(proxy, `hangs ${i}`)))).toEqual(times(4, 503));
        await proxy.logged("the rate limit service ratelimit fails");
      } finally {
        service.thaw();
      }
      await eventually(async () => expect(await ask(proxy, "bob")).toBe(200));
    }),
  );

  test(
    "a client that leaves while its request waits takes nothing with it",
    withService(async (proxy, service) => {
      expect(await ask(proxy, "alice")).toBe(200);
      service.freeze();
      try {
        const client = await proxy.connect();
        client.write("GET / HTTP/1.1\r\nhost: a\r\nx-user: alice\r\n\r\n");
        // Another request that waits behind it shows that the first has come as far.
        const other = ask(proxy, "bob");
        client.destroy();
        service.thaw();
        expect(await other).toBe(200);
      } finally {
        service.thaw();
      }
      const statuses: number[] = [];
      for (let i = 0; i < SMALL; i++) statuses.push(await ask(proxy, "alice"));
      expect(statuses.slice(0, SMALL - 2)).toEqual(times(SMALL - 2, 200));
      expect(statuses.at(-1)).toBe(429);
    }),
  );

  test(
    "while Redis is away requests fail, and pass again when it is back",
    withService(async (proxy, service) => {
      expect(await ask(proxy, "alice")).toBe(200);
      await service.redis.stop();
      const status = await ask(proxy, "bob");
      await service.redis.start();
      try {
        expect(status).toBe(503);
        await eventually(async () => expect(await ask(proxy, "bob")).toBe(200));
      } finally {
        // Some of the service's connections to the old one are left, each of which would fail a request of another test.
        await service.kill();
        await service.start();
      }
    }),
  );

  test(
    "a limit that the service does not know fails, until it does",
    withService(async (proxy, service) => {
      await service.reloadConfig([CONFIG.replace("large/large", "large/other")]);
      try {
        expect(await ask(proxy, "alice", 2)).toBe(503);
        await proxy.logged(
          "the rate limit service ratelimit does not know the limit shop/fair-use/large/large",
        );
        expect(await ask(proxy, "alice", 1)).toBe(200);
      } finally {
        await service.reloadConfig([CONFIG]);
      }
      await eventually(async () => expect(await ask(proxy, "alice", 2)).toBe(200));
    }),
  );

  test("a service that answers late, or with nonsense, fails; what comes late is not taken for another's answer", async () => {
    const answers: (() => void)[] = [];
    let isLate = true;
    const ok = encodeResponse({ overallCode: Code.Ok, statuses: [] });
    const slow = grpcServer({
      [SHOULD_RATE_LIMIT]: unary((): Uint8Array | Promise<Uint8Array> => {
        if (!isLate) return ok;
        return new Promise((resolve) => answers.push(() => resolve(Uint8Array.of(8, 2))));
      }),
    });
    await run({ clusters: { upstream: httpServer(), ratelimit: slow } }, async (proxy) => {
      expect(await ask(proxy, "alice")).toBe(503);
      isLate = false;
      for (const answer of answers) answer();
      for (let i = 0; i < 3; i++) expect(await ask(proxy, "alice")).toBe(200);
    });
    const nonsense = grpcServer({ [SHOULD_RATE_LIMIT]: unary(() => Uint8Array.of(8, 1, 18, 200, 1)) });
    await run({ clusters: { upstream: httpServer(), ratelimit: nonsense } }, async (proxy) => {
      expect(await ask(proxy, "alice")).toBe(503);
    });
  });

  test("a service that refuses connections, and a cluster that there is not", async () => {
    await run({ clusters: { upstream: httpServer(), ratelimit: nobody() } }, async (proxy) => {
      for (let i = 0; i < 5; i++) expect(await ask(proxy, "alice")).toBe(503);
    });
    const options: RunOptions = {
      clusters: { upstream: httpServer(), ratelimit: nobody() },
      edit: (yaml) => yaml.set(["static_resources", "clusters", 1, "name"], "ratelimit", "other"),
    };
    await run({ ...options, clusters: { upstream: httpServer(), other: nobody() } }, async (proxy) => {
      for (let i = 0; i < 5; i++) expect(await ask(proxy, "alice")).toBe(503);
    });
  });

  if (engine === "envoy")
    test(
      "four workers under parallel load never allow more than the limit",
      withService(
        async (proxy) => {
          const statuses = await Promise.all(
            Array.from({ length: 40 }, async () => {
              const own: number[] = [];
              for (let i = 0; i < 200; i++) own.push(await ask(proxy, "alice", 2));
              return own;
            }),
          );
          const allowed = statuses.flat().filter((status) => status === 200).length;
          const limited = statuses.flat().filter((status) => status === 429).length;
          expect(allowed + limited).toBe(8000);
          expect(allowed).toBeLessThanOrEqual(LARGE);
          expect(allowed).toBeGreaterThanOrEqual(LARGE * 0.9);
        },
        { concurrency: 4 },
      ),
    );
});
