// The configuration that is exported and the requests that the filter makes, in the service itself.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import {
  renderRateLimitConfig,
  rateName,
  unitSeconds,
  type RateLimitConfig,
} from "../../compiler/ratelimit-config/config.ts";
import { entry, type Guest } from "../../filters/runtime/testing/compile.ts";
import { MeshHost } from "../../filters/runtime/testing/mesh-host.ts";
import { Answer, Sidecar, type MeshExports } from "../../filters/runtime/testing/mesh-sidecar.ts";
import { call as callService, shouldRateLimit } from "./client.ts";
import { Code, decodeRequest, encodeResponse } from "./messages.ts";
import type { RunningRateLimitService } from "./service.ts";
import { rateLimitServiceForTests } from "./testing.ts";

/** The service may have to be built first, and a Go installed for that. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

const config: RateLimitConfig = {
  domain: "shop",
  limits: [
    {
      name: "shop/fair-use/per-user",
      rates: [
        { item: "per-user-1h", requests: 200, unit: "hour" },
        { item: "per-user-1d", requests: 230, unit: "day" },
      ],
    },
    { name: "shop/fair-use/all", rates: [{ item: "all", requests: 7, unit: "day" }] },
  ],
};

let service: RunningRateLimitService | undefined;
let start: (host: MeshHost) => Guest<MeshExports>;

beforeAll(async () => {
  service = await rateLimitServiceForTests({ config: [renderRateLimitConfig(config)] });
  const guest = await entry<MeshExports>("mesh");
  start = (host) => guest(host);
}, BUILD_TIMEOUT_MS);
afterAll(() => service?.stop());
beforeEach(() => service?.redis.flush());

/** Runs `check` where there is a service. */
const where = (check: (service: RunningRateLimitService) => Promise<void>) => async () => {
  if (service !== undefined) await check(service);
};

/** A VM of the filter with these limits. */
function sidecar(): Sidecar {
  const limits = config.limits.map((limit) => ({
    rates: limit.rates.map((rate) => ({
      name: rateName(limit, rate),
      window: unitSeconds[rate.unit],
      requests: rate.requests,
    })),
  }));
  return new Sidecar(start, limits, BigInt(Date.now()) * 1_000_000n);
}

/** What a request is told, once the service has answered all that it was asked. */
async function ask(sidecar: Sidecar, { grpcPort }: RunningRateLimitService, limits: number): Promise<Answer> {
  const stream = sidecar.request({ key: "alice", limits });
  for (let call = sidecar.openCalls[0]; call; call = sidecar.openCalls[0])
    sidecar.answer(call, encodeResponse(await callService(grpcPort, call.message)));
  return sidecar.lastAnswer(stream);
}

test(
  "the service loads a rule for each rate",
  where(async (service) => {
    expect((await service.loadedConfig()).trim().split("\n").sort()).toEqual([
      "shop.limit_shop/fair-use/all/all.key: unit=DAY requests_per_unit=7, shadow_mode: false, quota_mode: false",
      "shop.limit_shop/fair-use/per-user/per-user-1d.key: unit=DAY requests_per_unit=230, shadow_mode: false, quota_mode: false",
      "shop.limit_shop/fair-use/per-user/per-user-1h.key: unit=HOUR requests_per_unit=200, shadow_mode: false, quota_mode: false",
    ]);
  }),
);

test(
  "two sidecars share a limit of several rates, down to its last token",
  where(async (service) => {
    const sidecars = [sidecar(), sidecar()];
    let allowed = 0;
    for (let i = 0; i < 260; i++) {
      const one = sidecars[i % 2];
      if (one && (await ask(one, service, 0b01)) === Answer.Allowed) allowed++;
    }
    // What a sidecar has leased and not used is all that may be missing.
    expect(allowed).toBeLessThanOrEqual(200);
    expect(allowed).toBeGreaterThanOrEqual(200 - 2 * 3);
    // Most did not ask, and of those over the limit nearly none.
    const calls = sidecars.reduce((sum, { host }) => sum + host.grpcCalls.length, 0);
    expect(calls).toBeLessThan(120);
  }),
);

test(
  "a limit with one rate and a key of its own",
  where(async (service) => {
    const one = sidecar();
    const answers: Answer[] = [];
    for (let i = 0; i < 9; i++) answers.push(await ask(one, service, 0b10));
    expect(answers).toEqual([...Array<Answer>(7).fill(Answer.Allowed), Answer.Limited, Answer.Limited]);
    const [call] = one.host.grpcCalls;
    const { descriptors } = decodeRequest(call?.message ?? new Uint8Array());
    const key = descriptors[0]?.entries[1]?.[1] ?? "";
    expect(await service.redis.keys()).toEqual([
      expect.stringMatching(new RegExp(`^shop_limit_shop/fair-use/all/all_key_${key}_\\d+$`)),
    ]);
  }),
);

test.each(["on", "1.5", "~", "1_0", "a: b # c", 'a "quoted" \\ one', "schön", "*", "x\n- y", "  ", "null"])(
  "a domain or a limit that is called `%s` is no other",
  (name) =>
    where(async (service) => {
      const odd: RateLimitConfig = {
        domain: name,
        limits: [{ name: `shop/${name}/a`, rates: [{ item: name, requests: 1, unit: "day" }] }],
      };
      try {
        await service.reloadConfig([renderRateLimitConfig(odd)]);
        const [limit] = odd.limits;
        const [rate] = limit?.rates ?? [];
        const value = limit && rate ? rateName(limit, rate) : "";
        const request = {
          domain: name,
          descriptors: [
            {
              entries: [
                ["limit", value],
                ["key", "k"],
              ] as const,
            },
          ],
        };
        const answers = [
          await shouldRateLimit(service.grpcPort, request),
          await shouldRateLimit(service.grpcPort, request),
        ];
        expect(answers.map(({ overallCode }) => overallCode)).toEqual([Code.Ok, Code.OverLimit]);
      } finally {
        await service.reloadConfig([renderRateLimitConfig(config)]);
      }
    })(),
);
