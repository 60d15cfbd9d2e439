// The reference of the rate-limiting stage itself: what it counts by, takes, gives back and tells.
import { describe, expect, test } from "@jest/globals";
import { ended, interpret, LimitState, responded, type Decision, type Request } from "./interpret.ts";
import type { KeyPart, Limit, Program } from "./program.ts";

const SECOND = 1_000_000_000n;
const NOW = 1_800_000_000n * SECOND;
const span = {
  file: { path: "", text: "", lineStarts: [] },
  start: 0,
  end: 0,
} as unknown as Limit["origin"]["span"];

function limit(of: Partial<Limit>): Limit {
  const name = of.name ?? "a";
  return {
    origin: { policy: "test/limits", part: `limits.${name}`, span },
    name,
    phase: "after-authorization",
    when: { op: "constant", value: true },
    key: [],
    algorithm: "token-bucket",
    rates: [{ item: name, limit: 2, window: 60n * SECOND, burst: 2, words: "" }],
    cost: { kind: "constant", value: 1 },
    scope: "worker",
    maxKeys: 100,
    shadow: false,
    answer: { headers: [] },
    onError: "deny",
    fields: "off",
    ...of,
  };
}

function program(limits: readonly Limit[], denied = false): Program {
  return {
    bundle: "test",
    policies: [],
    authorization: { deny: [], allow: [], anyAllowPolicy: denied, observers: [] },
    limits,
    routes: [],
    backends: [],
    responses: {
      denied: { status: 403, body: "no" },
      unauthenticated: { status: 401, body: "who" },
      limited: { status: 429, body: "slow down" },
    },
  };
}

type Headers = Request["headers"];
const request = (headers: Headers = [], more: Partial<Request> = {}): Request => ({
  headers: [[":method", "GET"], [":path", "/"], [":authority", "a.test"], ...headers],
  ...more,
});
const at = (path: string): Request => ({
  headers: [
    [":method", "GET"],
    [":path", path],
  ],
});
const forwarded = (...values: string[]): Request =>
  request(
    values.map((value) => ["x-forwarded-for", value] as const),
    { peer: "10.0.0.1" },
  );

/** Whether requests share a key: a limit of one lets through one of those that do. */
function share(part: KeyPart, ...requests: Request[]): boolean[] {
  const only = limit({ key: [part], rates: [{ item: "a", limit: 1, window: SECOND, burst: 1, words: "" }] });
  const state = new LimitState();
  return requests.map((r) => interpret(program([only]), r, NOW, state).kind === "refuse");
}

describe("keys", () => {
  const query: KeyPart = { kind: "query", name: "user" };
  test("of a query parameter are its value, percent-decoded, and a plus is a plus", () => {
    expect(share(query, at("/?user=a+b"), at("/x?b=1&%75ser=a%2bb#user=c"), at("/?user=a%20b"))).toEqual([
      ...[false, true, false],
    ]);
  });

  test("of an absent parameter are one, an empty one's another, and one for all that repeat it", () => {
    const absent = [at("/"), at("/?"), at("/#?user=a"), at("/?users=a")];
    expect(share(query, ...absent)).toEqual([false, true, true, true]);
    expect(share(query, at("/"), at("/?user"), at("/?user="))).toEqual([false, false, true]);
    const repeated = [
      at("/?user=a&user=b"),
      at("/?user=c&user=d&user="),
      at("/?user=a"),
      at("/?user=repeated"),
    ];
    expect(share(query, ...repeated)).toEqual([false, true, false, false]);
  });

  test("of a cookie are the first of its name", () => {
    const cookie: KeyPart = { kind: "cookie", name: "id" };
    const [one, same, other] = ["id=a; id=b", "x=1;id=a", "id=b"].map((value) =>
      request([["cookie", value]]),
    );
    expect(share(cookie, request(), one as Request, same as Request, other as Request)).toEqual([
      ...[false, false, true, false],
    ]);
  });

  test("of a claim are all of its texts in order", () => {
    const claim: KeyPart = { kind: "claim", path: ["groups"] };
    const of = (groups: unknown): Request => request([], { claims: { groups } });
    const lists = [of(["a", "b"]), of(["b", "a"]), of(["a", "b"]), of(["ab"]), of("ab"), of(1), request()];
    expect(share(claim, ...lists)).toEqual([false, false, true, false, true, false, true]);
  });

  test("of a path do not hold the query", () => {
    expect(share({ kind: "path" }, at("/a?x"), at("/a#y"), at("/b"))).toEqual([false, true, false]);
  });

  test("of the client are the address that stands so far from the right", () => {
    const hops = (count: number): KeyPart => ({ kind: "peer", v4Bits: 32, v6Bits: 64, hops: count });
    const peer = request([], { peer: "10.0.0.1" });
    // What clients write stands at the left and moves nothing.
    expect(
      share(hops(1), forwarded("9.9.9.9"), forwarded("1.1.1.1", " 9.9.9.9 "), forwarded("9.9.9.9, 1.1.1.1")),
    ).toEqual([false, true, false]);
    expect(share(hops(2), forwarded("8.8.8.8,9.9.9.9"), forwarded(",,", "8.8.8.8\t", "9.9.9.9"))).toEqual([
      false,
      true,
    ]);
    expect(
      share(hops(1), forwarded("2001:db8::1"), forwarded("2001:db8::ffff"), forwarded("::ffff:9.9.9.9")),
    ).toEqual([false, true, false]);
    // Fewer entries, or what is no address: the peer's own.
    const none = [
      forwarded("9.9.9.9,"),
      forwarded("9.9.9.9:80"),
      forwarded("unknown"),
      forwarded("[::1]"),
      request(),
    ];
    expect(share(hops(1), peer, ...none)).toEqual([false, true, true, true, true, false]);
    expect(share(hops(3), peer, forwarded("8.8.8.8,9.9.9.9"))).toEqual([false, true]);
    expect(share(hops(0), peer, forwarded("9.9.9.9"))).toEqual([false, true]);
  });
});

