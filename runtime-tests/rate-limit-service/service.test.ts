// What the service that people run answers, as far as the filter counts on it. A test that fails with a newer version of
// the service says which of the filter's assumptions no longer hold.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { eventually } from "../../filters/testing/eventually.ts";
import { call, shouldRateLimit } from "./client.ts";
import { Code, encodeRequest, Unit, type Descriptor, type RateLimitResponse } from "./messages.ts";
import type { RunningRateLimitService } from "./service.ts";
import { rateLimitServiceForTests } from "./testing.ts";

/** The service may have to be built first, and a Go installed for that. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

const CONFIG = `
domain: shop
descriptors:
  - key: limit
    value: daily
    descriptors: [{ key: key, rate_limit: { unit: day, requests_per_unit: 10 } }]
  - key: limit
    value: hourly
    descriptors: [{ key: key, rate_limit: { unit: hour, requests_per_unit: 5 } }]
  - key: limit
    value: free
    rate_limit: { unlimited: true }
`;

let service: RunningRateLimitService | undefined;

beforeAll(async () => {
  service = await rateLimitServiceForTests({ config: [CONFIG] });
}, BUILD_TIMEOUT_MS);
afterAll(() => service?.stop());
beforeEach(() => service?.redis.flush());

/** Runs `check` where there is a service. */
const where = (check: (service: RunningRateLimitService) => Promise<void>) => async () => {
  if (service !== undefined) await check(service);
};

const descriptor = (limit: string, key = "a", hitsAddend?: number): Descriptor => ({
  entries: [
    ["limit", limit],
    ["key", key],
  ],
  ...(hitsAddend === undefined ? {} : { hitsAddend }),
});

const ask = (
  { grpcPort }: RunningRateLimitService,
  descriptors: readonly Descriptor[],
  hitsAddend?: number,
): Promise<RateLimitResponse> =>
  shouldRateLimit(grpcPort, {
    domain: "shop",
    descriptors,
    ...(hitsAddend === undefined ? {} : { hitsAddend }),
  });

/** What an answer says, briefly. */
const gist = ({ overallCode, statuses }: RateLimitResponse): unknown => [
  overallCode,
  ...statuses.map(({ code, limitRemaining }) => [code, limitRemaining]),
];

describe("a limit", () => {
  test(
    "is counted down to OVER_LIMIT",
    where(async (service) => {
      const answers: unknown[] = [];
      for (let i = 0; i < 6; i++) answers.push(gist(await ask(service, [descriptor("hourly")])));
      const left = (n: number): unknown => [Code.Ok, [Code.Ok, n]];
      const over = [Code.OverLimit, [Code.OverLimit, 0]];
      expect(answers).toEqual([left(4), left(3), left(2), left(1), left(0), over]);
    }),
  );

  test(
    "is told with its unit, and how many whole seconds are left of the window",
    where(async (service) => {
      const { statuses } = await ask(service, [descriptor("daily"), descriptor("hourly")]);
      const [day, hour] = statuses;
      expect(day?.currentLimit).toEqual({ requestsPerUnit: 10, unit: Unit.Day });
      expect(hour?.currentLimit).toEqual({ requestsPerUnit: 5, unit: Unit.Hour });
      const now = Date.now() / 1000;
      // Rounded up, and one second off where a second has just begun.
      expect(Math.abs((hour?.durationUntilReset ?? 0) - (3600 - (now % 3600)))).toBeLessThan(5);
      expect(Math.abs((day?.durationUntilReset ?? 0) - (86400 - (now % 86400)))).toBeLessThan(5);
    }),
  );

  test(
    "counts each key by itself, under a name that ends with the window's start",
    where(async (service) => {
      await ask(service, [descriptor("daily", "a")], 10);
      expect(gist(await ask(service, [descriptor("daily", "b")], 10))).toEqual([Code.Ok, [Code.Ok, 0]]);
      const today = Math.floor(Date.now() / 86_400_000) * 86_400;
      expect(await service.redis.keys()).toEqual([
        `shop_limit_daily_key_a_${today}`,
        `shop_limit_daily_key_b_${today}`,
      ]);
    }),
  );
});

