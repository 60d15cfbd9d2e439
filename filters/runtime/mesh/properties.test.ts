// Leases against a plain model of the service: several VMs, whatever order things happen in, whatever fails.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "../testing/compile.ts";
import { MeshHost } from "../testing/mesh-host.ts";
import { ModelService } from "../testing/mesh-service.ts";
import { Answer, Sidecar, type Limit, type MeshExports } from "../testing/mesh-sidecar.ts";
import { check } from "../testing/property.ts";

const SECOND = 1_000_000_000n;
const START = 20_000n * 86_400n * SECOND;
const { Allowed, Limited, Waiting, Failed } = Answer;

let start: (host: MeshHost) => Guest<MeshExports>;

beforeAll(async () => {
  const guest = await entry<MeshExports>("mesh");
  start = (host) => guest(host);
});

type Event =
  | {
      readonly is: "request";
      readonly vm: number;
      readonly key: number;
      readonly cost: number;
      readonly limits: number;
    }
  /** Requests of one key that come at once. */
  | { readonly is: "burst"; readonly vm: number; readonly key: number; readonly size: number }
  /** The service takes in a call, and counts. */
  | { readonly is: "arrive"; readonly vm: number; readonly call: number }
  /** A call that has arrived is answered. */
  | { readonly is: "answer"; readonly vm: number; readonly call: number }
  | { readonly is: "fail"; readonly vm: number; readonly call: number }
  | { readonly is: "garbage"; readonly vm: number; readonly call: number; readonly bytes: Uint8Array }
  | { readonly is: "leave"; readonly vm: number; readonly stream: number }
  | { readonly is: "time"; readonly by: bigint };

const VMS = 3;
const vm = fc.nat(VMS - 1);
const call = fc.nat(20);
const requests: fc.Arbitrary<Event>[] = [
  fc.record({
    is: fc.constant("request" as const),
    vm,
    key: fc.nat(2),
    cost: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 0, max: 4 })),
    limits: fc.constantFrom(1, 1, 2, 3),
  }),
  fc.record({ is: fc.constant("burst" as const), vm, key: fc.nat(2), size: fc.integer({ min: 2, max: 40 }) }),
];
const answers: fc.Arbitrary<Event>[] = [
  fc.record({ is: fc.constant("arrive" as const), vm, call }),
  fc.record({ is: fc.constant("answer" as const), vm, call }),
  fc.record({ is: fc.constant("answer" as const), vm, call }),
];
/** No response, whatever follows: there is no field 0. */
const garbage = fc.uint8Array({ maxLength: 8 }).map((bytes) => Uint8Array.of(0, ...bytes));
const troubles: fc.Arbitrary<Event>[] = [
  fc.record({ is: fc.constant("fail" as const), vm, call }),
  fc.record({ is: fc.constant("garbage" as const), vm, call, bytes: garbage }),
  fc.record({ is: fc.constant("leave" as const), vm, stream: fc.nat(50) }),
];
const time = (longest: bigint): fc.Arbitrary<Event> =>
  fc.record({
    is: fc.constant("time" as const),
    by: fc.oneof(fc.bigInt({ min: 0n, max: 50_000_000n }), fc.bigInt({ min: 0n, max: longest })),
  });

const limits: fc.Arbitrary<Limit[]> = fc
  .tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 900 }))
  .map(([a, b, c]) => [
    { rates: [{ name: "a", window: 1, requests: a }], sets: 1 },
    {
      rates: [
        { name: "b", window: 1, requests: b },
        { name: "c", window: 60, requests: c },
      ],
      sets: 1,
    },
  ]);

interface Begun {
  readonly vm: number;
  readonly stream: number;
  readonly at: bigint;
  readonly key: string;
  readonly cost: number;
  readonly limits: number;
}

/** A mesh of several VMs whose calls take as long as the schedule says. */
class Mesh {
  readonly service: ModelService;
  readonly sidecars: Sidecar[];
  readonly begun: Begun[] = [];
  /** Answers that are on their way, by the call's token. */
  readonly #arrived: readonly Map<number, Uint8Array>[];
  readonly #skews: readonly bigint[];

