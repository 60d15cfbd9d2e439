// Clients that do not want to be limited: each way around is tried in a real Envoy, and fails.
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { PackagedFilter } from "../../compiler/index.ts";
import { send, type HeaderList, type HttpAnswer } from "../support/http-client.ts";
import { load } from "./load.ts";
import { compiled, withLimits, type LimitedProxy } from "./proxy.ts";

const policies = (scope: "worker" | "proxy"): string => `
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: keys, namespace: test }
spec:
  limits:
    header:
      when: [{ predicate: "request.url_path == '/header'" }]
      key: [{ header: X-User }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
    query:
      when: [{ predicate: "request.url_path == '/query'" }]
      key: [{ query: user }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
    cookie:
      when: [{ predicate: "request.url_path == '/cookie'" }]
      key: [{ cookie: session }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
    peer:
      when: [{ predicate: "request.url_path == '/peer'" }]
      key: [{ sourceCIDR: {} }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
    host:
      when: [{ predicate: "request.url_path == '/host'" }]
      key: [{ header: host }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
    expression:
      when: [{ predicate: "request.url_path == '/expression'" }]
      key: [{ expression: "request.headers['x-user'] + request.headers['x-group']" }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
    weighed:
      when: [{ predicate: "request.url_path == '/weighed'" }]
      cost: "int(request.headers['x-cost'])"
      rates: [{ limit: 10, window: 300d }]
      scope: ${scope}
    whenever:
      when: [{ predicate: "request.headers['x-free'] != 'no' && request.url_path == '/whenever'" }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: behind, namespace: test }
spec:
  trustedHops: 1
  limits:
    forwarded:
      when: [{ predicate: "request.url_path == '/forwarded'" }]
      key: [{ sourceCIDR: {} }]
      rates: [{ limit: 2, window: 300d }]
      scope: ${scope}
`;

type Attempt = readonly [path: string, headers?: HeaderList];

/** How many of these pass; all others are refused by a limit. */
async function passing(proxy: LimitedProxy, attempts: readonly Attempt[]): Promise<number> {
  let passed = 0;
  for (const [path, headers] of attempts) {
    const { status } = await proxy.get(path, headers);
    if (status === 200) passed++;
    else if (status !== 429) throw new Error(`${status} for ${path} ${JSON.stringify(headers)}`);
  }
  return passed;
}

const times = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));
const user = (...values: readonly string[]): HeaderList => values.map((value) => ["x-user", value]);

let filters: Readonly<Record<"worker" | "proxy", PackagedFilter>>;
beforeAll(async () => {
  const [worker, proxy] = await compiled(policies("worker"), policies("proxy"));
  filters = { worker: worker.filter, proxy: proxy.filter };
});