describe("hits_addend", () => {
  test(
    "takes as many at once; 0 takes one",
    where(async (service) => {
      expect(gist(await ask(service, [descriptor("daily")], 4))).toEqual([Code.Ok, [Code.Ok, 6]]);
      expect(gist(await ask(service, [descriptor("daily")], 0))).toEqual([Code.Ok, [Code.Ok, 5]]);
      expect(gist(await ask(service, [descriptor("daily")], 5))).toEqual([Code.Ok, [Code.Ok, 0]]);
    }),
  );

  test(
    "beyond what remains is refused and consumes all the same: a smaller one is refused then, too",
    where(async (service) => {
      await ask(service, [descriptor("daily")], 8);
      expect(gist(await ask(service, [descriptor("daily")], 3))).toEqual([
        Code.OverLimit,
        [Code.OverLimit, 0],
      ]);
      expect(gist(await ask(service, [descriptor("daily")], 1))).toEqual([
        Code.OverLimit,
        [Code.OverLimit, 0],
      ]);
    }),
  );

  test(
    "of a descriptor stands in for the request's, and there 0 only looks",
    where(async (service) => {
      const both = [descriptor("daily", "a", 6), descriptor("hourly", "a", 0)];
      expect(gist(await ask(service, both, 9))).toEqual([Code.Ok, [Code.Ok, 4], [Code.Ok, 5]]);
      expect(gist(await ask(service, both, 9))).toEqual([Code.OverLimit, [Code.OverLimit, 0], [Code.Ok, 5]]);
    }),
  );
});

describe("of several descriptors", () => {
  test(
    "one that is over the limit decides, and the others have consumed",
    where(async (service) => {
      await ask(service, [descriptor("hourly")], 5);
      const both = [descriptor("daily"), descriptor("hourly")];
      expect(gist(await ask(service, both))).toEqual([Code.OverLimit, [Code.Ok, 9], [Code.OverLimit, 0]]);
      expect(gist(await ask(service, both))).toEqual([Code.OverLimit, [Code.Ok, 8], [Code.OverLimit, 0]]);
    }),
  );
});

describe("what the service does not know", () => {
  test.each([
    ["a descriptor", "shop", "nightly"],
    ["a domain", "other", "daily"],
  ])("%s: OK, without a limit", (_, domain, limit) =>
    where(async ({ grpcPort }) => {
      const answer = await shouldRateLimit(grpcPort, { domain, descriptors: [descriptor(limit)] });
      expect(answer).toEqual({ overallCode: Code.Ok, statuses: [{ code: Code.Ok, limitRemaining: 0 }] });
    })(),
  );

  test(
    "is told from what it does not limit",
    where(async (service) => {
      const { statuses } = await ask(service, [{ entries: [["limit", "free"]] }]);
      expect(statuses).toEqual([{ code: Code.Ok, limitRemaining: 0xffffffff }]);
    }),
  );

  test.each([
    ["no descriptor", encodeRequest({ domain: "shop", descriptors: [] })],
    ["no domain", encodeRequest({ domain: "", descriptors: [descriptor("daily")] })],
    // protobuf's strings are UTF-8
    ["text that is no UTF-8", Uint8Array.of(10, 1, 0xff)],
    ["no protobuf", Uint8Array.of(10, 200)],
  ])("%s: an error", (_, message) =>
    where(async ({ grpcPort }) => {
      await expect(call(grpcPort, message)).rejects.toThrow(/^gRPC status [1-9]/);
    })(),
  );
});

describe("the service", () => {
  test(
    "takes a new configuration over while it runs, and leaves the old one in place where that is wrong",
    where(async (service) => {
      const known = await service.loadedConfig();
      expect(known).toContain("shop.limit_daily.key: unit=DAY requests_per_unit=10");
      await expect(service.reloadConfig(["domain: shop\ndescriptors: [{}]"])).rejects.toThrow(
        "refuses its configuration: config.config-0.yaml: descriptor has empty key",
      );
      expect((await service.loadedConfig()).split("\n").sort()).toEqual(known.split("\n").sort());
      try {
        await service.reloadConfig([CONFIG.replaceAll("daily", "nightly"), "domain: other"]);
        expect(gist(await ask(service, [descriptor("nightly")]))).toEqual([Code.Ok, [Code.Ok, 9]]);
      } finally {
        await service.reloadConfig([CONFIG]);
      }
    }),
  );

  test(
    "is back on its port after it was killed, and so are the counts",
    where(async (service) => {
      await ask(service, [descriptor("daily")], 7);
      const before = service.pid;
      await service.kill();
      await expect(ask(service, [descriptor("daily")])).rejects.toThrow("ECONNREFUSED");
      await service.start();
      expect(service.pid).not.toBe(before);
      expect(gist(await ask(service, [descriptor("daily")]))).toEqual([Code.Ok, [Code.Ok, 2]]);
    }),
  );

  test(
    "without its Redis answers with an error, and counts again when that is back",
    where(async (service) => {
      await service.redis.stop();
      await expect(ask(service, [descriptor("daily")])).rejects.toThrow(/^gRPC status 2/);
      await service.redis.start();
      // Each of its old connections fails once more.
      await eventually(async () =>
        expect(gist(await ask(service, [descriptor("daily")]))).toEqual([Code.Ok, [Code.Ok, 9]]),
      );
    }),
  );
});

test("a configuration that is refused at the start is an error, and nothing is left running", async () => {
  if (service === undefined) return;
  await expect(rateLimitServiceForTests({ config: ["domain: shop\nlimits: []"] })).rejects.toThrow(
    "unknown key 'limits'",
  );
});