  constructor(limits: readonly Limit[], skews: readonly bigint[], countsRefused: boolean) {
    this.service = new ModelService(
      limits.flatMap(({ rates }) => rates),
      START,
      countsRefused,
    );
    this.#skews = skews;
    this.sidecars = skews.map((skew) => new Sidecar(start, limits, START + skew));
    this.#arrived = skews.map(() => new Map<number, Uint8Array>());
  }

  play(event: Event): void {
    if (event.is === "time") {
      this.service.time += event.by;
      this.sidecars.forEach(({ host }, i) => (host.time = this.service.time + (this.#skews[i] ?? 0n)));
    } else if (event.is === "request") {
      this.#request(event.vm, `key ${event.key}`, event.cost, event.limits);
    } else if (event.is === "burst") {
      for (let i = 0; i < event.size; i++) this.#request(event.vm, `key ${event.key}`, 1, 1);
    } else if (event.is === "leave") this.#sidecar(event.vm).leave(event.stream + 2);
    else this.#progress(event);
  }

  #progress(event: Extract<Event, { call: number }>): void {
    const sidecar = this.#sidecar(event.vm);
    const { openCalls } = sidecar;
    const call = openCalls[event.call % Math.max(openCalls.length, 1)];
    if (call === undefined) return;
    switch (event.is) {
      case "arrive":
        return void this.#arrive(event.vm, call);
      case "answer":
        return sidecar.answer(call, this.#arrive(event.vm, call));
      case "fail":
        return sidecar.close(call, 14);
      case "garbage":
        return sidecar.answer(call, event.bytes);
    }
  }

  /** Every call is answered in the end, or closed. */
  end(): void {
    for (let vm = 0; vm < this.sidecars.length; vm++)
      while (this.#sidecar(vm).openCalls.length > 0) this.play({ is: "answer", vm, call: 0 });
  }

  answersOf({ vm, stream }: Begun): readonly Answer[] {
    return this.#sidecar(vm).answers.get(stream) ?? [];
  }

  #arrive(vm: number, call: { readonly token: number; readonly message: Uint8Array }): Uint8Array {
    const answer = this.#arrived[vm]?.get(call.token) ?? this.service.answer(call.message);
    this.#arrived[vm]?.set(call.token, answer);
    return answer;
  }

  #request(vm: number, key: string, cost: number, limits: number): void {
    const stream = this.#sidecar(vm).request({ key, cost, limits });
    this.begun.push({ vm, stream, at: this.service.time, key, cost, limits });
  }

  #sidecar(vm: number): Sidecar {
    const sidecar = this.sidecars[vm];
    if (!sidecar) throw new Error(`no VM ${vm}`);
    return sidecar;
  }
}

/** So that the service counts in the window in which it is asked: what is asked arrives before the clock moves on. */
function arriveAll(mesh: Mesh, event: Event): void {
  if (event.is !== "time") return;
  mesh.sidecars.forEach(({ openCalls }, vm) => {
    openCalls.forEach((_, call) => mesh.play({ is: "arrive", vm, call }));
  });
}

/** Tokens allowed to requests that began in each window of each rate of a limit, by key. */
function allowed(mesh: Mesh, limit: number, window: number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const begun of mesh.begun) {
    if (((begun.limits >> limit) & 1) === 0 || mesh.answersOf(begun).at(-1) !== Allowed) continue;
    const name = `${begun.key} ${begun.at / (BigInt(window) * SECOND)}`;
    sums.set(name, (sums.get(name) ?? 0) + begun.cost);
  }
  return sums;
}

const schedule = (...events: readonly fc.Arbitrary<Event>[]): fc.Arbitrary<Event[]> =>
  fc.array(fc.oneof(...events), { maxLength: 150, size: "max" });

function run(
  mesh: Mesh,
  events: readonly Event[],
  before: (mesh: Mesh, event: Event) => void = () => {},
): void {
  for (const event of events) {
    before(mesh, event);
    mesh.play(event);
  }
  mesh.end();
}