describe.each(["worker", "proxy"] as const)("scope: %s", (scope) => {
  const run = (body: (proxy: LimitedProxy) => Promise<void>): Promise<void> =>
    withLimits(filters[scope], { concurrency: 1 }, body);

  test("another way to write a header is the same key", () =>
    run(async (proxy) => {
      const path = "/header";
      expect(
        await passing(
          proxy,
          times(5, () => [path, user("ann")]),
        ),
      ).toBe(2);
      const spellings: HeaderList[] = [
        [["X-USER", "ann"]],
        [["x-User", "ann"]],
        user(" ann"),
        user("ann  "),
        user("\t ann\t"),
      ];
      expect(
        await passing(
          proxy,
          spellings.map((headers) => [path, headers]),
        ),
      ).toBe(0);
      // Those that repeat it share one, whatever they repeat.
      const repeated = times(20, (i) => [path, user(i % 2 === 0 ? "ann" : `${i}`, `${i}`)] as const);
      expect(
        await passing(proxy, [...repeated, [path, user("ann", "ann", "ann")], [path, user("", "")]]),
      ).toBe(2);
      // As do those without it, and those where it is empty.
      expect(
        await passing(
          proxy,
          times(20, () => [path]),
        ),
      ).toBe(2);
      expect(
        await passing(
          proxy,
          times(20, () => [path, user("")]),
        ),
      ).toBe(2);
      const dropped = times(10, (): Attempt => [path, [...user("bob"), ["connection", "x-user"]]]);
      expect(await passing(proxy, dropped)).toBeLessThanOrEqual(2);
      // Another name is no way to say it either; the listener refuses what upstreams may take for it.
      expect((await proxy.get(path, [["x_user", "ann"]])).status).toBe(400);
    }));

  test("a long key is one as any other", () =>
    run(async (proxy) => {
      for (const size of [255, 256, 257, 8192, 8193, 50_000]) {
        expect(
          await passing(
            proxy,
            times(4, () => ["/header", user("k".repeat(size))]),
          ),
        ).toBe(2);
      }
      const long = "%6b".repeat(2000);
      expect(await passing(proxy, [[`/query?user=${long}`], [`/query?user=${"k".repeat(2000)}`]])).toBe(2);
      expect(
        await passing(
          proxy,
          times(3, () => [`/query?user=${long}`]),
        ),
      ).toBe(0);
    }));

  test("another way to write a query is the same key", () =>
    run(async (proxy) => {
      expect(
        await passing(
          proxy,
          times(3, () => ["/query?user=ann"]),
        ),
      ).toBe(2);
      const spellings = [
        ..."user=%61nn user=a%6en user=%61%6E%6e us%65r=ann %75%73%65%72=%61%6e%6e".split(" "),
        ..."x=1&user=ann user=ann&x=1 &&user=ann&& x&user=ann user=ann&userx=2 xuser=1&user=ann".split(" "),
      ];
      expect(
        await passing(
          proxy,
          spellings.map((query) => [`/query?${query}`]),
        ),
      ).toBe(0);
      const repeated = times(10, (i): Attempt => [`/query?user=ann&us%65r=${i}`]);
      expect(await passing(proxy, repeated)).toBe(2);
      const absent = ["", "?", "?User=ann", "?USER=ann", "?x=user", "?user%00=ann", "?userx=ann"];
      expect(
        await passing(
          proxy,
          absent.map((query) => [`/query${query}`]),
        ),
      ).toBe(2);
      // What is no encoding at all does no harm.
      for (const broken of ["user=%", "user=%6", "user=%zz", "user=%u0061", "%=1&user=%%%"]) {
        expect(
          await passing(
            proxy,
            times(3, () => [`/query?${broken}`]),
          ),
        ).toBeLessThanOrEqual(2);
      }
    }));

  test("the first cookie of the name is the key", () =>
    run(async (proxy) => {
      const cookie = (...values: readonly string[]): Attempt => [
        "/cookie",
        values.map((value) => ["cookie", value]),
      ];
      expect(
        await passing(
          proxy,
          times(3, () => cookie("session=s1")),
        ),
      ).toBe(2);
      const spellings = [
        ...times(10, (i) => cookie(`session=s1; session=${i}`)),
        ...times(10, (i) => cookie("session=s1", `session=${i}`)),
        ...times(10, (i) => cookie(`x=${i};session=s1`)),
        ...times(3, () => cookie("  session=s1  ;;; ")),
      ];
      expect(await passing(proxy, spellings)).toBe(0);
      expect(
        await passing(
          proxy,
          times(9, (i) => cookie(`Session=${i}`, `xsession=${i}`)),
        ),
      ).toBe(2);
    }));

  test("nobody is another peer by saying so", () =>
    run(async (proxy) => {
      const lies = times(8, (i): Attempt[] =>
        [
          "x-forwarded-for",
          "forwarded",
          "x-real-ip",
          "x-envoy-external-address",
          "true-client-ip",
          "tollgate.direct-remote-address",
          "x-tollgate-direct-remote-address",
        ].map((name) => ["/peer", [[name, name === "forwarded" ? `for=10.0.0.${i}` : `10.0.0.${i}`]]]),
      );
      expect(await passing(proxy, lies.flat())).toBe(2);
      const headers: HeaderList = [["host", "limits.test"]];
      const other = await send(proxy.port, { method: "GET", path: "/peer", headers, from: "127.0.0.9" });
      expect(other.status).toBe(200);
    }));

  test("behind one trusted proxy only what that wrote counts", () =>
    run(async (proxy) => {
      const forwarded = (...values: readonly string[]): Attempt => [
        "/forwarded",
        values.map((value) => ["x-forwarded-for", value]),
      ];
      const forged = times(20, (i) => forwarded(`10.0.0.${i}, 9.9.9.9`));
      expect(await passing(proxy, forged)).toBe(2);
      const more = [
        ...times(5, (i) => forwarded(`10.0.0.${i}`, "9.9.9.9")),
        forwarded("9.9.9.9"),
        forwarded("nonsense, ,,\t9.9.9.9 "),
        forwarded("::ffff:9.9.9.9"),
        forwarded(`${"1.1.1.1,".repeat(2000)}9.9.9.9`),
      ];
      expect(await passing(proxy, more)).toBe(0);
      expect(
        await passing(
          proxy,
          times(9, (i) => forwarded(`2001:db8:0:1::${i}`)),
        ),
      ).toBe(2);
      // What is no address is the proxy itself, and all of it together.
      const nonsense = [
        "",
        ",",
        "9.9.9.9,",
        "9.9.9.9:80",
        "unknown",
        "1.2.3",
        "256.1.1.1",
        "::g",
        "a".repeat(9000),
      ];
      expect(await passing(proxy, [...nonsense.map((value) => forwarded(value)), ["/forwarded"]])).toBe(2);
    }));

  test("another way to write a host is the same key, and an expression that errors is one", () =>
    run(async (proxy) => {
      const hosts = ["limits.test", "LIMITS.test", "limits.TEST", "Limits.Test"];
      const statuses: number[] = [];
      for (const host of hosts) {
        const headers: HeaderList = [["host", host]];
        statuses.push((await send(proxy.port, { method: "GET", path: "/host", headers })).status);
      }
      expect(statuses).toEqual([200, 200, 429, 429]);
      const errs = times(20, (i): Attempt => ["/expression", [["x-user", `${i}`]]]);
      expect(await passing(proxy, errs)).toBe(2);
    }));

  test("no number of the client's own pays anything back, or is too large to refuse", () =>
    run(async (proxy) => {
      const cost = (...values: readonly string[]): Attempt => [
        "/weighed",
        values.map((value) => ["x-cost", value]),
      ];
      const bad = [
        ...["-1", "-0x1", "-10", "-9223372036854775808", "-9223372036854775809", "-99999999999999999999999"],
        ...["11", "4294967296", "4294967297", "9223372036854775807", "9223372036854775808"],
        ...["18446744073709551616", "18446744073709551617", "9".repeat(5000), "NaN", "Infinity", "-Infinity"],
        ...["", "1.5", "1e3", "0x1", "1_0", "1,1", "one", "1 1", "\u00b2", "true", "null"],
      ];
      expect(await passing(proxy, [...bad.map((value) => cost(value)), ["/weighed"]])).toBe(0);
      expect(await passing(proxy, [cost("9"), cost("2"), cost("-9"), cost("1"), cost("1")])).toBe(2);
    }));

  test("a condition that errors counts", () =>
    run(async (proxy) => {
      expect(
        await passing(
          proxy,
          times(10, () => ["/whenever"]),
        ),
      ).toBe(2);
      expect(
        await passing(
          proxy,
          times(3, () => ["/whenever", [["x-free", "yes"]]]),
        ),
      ).toBe(0);
    }));

  test("what clients say of limits is not what they are told", () =>
    run(async (proxy) => {
      const lies: HeaderList = [
        ["ratelimit", '"header";r=1000000;t=1'],
        ["ratelimit-policy", '"header";q=1000000;w=1'],
        ["retry-after", "0"],
        ["x-ratelimit-remaining", "1000000"],
        ["x-tollgate-details", "tollgate:none"],
        ["x-tollgate-cluster", "other"],
        ...user("ann"),
      ];
      const answers: HttpAnswer[] = [];
      for (let i = 0; i < 4; i++) answers.push(await proxy.get("/header", lies));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
      answers.forEach(({ headers }, i) => {
        const all = (name: string): string[] => headers.filter(([n]) => n === name).map(([, value]) => value);
        expect(all("ratelimit")).toEqual([
          expect.stringMatching(`^"header";r=${i < 2 ? 1 - i : 0};t=[0-9]+$`),
        ]);
        expect(all("ratelimit-policy")).toEqual(['"header";q=2;w=25920000']);
        expect(all("retry-after").map(Number)).toEqual(i < 2 ? [] : [expect.any(Number)]);
        if (i >= 2) expect(Number(all("retry-after")[0])).toBeGreaterThan(1_000_000);
        expect(all("x-ratelimit-remaining")).toEqual([]);
      });
    }));

  test("no noise makes the filter fail", () =>
    run(async (proxy) => {
      let seed = 20261;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return (seed >>> 8) % below;
      };
      // Every byte that a header's value may have.
      const noise = (): string =>
        String.fromCharCode(...times(random(200), () => random(224) + 32)).replaceAll("\x7f", "");
      const names = ["x-user", "x-user", "cookie", "x-forwarded-for", "x-cost", "x-group", "x-free"];
      const paths = ["header", "query", "cookie", "peer", "expression", "weighed", "whenever", "forwarded"];
      for (const path of paths) {
        const statuses = await load(
          proxy.port,
          `/${path}?${encodeURI(noise()).replaceAll("#", "")}`,
          100,
          () => times(random(12), () => [names[random(names.length)] ?? "", noise()]),
        );
        const { 200: passed = 0, 429: refused = 0, ...others } = statuses;
        expect([path, passed + refused, others]).toEqual([path, 100, {}]);
      }
    }));
});
