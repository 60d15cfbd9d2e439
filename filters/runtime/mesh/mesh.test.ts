// Limits that a service counts: what requests are told, what the service is asked, and what becomes of it when it fails.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { Code, decodeRequest, encodeResponse } from "../../../runtime-tests/rate-limit-service/messages.ts";
import { entry, type Guest } from "../testing/compile.ts";
import { MeshHost } from "../testing/mesh-host.ts";
import { ModelService } from "../testing/mesh-service.ts";
import {
  Answer,
  CLUSTER,
  DOMAIN,
  Sidecar,
  TIMEOUT_MS,
  type Limit,
  type MeshExports,
} from "../testing/mesh-sidecar.ts";

const MS = 1_000_000n;
const SECOND = 1000n * MS;
/** The start of a day. */
const START = 20_000n * 86_400n * SECOND;

const { Allowed, Limited, Waiting, Failed } = Answer;

let start: (host: MeshHost) => Guest<MeshExports>;

beforeAll(async () => {
  const guest = await entry<MeshExports>("mesh");
  start = (host) => guest(host);
});

const perMinute = (requests: number, name = "shop/fair-use/a"): Limit => ({
  rates: [{ name, window: 60, requests }],
});

/** A sidecar and the service that it asks, on one clock. */
class Mesh {
  readonly sidecar: Sidecar;
  readonly service: ModelService;

  constructor(
    limits: readonly Limit[],
    options: { countsRefused?: boolean; time?: bigint; known?: Limit[] } = {},
  ) {
    const { time = START, known = limits } = options;
    this.sidecar = new Sidecar(start, limits, time);
    this.service = new ModelService(
      known.flatMap(({ rates }) => rates),
      time,
      options.countsRefused,
    );
  }

  get now(): bigint {
    return this.service.time;
  }

  wait(nanoseconds: bigint): void {
    this.service.time += nanoseconds;
    this.sidecar.host.time = this.service.time;
  }

  /** Answers all calls that are under way, and those that follow from that. */
  answer(): void {
    for (let call = this.sidecar.openCalls[0]; call; call = this.sidecar.openCalls[0])
      this.sidecar.answer(call, this.service.answer(call.message));
  }

  fail(): void {
    for (let call = this.sidecar.openCalls[0]; call; call = this.sidecar.openCalls[0])
      this.sidecar.close(call, 14);
  }

  /** What a request is told in the end. */
  ask(key = "a", cost = 1, limits = 1): Answer {
    const stream = this.sidecar.request({ key, cost, limits });
    this.answer();
    return this.sidecar.lastAnswer(stream);
  }

  /** How many tokens each call so far asked for. */
  get asked(): number[] {
    return this.sidecar.host.grpcCalls.map(({ message }) => decodeRequest(message).hitsAddend ?? 0);
  }

  get calls(): number {
    return this.sidecar.host.grpcCalls.length;
  }
}

const times = <T>(count: number, what: () => T): T[] => Array.from({ length: count }, what);
const count = (answers: readonly Answer[], wanted: Answer): number =>
  answers.filter((answer) => answer === wanted).length;