describe("whatever happens, in whatever order", () => {
  const anything = schedule(...requests, ...answers, ...troubles, time(2n * SECOND));
  const skew = fc.bigInt({ min: -2n * SECOND, max: 2n * SECOND });

  test("every request is decided once all calls have ended, and waits at most once", () => {
    const property = fc.property(
      limits,
      fc.tuple(skew, skew, skew),
      fc.boolean(),
      anything,
      (limits, skews, counts, events) => {
        const mesh = new Mesh(limits, skews, counts);
        run(mesh, events);
        const gone = new Set(
          events.flatMap((event) => (event.is === "leave" ? [`${event.vm} ${event.stream + 2}`] : [])),
        );
        for (const begun of mesh.begun) {
          const answers = mesh.answersOf(begun);
          if (answers.length === 1 && answers[0] === Waiting)
            expect(gone).toContain(`${begun.vm} ${begun.stream}`);
          else if (answers.length === 2) expect(answers[0]).toBe(Waiting);
          else expect([Allowed, Limited, Failed]).toContain(answers[0]);
          expect(answers.length).toBeLessThanOrEqual(2);
        }
      },
    );
    check(property, 200);
  });
});

describe("with one clock, and a service that counts when it is asked", () => {
  test("no window allows more than the limit", () => {
    const events = schedule(...requests, ...requests, ...answers, ...troubles, time(SECOND));
    const property = fc.property(limits, fc.boolean(), events, (limits, counts, events) => {
      const mesh = new Mesh(limits, [0n, 0n, 0n], counts);
      run(mesh, events, arriveAll);
      limits.forEach(({ rates }, i) => {
        for (const { window, requests } of rates)
          for (const [name, sum] of allowed(mesh, i, window))
            if (sum > requests) throw new Error(`${sum} of ${requests} in ${window} s: ${name}`);
      });
    });
    check(property, 250);
  });

  test("nobody is limited in a window in which the service refuses nobody", () => {
    const events = schedule(...requests, ...requests, ...answers, ...troubles, time(SECOND));
    const property = fc.property(limits, fc.boolean(), events, (limits, counts, events) => {
      const mesh = new Mesh(limits, [0n, 0n, 0n], counts);
      run(mesh, events, arriveAll);
      const refused = new Set(
        [...mesh.service.refused].map((name) => name.replace(/^limit=(.),key=.* /, "$1 ")),
      );
      for (const begun of mesh.begun) {
        if (mesh.answersOf(begun).at(-1) !== Limited) continue;
        const asked = limits.filter((_, i) => ((begun.limits >> i) & 1) !== 0);
        // What costs more than a window has need not be asked.
        if (asked.some(({ rates }) => rates.some(({ requests }) => requests < begun.cost))) continue;
        const windows = asked.flatMap(({ rates }) =>
          rates.map(({ name, window }) => `${name} ${begun.at / (BigInt(window) * SECOND)}`),
        );
        if (!windows.some((window) => refused.has(window)))
          throw new Error(`none of ${windows.join(", ")} is refused`);
      }
    });
    check(property, 250);
  });
});

describe("with clocks of their own", () => {
  test("a window allows at most three leases more for each VM, and what waited over its end", () => {
    const skew = fc.bigInt({ min: -SECOND / 2n, max: SECOND / 2n });
    const events = schedule(...requests, ...requests, ...answers, time(SECOND / 4n));
    const property = fc.property(limits, fc.tuple(skew, skew, skew), events, (limits, skews, events) => {
      const mesh = new Mesh(limits, skews, true);
      run(mesh, events, arriveAll);
      limits.forEach(({ rates }, i) => {
        const largest = Math.max(1, Math.floor(Math.min(...rates.map(({ requests }) => requests)) / 64));
        for (const { window, requests } of rates)
          for (const [name, sum] of allowed(mesh, i, window)) {
            // A lease of a request that costs more than the largest is as large as its cost.
            const most = requests + 3 * Math.max(largest, 4) * VMS;
            if (sum > most) throw new Error(`${sum} of ${requests} in ${window} s: ${name}`);
          }
      });
    });
    check(property, 250);
  });
});