/** Interprets a limit's requests one after the other. */
function asking(limits: readonly Limit[]): (now?: bigint, r?: Request) => Decision {
  const state = new LimitState();
  return (now = NOW, r = request()) => interpret(program(limits), r, now, state);
}

describe("requests under way", () => {
  const atOnce = limit({
    algorithm: "concurrency",
    rates: [{ item: "a", limit: 2, window: 0n, burst: 2, words: "" }],
  });

  test("give back what they took when they end", () => {
    const ask = asking([atOnce]);
    const [first, second, third] = [ask(), ask(), ask()];
    expect([first.kind, second.kind, third.kind]).toEqual(["forward", "forward", "refuse"]);
    expect(third).toMatchObject({ retryAfter: 1 });
    ended(first.outstanding ?? [], NOW);
    expect([ask().kind, ask().kind]).toEqual(["forward", "refuse"]);
  });

  test("that something behind refuses give it back likewise", () => {
    const early = { ...atOnce, phase: "before-authentication" as const };
    const state = new LimitState();
    const ask = (): Decision => interpret(program([early], true), request(), NOW, state);
    const [first, , third] = [ask(), ask(), ask()];
    expect([first, third].map((d) => d.kind === "refuse" && d.status)).toEqual([403, 429]);
    ended(first.outstanding ?? [], NOW);
    expect(ask()).toMatchObject({ status: 403 });
  });
});

describe("costs that responses tell", () => {
  const told = limit({
    cost: { kind: "response-header", name: "x-cost" },
    rates: [{ item: "a", limit: 10, window: 60n * SECOND, burst: 10, words: "" }],
    fields: "draft",
  });
  const left = (decision: Decision): number | undefined =>
    decision.kind === "forward" ? decision.limits[0]?.left : undefined;
  const after = (...headers: (readonly [string, string])[]): number | undefined => {
    const ask = asking([told]);
    ended(responded(ask().outstanding ?? [], headers, NOW), NOW);
    return left(ask());
  };

  test("take nothing before, and then what they say", () => {
    const ask = asking([told]);
    const [first, second] = [ask(), ask()];
    expect([left(first), left(second)]).toEqual([10, 10]);
    responded(first.outstanding ?? [], [["x-cost", "7"]], NOW);
    expect(left(ask())).toBe(3);
    responded(second.outstanding ?? [], [["x-cost", "1000"]], NOW);
    expect(ask().kind).toBe("refuse");
    expect(left(ask(NOW + 6n * SECOND))).toBe(1);
  });

  test.each([
    ["0", 10],
    ["3", 7],
    ["007", 3],
    ["99999999999999999999999999", undefined],
    ["", 9],
    ["-1", 9],
    ["+5", 9],
    ["1.5", 9],
    ["5, 7", 9],
    ["5 ", 9],
    ["0x5", 9],
  ])("of `%s` leave %s", (value, wanted) => {
    expect(after(["x-cost", value])).toBe(wanted);
  });

  test("of a repeated header are the largest, of none and of a stream without a response 1", () => {
    expect(after(["x-cost", "2"], ["x-cost", "5"], ["x-cost", "x"])).toBe(5);
    expect(after(["x-costs", "5"])).toBe(9);
    const ask = asking([told]);
    ended(ask().outstanding ?? [], NOW);
    expect(left(ask())).toBe(9);
  });
});

describe("answers", () => {
  const tight = limit({ name: "tight", fields: "draft" });
  const loose = limit({
    name: "loose",
    fields: "draft",
    rates: [{ item: "loose", limit: 50, window: 700_000_000n, burst: 20, words: "" }],
  });
  const shadow = limit({ name: "shadow", shadow: true, fields: "draft" });
  const elsewhere = limit({ name: "elsewhere", fields: "draft", when: { op: "constant", value: false } });

  test("tell what is left of all limits that were asked", () => {
    const decision = asking([tight, loose, shadow, elsewhere])();
    expect(decision.kind === "forward" && decision.response).toEqual([
      { op: "set", name: "ratelimit-policy", value: '"tight";q=2;w=60, "loose";q=50;w=1' },
      { op: "set", name: "ratelimit", value: '"tight";r=1;t=30, "loose";r=19;t=1' },
    ]);
  });

  test("of a refusal tell of the limit that refuses, behind what its policy says", () => {
    const answer = { status: 420, headers: [["x-why", "you"]] as const };
    const ask = asking([loose, { ...tight, answer }]);
    ask();
    ask();
    expect(ask()).toMatchObject({
      status: 420,
      body: "slow down",
      retryAfter: 30,
      headers: [
        ["x-why", "you"],
        ["ratelimit-policy", '"tight";q=2;w=60'],
        ["ratelimit", '"tight";r=0;t=30'],
      ],
    });
  });

  test("of a limit that is only tried out are none, and it takes only where it would allow", () => {
    const ask = asking([shadow]);
    expect([ask(), ask(), ask()].map(({ kind }) => kind)).toEqual(["forward", "forward", "forward"]);
    expect(ask(NOW + 30n * SECOND).kind).toBe("forward");
  });
});
