// Limits on requests under way, in an Envoy: however a stream ends, what it held is there again.
import http2 from "node:http2";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { PackagedFilter } from "../../compiler/index.ts";
import { eventually } from "../../filters/testing/index.ts";
import { openRequest, type OpenRequest } from "./client.ts";
import { load } from "./load.ts";
import { compiled, withLimits, type LimitedProxy } from "./proxy.ts";

const MOST = 3;

/** The limit counts what comes below `/hold`, in three phases and with other limits behind it. */
const policies = (scope: "worker" | "proxy"): string => `
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: under-way, namespace: test }
spec:
  phase: BeforeAuthentication
  limits:
    early:
      when: [{ predicate: "!request.url_path.startsWith('/free')" }]
      algorithm: concurrency
      rates: [{ limit: ${MOST} }]
      scope: ${scope}
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: under-way-late, namespace: test }
spec:
  limits:
    late:
      when: [{ predicate: "!request.url_path.startsWith('/free')" }]
      algorithm: concurrency
      rates: [{ limit: ${MOST} }]
      scope: ${scope}
    quota:
      when: [{ predicate: "request.url_path == '/quota'" }]
      rates: [{ limit: 1, window: 300d }]
      scope: ${scope}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: gate, namespace: test }
spec:
  action: DENY
  rules: [{ to: [{ operation: { paths: ["/denied"] } }] }]
`;

let filters: Readonly<Record<"worker" | "proxy", PackagedFilter>>;
beforeAll(async () => {
  const [worker, proxy] = await compiled(policies("worker"), policies("proxy"));
  filters = { worker: worker.filter, proxy: proxy.filter };
});

/** Opens streams on one HTTP/2 connection, and resets all of them. */
async function resetAll(port: number, streams: number): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  // An Envoy that has seen enough of this may hang up.
  session.on("error", () => undefined);
  const ended = Array.from({ length: streams }, (_, i) => {
    const stream = session.request({ ":path": i % 2 === 0 ? "/hold" : "/passes" });
    stream.on("error", () => undefined);
    if (i % 3 === 0) stream.close(http2.constants.NGHTTP2_CANCEL);
    else stream.on("ready", () => stream.close(http2.constants.NGHTTP2_CANCEL));
    return new Promise((resolve) => stream.on("close", resolve));
  });
  await Promise.all(ended);
  await new Promise<void>((resolve) => session.close(resolve));
}

describe.each([
  ["worker", 1],
  ["proxy", 4],
] as const)("scope: %s, with %d workers", (scope, concurrency) => {
  /** Opens as many as there may be, and shows that there may be no more. */
  async function fill(proxy: LimitedProxy): Promise<OpenRequest[]> {
    const { port, upstream } = proxy;
    const open: OpenRequest[] = [];
    for (let i = 0; i < MOST; i++) {
      // The stream before may be about to end; one that is refused ends at once.
      await eventually(async () => {
        const request = openRequest(port, "/hold");
        await Promise.race([request.status, upstream.holds(i + 1)]);
        if (upstream.held() !== i + 1) throw new Error(`of ${MOST} only ${i} are under way`);
        open.push(request);
      });
    }
    const { status, headers } = await proxy.get("/hold");
    expect(status).toBe(429);
    const told = headers.filter(([name]) => name.startsWith("ratelimit"));
    expect(told).toContainEqual(["ratelimit-policy", `"early";q=${MOST};qu="concurrent-requests"`]);
    return open;
  }

  const statuses = (open: readonly OpenRequest[]): Promise<number[]> =>
    Promise.all(open.map(({ status }) => status));
  const each = (of: () => void): void => {
    for (let i = 0; i < MOST; i++) of();
  };

  test("however streams end, as many may be under way as before", () =>
    withLimits(filters[scope], { concurrency }, async (proxy) => {
      const { upstream } = proxy;
      const answered = await fill(proxy);
      each(() => upstream.release());
      expect(await statuses(answered)).toEqual([200, 200, 200]);

      const left = await fill(proxy);
      for (const request of left) request.hangUp();
      await upstream.holds(0);

      const broken = await fill(proxy);
      each(() => upstream.hangUp());
      expect(await statuses(broken)).toEqual([503, 503, 503]);

      // What the filter itself refuses, before and behind the second limit, one after the other and many at once.
      for (let i = 0; i < 2 * MOST; i++)
        await eventually(async () => expect((await proxy.get("/denied")).status).toBe(403));
      await eventually(async () => expect((await proxy.get("/quota")).status).toBe(200));
      for (let i = 0; i < 2 * MOST; i++)
        await eventually(async () =>
          expect((await proxy.get("/quota")).headers).toContainEqual([
            "x-tollgate-details",
            "tollgate:rate-limiting:test/under-way-late:limits.quota",
          ]),
        );
      for (const path of ["/denied", "/quota", "/passes"]) await load(proxy.port, path, 300);

      // Streams of one connection that are reset as soon as they are open, again and again.
      for (let round = 0; round < 20; round++) await resetAll(proxy.port, 20);
      await upstream.holds(0);

      for (const request of await fill(proxy)) request.hangUp();
      await upstream.holds(0);
      await fill(proxy);
    }));

  test("also where the route's time is over", () =>
    withLimits(filters[scope], { concurrency, timeout: "0.4s" }, async (proxy) => {
      const { port, upstream } = proxy;
      for (let round = 0; round < 3; round++) {
        await eventually(async () => {
          const open = Array.from({ length: MOST }, () => openRequest(port, "/hold"));
          expect(await statuses(open)).toEqual([504, 504, 504]);
        });
        await upstream.holds(0);
      }
    }));
});