describe("a request", () => {
  test("waits for the service, and is decided by its answer", () => {
    const mesh = new Mesh([perMinute(10)]);
    const stream = mesh.sidecar.request({ key: "a" });
    expect(mesh.sidecar.answers.get(stream)).toEqual([Waiting]);
    mesh.answer();
    expect(mesh.sidecar.answers.get(stream)).toEqual([Waiting, Allowed]);
  });

  test("is asked for by the limit's rates and the key's digest, on the root context, with a timeout", () => {
    const mesh = new Mesh([{ rates: [...perMinute(10).rates, { name: "b", window: 3600, requests: 100 }] }]);
    mesh.ask("a", 3);
    const [call] = mesh.sidecar.host.grpcCalls;
    expect(call).toMatchObject({ cluster: CLUSTER, timeout: TIMEOUT_MS, context: 1 });
    expect(call?.method).toBe("/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit");
    const { domain, descriptors, hitsAddend } = decodeRequest(call?.message ?? new Uint8Array());
    expect([domain, hitsAddend]).toEqual([DOMAIN, 3]);
    const keys = descriptors.map(({ entries }) => entries.find(([key]) => key === "key")?.[1]);
    expect(descriptors.map(({ entries }) => entries[0])).toEqual([
      ["limit", "shop/fair-use/a"],
      ["limit", "b"],
    ]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  test("that costs nothing asks nobody", () => {
    const mesh = new Mesh([perMinute(1)]);
    expect(times(5, () => mesh.ask("a", 0))).toEqual(times(5, () => Allowed));
    expect(mesh.calls).toBe(0);
  });

  test("that costs more than a whole window has is refused, and nothing is consumed", () => {
    const mesh = new Mesh([perMinute(10)]);
    expect([11, 2 ** 32 + 1, 2 ** 53].map((cost) => mesh.ask("a", cost))).toEqual(times(3, () => Limited));
    expect([mesh.calls, mesh.ask("a", 10)]).toEqual([0, Allowed]);
  });

  test("that meets more limits when it is decided again waits for them, too, but not for ever", () => {
    const mesh = new Mesh([perMinute(10, "a"), perMinute(10, "b"), perMinute(10, "c")]);
    const { sidecar } = mesh;
    const step = (): void => {
      for (const call of [...sidecar.openCalls]) sidecar.answer(call, mesh.service.answer(call.message));
    };
    const twice = sidecar.request({ key: "a", limits: 0b001 });
    sidecar.askMore(twice, 0b011);
    step();
    step();
    expect(sidecar.answers.get(twice)).toEqual([Waiting, Waiting, Allowed]);
    expect(mesh.asked).toEqual([1, 1]);
    const thrice = sidecar.request({ key: "b", limits: 0b001 });
    sidecar.askMore(thrice, 0b011);
    step();
    sidecar.askMore(thrice, 0b111);
    step();
    expect(sidecar.answers.get(thrice)).toEqual([Waiting, Waiting, Failed]);
  });

  test("does not wait for a limit that is only tried out, which counts all the same", () => {
    const mesh = new Mesh([perMinute(2)]);
    const ask = (): Answer => mesh.sidecar.lastAnswer(mesh.sidecar.request({ key: "a", shadow: 1 }));
    for (let i = 0; i < 6; i++) {
      expect(ask()).toBe(Allowed);
      mesh.answer();
    }
    expect(mesh.asked.length).toBeGreaterThanOrEqual(2);
    expect(mesh.asked.length).toBeLessThan(6);
  });

  test("takes no token where its client has gone meanwhile: the next one has it", () => {
    const mesh = new Mesh([perMinute(10)]);
    const gone = mesh.sidecar.request({ key: "a" });
    mesh.sidecar.leave(gone);
    mesh.answer();
    expect(mesh.sidecar.answers.get(gone)).toEqual([Waiting]);
    expect([mesh.sidecar.ask("a"), mesh.calls]).toEqual([Allowed, 1]);
  });
});

describe("a limit", () => {
  test.each([1, 7, 64, 200, 6400])("of %i allows as many in each window, and no more", (requests) => {
    const mesh = new Mesh([perMinute(requests)]);
    for (let window = 0; window < 3; window++) {
      const answers = times(requests + 50, () => mesh.ask());
      expect(answers.slice(0, requests).every((answer) => answer === Allowed)).toBe(true);
      expect(answers.slice(requests).every((answer) => answer === Limited)).toBe(true);
      mesh.wait(60n * SECOND);
    }
  });

  test("counts each key by itself", () => {
    const mesh = new Mesh([perMinute(2)]);
    expect(["a", "b", "a", "b", "a", "b"].map((key) => mesh.ask(key))).toEqual([
      ...times(4, () => Allowed),
      ...times(2, () => Limited),
    ]);
  });

  test("of several rates allows what all of them allow", () => {
    const rates = [
      { name: "m", window: 60, requests: 5 },
      { name: "h", window: 3600, requests: 8 },
    ];
    const mesh = new Mesh([{ rates }], { countsRefused: false });
    expect(
      count(
        times(10, () => mesh.ask()),
        Allowed,
      ),
    ).toBe(5);
    mesh.wait(60n * SECOND);
    expect(
      count(
        times(10, () => mesh.ask()),
        Allowed,
      ),
    ).toBe(3);
    const calls = mesh.calls;
    mesh.wait(60n * SECOND);
    // The hour's end is remembered.
    expect([mesh.ask(), mesh.calls]).toEqual([Limited, calls]);
    mesh.wait(3480n * SECOND);
    expect(mesh.ask()).toBe(Allowed);
  });

  test("that refuses is not asked again before its window ends, however many come", () => {
    const mesh = new Mesh([perMinute(5)]);
    mesh.wait(20n * SECOND);
    times(6, () => mesh.ask());
    const calls = mesh.calls;
    expect(
      count(
        times(1000, () => mesh.ask()),
        Limited,
      ),
    ).toBe(1000);
    mesh.wait(40n * SECOND - 1n);
    expect(mesh.ask()).toBe(Limited);
    expect(mesh.calls).toBe(calls);
    mesh.wait(1n);
    expect(mesh.ask()).toBe(Allowed);
  });

  test("several in one request: one that refuses gives back what the others gave", () => {
    const mesh = new Mesh([perMinute(6400, "a"), perMinute(1, "b")]);
    mesh.wait(30n * SECOND);
    // A lease of the first, so that it answers at once.
    times(200, () => mesh.ask("a", 1, 0b01));
    expect([mesh.ask("a", 1, 0b11), mesh.ask("a", 1, 0b11)]).toEqual([Allowed, Limited]);
    const calls = mesh.calls;
    expect(
      count(
        times(5000, () => mesh.ask("a", 1, 0b11)),
        Limited,
      ),
    ).toBe(5000);
    expect(mesh.calls).toBe(calls);
  });

  test("several in one request are asked together, and it waits once", () => {
    const mesh = new Mesh([perMinute(10, "a"), perMinute(10, "b"), perMinute(10, "c")]);
    const stream = mesh.sidecar.request({ key: "a", limits: 0b111 });
    expect(mesh.sidecar.openCalls).toHaveLength(3);
    for (const call of [...mesh.sidecar.openCalls].reverse()) {
      expect(mesh.sidecar.answers.get(stream)).toEqual([Waiting]);
      mesh.sidecar.answer(call, mesh.service.answer(call.message));
    }
    expect(mesh.sidecar.answers.get(stream)).toEqual([Waiting, Allowed]);
    expect(mesh.calls).toBe(3);
  });

  test("of which the others say what is left, and when it is over", () => {
    const mesh = new Mesh([perMinute(3)]);
    const { exports } = mesh.sidecar.guest;
    mesh.wait(10n * SECOND);
    mesh.ask();
    expect([exports.meshRemaining(0), exports.meshReset(0)]).toEqual([2, 50n * SECOND]);
    times(3, () => mesh.ask());
    mesh.wait(5n * SECOND);
    mesh.ask();
    expect([exports.meshRemaining(0), exports.meshRetryAfter()]).toEqual([0, 45n * SECOND]);
  });
});

describe("leases", () => {
  test("make most requests wait for nobody", () => {
    const mesh = new Mesh([perMinute(6400)]);
    let waited = 0;
    for (let i = 0; i < 6000; i++) {
      if (mesh.sidecar.ask("a") === Waiting) waited++;
      mesh.answer();
      mesh.wait(5n * MS);
    }
    expect(waited).toBeLessThan(10);
    expect(mesh.calls).toBeLessThan(250);
  });

  test("are one token at first, and of a 64th of the limit at most", () => {
    const mesh = new Mesh([perMinute(6400)]);
    times(3000, () => mesh.ask());
    expect(mesh.asked.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 64, 100]);
    expect(Math.max(...mesh.asked)).toBe(100);
  });

  test("are small for a key that is asked for seldom", () => {
    const mesh = new Mesh([perMinute(64_000)]);
    for (let i = 0; i < 120; i++) {
      expect(mesh.ask()).toBe(Allowed);
      mesh.wait(SECOND);
    }
    expect(Math.max(...mesh.asked)).toBeLessThanOrEqual(4);
  });

  test("shrink near the limit, so that the last tokens are not lost", () => {
    const mesh = new Mesh([perMinute(6400)]);
    times(6400, () => mesh.ask());
    expect(mesh.asked.at(-1)).toBe(1);
    expect(mesh.asked.reduce((sum, hits) => sum + hits, 0)).toBe(6400);
  });

  test("end with their window", () => {
    const mesh = new Mesh([perMinute(6400)]);
    times(1000, () => mesh.ask());
    const before = mesh.calls;
    mesh.wait(60n * SECOND);
    expect([mesh.sidecar.ask("a"), mesh.calls]).toEqual([Waiting, before + 1]);
  });

  test("end when the clock steps back", () => {
    const mesh = new Mesh([perMinute(6400)]);
    times(1000, () => mesh.ask());
    mesh.wait(-3600n * SECOND);
    expect(mesh.sidecar.ask("a")).toBe(Waiting);
  });

  test("that were asked for in one window are of no use in the next but for those that waited", () => {
    const mesh = new Mesh([perMinute(6400)]);
    mesh.wait(59n * SECOND);
    times(20, () => mesh.ask());
    // One is asked for ahead; then the window ends while requests wait.
    const streams = times(400, () => mesh.sidecar.request({ key: "a" }));
    const waiting = streams.filter((stream) => mesh.sidecar.lastAnswer(stream) === Waiting);
    expect(waiting.length).toBeGreaterThan(0);
    mesh.wait(SECOND);
    mesh.answer();
    expect(waiting.every((stream) => mesh.sidecar.lastAnswer(stream) === Allowed)).toBe(true);
    expect(mesh.sidecar.ask("a")).toBe(Waiting);
  });

  test("serve many that wait at once with few calls, each of them once", () => {
    const mesh = new Mesh([perMinute(64_000)]);
    const streams = times(1000, () => mesh.sidecar.request({ key: "a" }));
    expect(mesh.calls).toBeLessThan(12);
    mesh.answer();
    for (const stream of streams) expect(mesh.sidecar.answers.get(stream)).toEqual([Waiting, Allowed]);
  });

  test("a token is kept for who waits for it: newcomers do not take it", () => {
    const mesh = new Mesh([perMinute(6400)]);
    const first = mesh.sidecar.request({ key: "a" });
    const [call] = mesh.sidecar.openCalls;
    const second = mesh.sidecar.request({ key: "a" });
    if (call) mesh.sidecar.answer(call, mesh.service.answer(call.message));
    expect(mesh.sidecar.lastAnswer(first)).toBe(Allowed);
    const third = mesh.sidecar.request({ key: "a" });
    mesh.answer();
    expect([second, third].map((stream) => mesh.sidecar.answers.get(stream))).toEqual([
      [Waiting, Allowed],
      [Waiting, Allowed],
    ]);
  });

  test("of many whose clients have gone are kept up to two of the largest", () => {
    const mesh = new Mesh([perMinute(6400)]);
    mesh.wait(30n * SECOND);
    const streams = times(1000, () => mesh.sidecar.request({ key: "a" }));
    for (const stream of streams) mesh.sidecar.leave(stream);
    mesh.answer();
    let held = 0;
    while (mesh.sidecar.ask("a") === Allowed) held++;
    expect(held).toBeGreaterThan(100);
    expect(held).toBeLessThanOrEqual(200);
  });

  test("a refusal of several at once is not taken for a refusal of each", () => {
    const mesh = new Mesh([perMinute(64_000)], { countsRefused: false });
    const other = new Sidecar(start, [perMinute(64_000)], START);
    other.ask("a", 63_000);
    for (const call of other.openCalls) other.answer(call, mesh.service.answer(call.message));
    // As many as wait for one call, more than are left.
    expect(mesh.ask()).toBe(Allowed);
    const streams = times(1020, () => mesh.sidecar.request({ key: "a" }));
    mesh.answer();
    const answers = streams.map((stream) => mesh.sidecar.lastAnswer(stream));
    const left = 999 - count(answers, Allowed);
    expect(left).toBeGreaterThan(0);
    expect(times(left, () => mesh.ask())).toEqual(times(left, () => Allowed));
    expect(mesh.ask()).toBe(Limited);
  });

  test("where the service does not count what it refuses, its last tokens are asked for one by one", () => {
    const mesh = new Mesh([perMinute(6400)], { countsRefused: false });
    const other = new Sidecar(start, [perMinute(6400)], START);
    times(3000, () => mesh.ask());
    // Another sidecar takes nearly all that is left, and this one does not know.
    const leased = mesh.asked.reduce((sum, hits) => sum + hits, 0);
    other.ask("a", 6400 - leased - 10);
    for (const call of other.openCalls) other.answer(call, mesh.service.answer(call.message));
    const last = times(200, () => mesh.ask());
    expect(last.lastIndexOf(Allowed)).toBe(leased - 3000 + 10 - 1);
    expect(count(last, Allowed)).toBe(leased - 3000 + 10);
  });
});

describe("a service", () => {
  test.each([
    ["answers with an error", (mesh: Mesh) => mesh.fail()],
    [
      "answers with garbage",
      (mesh: Mesh) => {
        for (const call of mesh.sidecar.openCalls) mesh.sidecar.answer(call, Uint8Array.of(8, 1, 255));
      },
    ],
    [
      "answers with nothing",
      (mesh: Mesh) => {
        for (const call of mesh.sidecar.openCalls) mesh.sidecar.answer(call, new Uint8Array());
      },
    ],
    [
      "answers with other rates",
      (mesh: Mesh) => {
        const statuses = times(2, () => ({ code: Code.Ok, limitRemaining: 9 }));
        const message = encodeResponse({ overallCode: Code.Ok, statuses });
        for (const call of mesh.sidecar.openCalls) mesh.sidecar.answer(call, message);
      },
    ],
    [
      "answers with more than an answer is",
      (mesh: Mesh) => {
        const message = new Uint8Array(16385);
        for (const call of mesh.sidecar.openCalls) mesh.sidecar.answer(call, message);
      },
    ],
  ])("that %s has failed", (_, fail) => {
    const mesh = new Mesh([perMinute(10)]);
    const stream = mesh.sidecar.request({ key: "a" });
    fail(mesh);
    expect(mesh.sidecar.answers.get(stream)).toEqual([Waiting, Failed]);
    expect(mesh.ask()).toBe(Allowed);
  });

  test("that gives no details is believed", () => {
    const mesh = new Mesh([perMinute(10)]);
    const answer = (overallCode: number): Answer => {
      const stream = mesh.sidecar.request({ key: "a" });
      for (const call of mesh.sidecar.openCalls)
        mesh.sidecar.answer(call, encodeResponse({ overallCode, statuses: [] }));
      return mesh.sidecar.lastAnswer(stream);
    };
    expect([answer(Code.Ok), answer(Code.OverLimit)]).toEqual([Allowed, Limited]);
    expect(mesh.sidecar.ask("a")).toBe(Limited);
  });

  test("that there is not fails at once", () => {
    const mesh = new Mesh([perMinute(10)]);
    mesh.sidecar.host.callStatus = 4;
    expect(mesh.sidecar.ask("a")).toBe(Failed);
    mesh.sidecar.host.callStatus = 0;
    expect(mesh.ask()).toBe(Allowed);
  });

  test("that does not know the limit has failed for it, says so once, and is asked again later", () => {
    const mesh = new Mesh([perMinute(10, "new"), perMinute(10, "old")], { known: [perMinute(10, "old")] });
    expect(mesh.ask("a", 1, 0b01)).toBe(Failed);
    expect(mesh.sidecar.host.logs).toEqual([
      "tollgate: the rate limit service ratelimit does not know the limit new",
    ]);
    const calls = mesh.calls;
    expect(times(20, () => mesh.ask("a", 1, 0b01))).toEqual(times(20, () => Failed));
    expect(mesh.calls).toBe(calls);
    // Another limit is not concerned.
    expect(mesh.ask("a", 1, 0b10)).toBe(Allowed);
    mesh.wait(5n * SECOND);
    expect([mesh.ask("a", 1, 0b01), mesh.calls]).toEqual([Failed, calls + 2]);
    expect(mesh.sidecar.host.logs).toHaveLength(1);
  });

  test("that fails three times is left alone, and tried by one call at a time", () => {
    const mesh = new Mesh([perMinute(100)]);
    mesh.wait(SECOND);
    const ask = (key: string): Answer => {
      const stream = mesh.sidecar.request({ key });
      mesh.fail();
      return mesh.sidecar.lastAnswer(stream);
    };
    expect(["a", "b", "c"].map(ask)).toEqual([Failed, Failed, Failed]);
    expect(mesh.sidecar.host.logs).toEqual(["tollgate: the rate limit service ratelimit fails"]);
    // Nobody waits, and nobody asks.
    expect(["d", "e", "f"].map((key) => mesh.sidecar.ask(key))).toEqual([Failed, Failed, Failed]);
    expect(mesh.calls).toBe(3);
    mesh.wait(375n * MS);
    // One may try; the others still do not wait.
    const probe = mesh.sidecar.request({ key: "g" });
    expect(["h", "i"].map((key) => mesh.sidecar.ask(key))).toEqual([Failed, Failed]);
    expect(mesh.calls).toBe(4);
    mesh.fail();
    expect(mesh.sidecar.lastAnswer(probe)).toBe(Failed);
    // Longer now.
    mesh.wait(375n * MS);
    expect(mesh.sidecar.ask("j")).toBe(Failed);
    mesh.wait(375n * MS);
    expect(mesh.ask("k")).toBe(Allowed);
    expect(["l", "m"].map((key) => mesh.ask(key))).toEqual([Allowed, Allowed]);
    expect(mesh.sidecar.host.logs.at(-1)).toBe("tollgate: the rate limit service ratelimit answers again");
  });

  test("is tried within twelve seconds, however long it was away", () => {
    const mesh = new Mesh([perMinute(100)]);
    for (let i = 0; i < 200; i++) {
      mesh.sidecar.request({ key: `${i}` });
      mesh.fail();
      mesh.wait(12n * SECOND);
    }
    expect(mesh.calls).toBe(200);
    expect(mesh.sidecar.host.logs).toHaveLength(1);
  });

  test("of which many calls fail together is left alone for as long as after one", () => {
    const mesh = new Mesh([perMinute(100)]);
    mesh.wait(SECOND);
    times(500, () => mesh.sidecar.request({ key: `${mesh.calls}` }));
    mesh.wait(100n * MS);
    mesh.fail();
    mesh.wait(375n * MS);
    expect(mesh.ask("a")).toBe(Allowed);
  });

  test("that fails while a lease lasts is not missed", () => {
    const mesh = new Mesh([perMinute(6400)]);
    times(500, () => mesh.ask());
    let allowed = 0;
    for (let i = 0; i < 20; i++) {
      if (mesh.sidecar.ask("a") === Allowed) allowed++;
      mesh.fail();
    }
    expect(allowed).toBe(20);
  });

  test("is asked on the stream where the plugin has gone whose context calls are made on", () => {
    const mesh = new Mesh([perMinute(100)]);
    mesh.sidecar.host.contexts.delete(1);
    const stream = mesh.sidecar.request({ key: "a" });
    expect(mesh.sidecar.host.grpcCalls[0]?.context).toBe(stream);
    mesh.answer();
    expect(mesh.sidecar.lastAnswer(stream)).toBe(Allowed);
  });

  test("whose answer never comes does not hold a key for ever", () => {
    const mesh = new Mesh([perMinute(100)]);
    mesh.sidecar.request({ key: "a" });
    mesh.wait(BigInt(TIMEOUT_MS) * MS + SECOND + 1n);
    mesh.sidecar.request({ key: "a" });
    expect(mesh.calls).toBe(2);
  });
});

describe("bounds", () => {
  test("more requests than can wait fail at once, and the others are not lost", () => {
    const mesh = new Mesh([perMinute(100)]);
    const streams = times(1500, () => mesh.sidecar.request({ key: `${mesh.sidecar.answers.size}` }));
    const answers = streams.map((stream) => mesh.sidecar.lastAnswer(stream));
    expect([count(answers, Waiting), count(answers, Failed)]).toEqual([1024, 476]);
    mesh.answer();
    expect(
      count(
        streams.map((stream) => mesh.sidecar.lastAnswer(stream)),
        Allowed,
      ),
    ).toBe(1024);
    // All room is free again.
    const more = times(1024, () => mesh.sidecar.ask(`more ${mesh.sidecar.answers.size}`));
    expect(count(more, Waiting)).toBe(1024);
  });

  test("calls that are lost with their root context make room for others", () => {
    const mesh = new Mesh([perMinute(100)]);
    const streams = times(1024, () => mesh.sidecar.request({ key: `${mesh.sidecar.answers.size}` }));
    mesh.wait(BigInt(TIMEOUT_MS) * MS + SECOND + 1n);
    // The first finds a place for its call, though not yet for itself.
    mesh.sidecar.ask("a");
    mesh.answer();
    expect(mesh.sidecar.lastAnswer(streams[0] ?? 0)).toBe(Failed);
    expect(mesh.ask("b")).toBe(Allowed);
  });

  test("a flood of keys does not make a key at its limit ask again", () => {
    const mesh = new Mesh([{ ...perMinute(1), sets: 1 }]);
    mesh.wait(30n * SECOND);
    expect(times(2, () => mesh.ask("heavy"))).toEqual([Allowed, Limited]);
    for (let i = 0; i < 500; i++) mesh.ask(`flood ${i}`);
    const calls = mesh.calls;
    expect([mesh.ask("heavy"), mesh.calls]).toEqual([Limited, calls]);
  });

  test("memory stays as it is, whatever comes", () => {
    const mesh = new Mesh([{ ...perMinute(100), sets: 4 }]);
    mesh.ask();
    const before = mesh.sidecar.guest.memoryBytes;
    for (let i = 0; i < 5000; i++) mesh.ask(`${i}`.repeat(i % 50));
    expect(mesh.sidecar.guest.memoryBytes).toBe(before);
  });
});

describe("a clock that is not the service's", () => {
  const skewed = (skew: bigint, window: number, requests: number): Mesh => {
    const mesh = new Mesh([{ rates: [{ name: "a", window, requests }] }]);
    mesh.wait = (nanoseconds) => {
      mesh.service.time += nanoseconds;
      mesh.sidecar.host.time = mesh.service.time + skew;
    };
    return mesh;
  };

  /** The share of the limit that is allowed in each window by the service's clock, under a flood. */
  const shares = (mesh: Mesh, window: bigint, requests: number): number[] =>
    times(5, () => {
      let allowed = 0;
      for (let i = 0; i < 400; i++) {
        mesh.wait(window / 400n);
        for (let j = 0; j < Math.ceil(requests / 100); j++) if (mesh.ask() === Allowed) allowed++;
      }
      return allowed / requests;
    });

  test.each([
    ["a tenth of a second ahead", 100n * MS, 1],
    ["a tenth of a second behind", -100n * MS, 1],
    ["half a second ahead", 500n * MS, 1],
    ["three seconds ahead", 3n * SECOND, 60],
    ["three seconds behind", -3n * SECOND, 60],
    ["half a second ahead", 500n * MS, 60],
  ])("%s (%i, window of %i s) still lets nearly all through, and hardly more", (_, skew, window) => {
    const requests = 640;
    const mesh = skewed(skew, window, requests);
    mesh.wait(SECOND / 2n);
    for (const share of shares(mesh, BigInt(window) * SECOND, requests).slice(1)) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThanOrEqual(1 + 3 / 64);
    }
  });
});
