// Values that a filter is given when it is loaded: it must decide and tell as one into whose policies they are written, and as
// the interpreter does; also where several configurations stand side by side in one VM.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Assembler, check, compile, renderDiagnostics, type PackagedFilter } from "../compiler/index.ts";
import {
  FilterModule,
  HeaderMap,
  SharedState,
  toBytes,
  Vm,
  VmStartError,
  type VmOptions,
} from "../host/index.ts";
import type { LimitedRequest } from "./support/limit-arbitraries.ts";
import { interpreting, running, type Side } from "./support/limit-sides.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

interface Given {
  readonly limit: number;
  readonly burst: number;
  readonly cost: number;
  readonly window: string;
  readonly long: string;
  readonly parallel: number;
  readonly status: number;
  readonly why: string;
}

const NAMES = ["limit", "burst", "cost", "window", "long", "parallel", "status", "why"] as const;

/** The policies with something in the places that parameters may fill. */
const policies = (written: Readonly<Record<keyof Given, string>>): string => `
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair, namespace: test }
spec:
  limits:
    bucket:
      key: [{ header: x-user }]
      cost: ${written.cost}
      rates:
        - { limit: ${written.limit}, window: ${written.window}, burst: ${written.burst} }
        - { limit: 1000000, window: ${written.long}, burst: 900000 }
      onLimit: { status: ${written.status}, body: ${written.why} }
    own:
      scope: worker
      when: [{ predicate: "request.method == 'PUT'" }]
      algorithm: slidingWindow
      key: [{ header: x-user }]
      rates: [{ limit: ${written.limit}, window: ${written.window} }]
    under-way:
      algorithm: concurrency
      rates: [{ limit: ${written.parallel} }]
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: plain, namespace: test }
spec:
  headers: XRateLimit
  limits:
    fixed:
      algorithm: fixedWindow
      when: [{ predicate: "request.method == 'POST'" }]
      rates: [{ limit: ${written.burst}, window: ${written.long} }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: closed, namespace: test }
spec: { action: DENY, rules: [{ to: [{ operation: { paths: ["/admin"] } }] }] }
`;

const bundle = (spec: string): string => `
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
${spec}
---`;

const DECLARED = bundle(`  parameters:
    limit: { type: integer, default: 7 }
    burst: { type: integer, default: 9, maximum: 100000 }
    cost: { type: integer, default: 1 }
    window: { type: duration, default: 1s }
    long: { type: duration, default: 1h30m }
    parallel: { type: integer, default: 3 }
    status: { type: integer, default: 429 }
    why: { type: string, default: slow down }
  responses: { denied: { status: "\${status}", body: "\${why}" } }`);

const parameterised =
  DECLARED +
  policies(Object.fromEntries(NAMES.map((name) => [name, `"\${${name}}"`])) as Record<keyof Given, string>);

function literal(given: Given): string {
  const written = Object.fromEntries(NAMES.map((name) => [name, JSON.stringify(given[name])]));
  const { status, why } = written;
  return (
    bundle(`  responses: { denied: { status: ${status ?? ""}, body: ${why ?? ""} } }`) +
    policies(written as Record<keyof Given, string>)
  );
}

const file = (text: string): { path: string; shown: string; text: string } => ({
  path: "p.yaml",
  shown: "p.yaml",
  text,
});

async function built(text: string): Promise<PackagedFilter> {
  const { filters, diagnostics } = await compile({ files: [file(text)], defaultName: "shop" }, assembler);
  const [filter] = filters;
  if (!filter) throw new Error(renderDiagnostics(diagnostics));
  return filter;
}

let filter: PackagedFilter;
let module: FilterModule;
beforeAll(async () => {
  filter = await built(parameterised);
  module = FilterModule.compile(filter.wasm);
});

function configuration(parameters: unknown): Uint8Array {
  return toBytes(Buffer.from(JSON.stringify({ parameters }), "utf8").toString("latin1"));
}

const durations = ["500ms", "1s", "2s500ms", "1m", "90s", "1h", "1d"];

const values: fc.Arbitrary<Given> = fc
  .record({
    limit: fc.integer({ min: 1, max: 12 }),
    burst: fc.integer({ min: 3, max: 12 }),
    cost: fc.integer({ min: 1, max: 3 }),
    windows: fc.shuffledSubarray(durations, { minLength: 2, maxLength: 2 }),
    parallel: fc.integer({ min: 1, max: 4 }),
    status: fc.integer({ min: 400, max: 599 }),
    why: fc.string({ unit: "grapheme", maxLength: 30 }),
  })
  .map(({ windows: [window = "1s", long = "1h"], ...more }) => ({ ...more, window, long }));

/** Of which workers lease. */
const large = values.map((given) => ({ ...given, limit: given.limit * 5_000, burst: given.burst * 5_000 }));

const requests: fc.Arbitrary<LimitedRequest> = fc
  .record({
    method: fc.constantFrom("GET", "PUT", "POST"),
    path: fc.constantFrom("/", "/", "/", "/admin"),
    user: fc.constantFrom("ann", "bob"),
    later: fc.constantFrom(0n, 1_000_000n, 200_000_000n, 1_000_000_000n, 45_000_000_000n),
    lasts: fc.nat(3),
  })
  .map(({ method, path, user, later, lasts }): LimitedRequest => ({
    headers: [
      [":method", method],
      [":path", path],
      [":authority", "shop.test"],
      [":scheme", "http"],
      ["x-user", user],
    ],
    peer: "10.0.0.1",
    told: [],
    ...{ later, lasts },
  }));

/** Sends the same requests through sides, and expects the same of each. */
function agree(sides: readonly Side[], sequence: readonly LimitedRequest[], clock: { now: bigint }): void {
  const open: { readonly until: number; readonly end: (now: bigint) => void }[][] = sides.map(() => []);
  sequence.forEach((request, i) => {
    clock.now += request.later;
    const outcomes = sides.map((side, s) => {
      const { outcome, end } = side.ask(request, clock.now);
      open[s]?.push({ until: i + request.lasts, end });
      return outcome;
    });
    for (const outcome of outcomes)
      expect({ i, request, ...outcome }).toEqual({ i, request, ...outcomes[0] });
    open.forEach((streams, s) => {
      for (const stream of streams) if (stream.until <= i) stream.end(clock.now);
      open[s] = streams.filter(({ until }) => until > i);
    });
  });
  for (const streams of open) for (const stream of streams) stream.end(clock.now);
}

const START = 1_700_000_000_000_000_000n;

describe("a filter with values", () => {
  test("is the one into whose policies they are written", async () => {
    await fc.assert(
      fc.asyncProperty(
        values,
        fc.array(requests, { minLength: 80, maxLength: 80, size: "max" }),
        async (given, sequence) => {
          const text = literal(given);
          const [target] = check({ files: [file(text)], defaultName: "shop" }).targets;
          if (!target) throw new Error("the policies are at fault");
          const clock = { now: START };
          const options = { clock: () => clock.now };
          const written = Vm.start(FilterModule.compile((await built(text)).wasm), options);
          const filled = Vm.start(module, { ...options, pluginConfiguration: configuration(given) });
          agree([interpreting(target.program), running(written), running(filled)], sequence, clock);
          expect([written, filled].map((vm) => [vm.failed, vm.streams])).toEqual([
            [false, 0],
            [false, 0],
          ]);
        },
      ),
      { numRuns: Number(process.env["AGREEMENT_RUNS"] ?? 6), endOnFailure: true },
    );
  }, 3_600_000);

  test("decides each stream by its own configuration, several of them in one VM and coming and going", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(values, large), { minLength: 2, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(3), requests), { minLength: 120, maxLength: 120, size: "max" }),
        (givens, sequence) => {
          let now = START;
          const clock = (): bigint => now;
          // Shared counts are a configuration's own unless all rates are the same; then they are one count.
          const identity = ({ limit, burst, window, long }: Given): string =>
            JSON.stringify([limit, burst, window, long]);
          fc.pre(new Set(givens.map(identity)).size === givens.length);
          fc.pre(new Set(givens.map(({ parallel }) => parallel)).size === givens.length);
          fc.pre(new Set(givens.map(({ burst, long }) => `${burst} ${long}`)).size === givens.length);
          fc.pre(new Set(givens.map(({ limit, window }) => `${limit} ${window}`)).size === givens.length);
          const first = Vm.start(module, { clock, pluginConfiguration: configuration({}) });
          const together = givens.map((given) =>
            running(first.startPlugin({ pluginConfiguration: configuration(given) })),
          );
          const alone = givens.map((given) =>
            running(Vm.start(module, { clock, pluginConfiguration: configuration(given) })),
          );
          const open: { until: number; ends: ((now: bigint) => void)[] }[] = [];
          sequence.forEach(([which, request], i) => {
            now += request.later;
            const at = which % givens.length;
            const outcomes = [together[at], alone[at]].map((side) => side?.ask(request, now));
            expect({ i, at, ...outcomes[0]?.outcome }).toEqual({ i, at, ...outcomes[1]?.outcome });
            open.push({ until: i + request.lasts, ends: outcomes.flatMap((o) => (o ? [o.end] : [])) });
            for (const stream of open)
              if (stream.until <= i) for (const end of stream.ends.splice(0)) end(now);
          });
          for (const stream of open) for (const end of stream.ends) end(now);
          expect(first.failed).toBe(false);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  }, 600_000);
});

describe("a configuration", () => {
  const lines: string[] = [];
  const start = (configuration: Uint8Array | undefined, options: VmOptions = {}): Vm =>
    Vm.start(module, {
      ...(configuration && { pluginConfiguration: configuration }),
      log: (_level, line) => lines.push(line),
      ...options,
    });
  const refusal = (configuration: Uint8Array): string => {
    lines.length = 0;
    expect(() => start(configuration)).toThrow(VmStartError);
    return lines.find((line) => line.startsWith("tollgate: ")) ?? "nothing was said";
  };
  const text = (json: string): Uint8Array => Buffer.from(json);

  test.each([
    ["nothing", undefined],
    ["no bytes", ""],
    ["no parameters", "{}"],
    ["none of them", '{"parameters": {}}'],
    ["white space", ' {\n"parameters" : { "burst" : 30 } }\n'],
    ["a whole number written with a fraction", '{"parameters": {"burst": 30.0}}'],
    ["escapes", '{"parameters": {"b\\u0075rst": 30, "why": "\\u00e9\\n"}}'],
    ["the smallest and the largest", '{"parameters": {"burst": 100000, "status": 400, "long": "36500d"}}'],
  ])("is taken: %s", (_what, json) => {
    const vm = start(json === undefined ? undefined : text(json));
    expect(vm.failed).toBe(false);
  });

  const integer = (name: string, from: number, to: number): string =>
    `tollgate: the parameter \`${name}\` must be a whole number from ${from} to ${to}, given at most once`;
  const duration = (name: string): string =>
    `tollgate: the parameter \`${name}\` must be a duration such as \`500ms\`, \`1m\` or \`1h30m\`, given at most once`;
  const JSON_WANTED =
    "tollgate: the configuration must be an object in JSON, whose `parameters` are an object of names and values, as a google.protobuf.StringValue";

  test.each([
    ["a text for a number", '{"parameters": {"burst": "30"}}', integer("burst", 1, 100_000)],
    ["a number above its bounds", '{"parameters": {"burst": 100001}}', integer("burst", 1, 100_000)],
    ["nothing at all", '{"parameters": {"burst": 0}}', integer("burst", 1, 100_000)],
    ["a negative number", '{"parameters": {"burst": -1}}', integer("burst", 1, 100_000)],
    ["a fraction", '{"parameters": {"burst": 1.5}}', integer("burst", 1, 100_000)],
    ["a power of ten", '{"parameters": {"burst": 1e1}}', integer("burst", 1, 100_000)],
    [
      "a number past 64 bits",
      '{"parameters": {"burst": 18446744073709551626}}',
      integer("burst", 1, 100_000),
    ],
    ["null", '{"parameters": {"burst": null}}', integer("burst", 1, 100_000)],
    ["true", '{"parameters": {"burst": true}}', integer("burst", 1, 100_000)],
    ["a list", '{"parameters": {"burst": [30]}}', integer("burst", 1, 100_000)],
    ["a mapping", '{"parameters": {"burst": {}}}', integer("burst", 1, 100_000)],
    ["a name twice", '{"parameters": {"burst": 30, "burst": 30}}', integer("burst", 1, 100_000)],
    ["a status that is no refusal", '{"parameters": {"status": 200}}', integer("status", 400, 599)],
    ["a number for a duration", '{"parameters": {"window": 60}}', duration("window")],
    ["a number without a unit", '{"parameters": {"window": "60"}}', duration("window")],
    ["an unknown unit", '{"parameters": {"window": "1w"}}', duration("window")],
    ["no time", '{"parameters": {"window": "0s"}}', duration("window")],
    ["no text", '{"parameters": {"window": ""}}', duration("window")],
    ["ten digits", '{"parameters": {"window": "1000000000s"}}', duration("window")],
    ["more than a hundred years", '{"parameters": {"window": "36501d"}}', duration("window")],
    ["what overflows", '{"parameters": {"window": "999999999d"}}', duration("window")],
    ["a sum that overflows", '{"parameters": {"window": "36500d36500d36500d36500d"}}', duration("window")],
    ["a long text for a duration", `{"parameters": {"window": "${"1s".repeat(17)}"}}`, duration("window")],
    [
      "a text that is too long",
      `{"parameters": {"why": "${"x".repeat(4097)}"}}`,
      "tollgate: the parameter `why` must be a string of at most 4096 bytes, given at most once",
    ],
    [
      "a name that nothing has",
      '{"parameters": {"brust\\u001b[0m": 1}}',
      "tollgate: there is no parameter `brust?[0m`; the parameters are `burst`, `cost`, `limit`, `long`, `parallel`, `status`, `why`, `window`",
    ],
    [
      "a cost that never fits",
      '{"parameters": {"burst": 3, "cost": 4}}',
      "tollgate: the parameters `cost`, `burst` must leave room for what one request of test/fair limits.bucket costs",
    ],
    [
      "two windows that are the same",
      '{"parameters": {"window": "60m", "long": "1h"}}',
      "tollgate: the parameters `window`, `long` must differ from the other windows of limits.bucket",
    ],
    [
      "numbers that cannot be counted",
      '{"parameters": {"limit": 1, "long": "36499d", "window": "36500d", "burst": 100000}}',
      "tollgate: the parameters `limit`, `window`, `burst` are too large together to count test/fair limits.bucket exactly: use a shorter window",
    ],
    ["no JSON", "burst=30", JSON_WANTED],
    ["half of it", '{"parameters": {"burst": 30', JSON_WANTED],
    ["a list of parameters", '{"parameters": [30]}', JSON_WANTED],
    ["something else besides", '{"parameters": {"burst": 30}, "more": 1}', JSON_WANTED],
    ["another name", '{"burst": 30}', JSON_WANTED],
    ["text behind it", '{"parameters": {}} {}', JSON_WANTED],
    ["a byte order mark", '\ufeff{"parameters": {}}', JSON_WANTED],
    ["a serialised Struct", "\n\u0019\n\nparameters\u0012\u000b*\t", JSON_WANTED],
  ])("is refused: %s", (_what, json, line) => {
    expect(refusal(text(json))).toBe(line);
  });

  test("that is refused leaves the one before in place", () => {
    const vm = start(configuration({ why: "first", burst: 3, limit: 1, window: "1d" }));
    const plugin = { pluginConfiguration: configuration({ burst: 0 }) };
    expect(() => vm.startPlugin(plugin)).toThrow(VmStartError);
    const denied = (): string => {
      const stream = vm.openStream();
      const result = stream.requestHeaders(
        new HeaderMap([
          [":path", "/admin"],
          [":method", "GET"],
        ]),
        true,
      );
      stream.close();
      return result.kind === "local-response" ? Buffer.from(result.response.body).toString() : result.kind;
    };
    expect(denied()).toBe("first");
  });

  test("that changes no rate goes on with what was counted", () => {
    const shared = new SharedState();
    const clock = (): bigint => START;
    const spend = (given: Partial<Given>): number => {
      const vm = Vm.start(module, { clock, shared, vmId: "shop", pluginConfiguration: configuration(given) });
      let passed = 0;
      for (let i = 0; i < 20; i++) {
        const stream = vm.openStream();
        const headers = new HeaderMap([
          [":path", "/"],
          [":method", "GET"],
          ["x-user", "ann"],
        ]);
        if (stream.requestHeaders(headers, true).kind === "continue") passed++;
        stream.close();
      }
      return passed;
    };
    expect(spend({ burst: 5 })).toBe(5);
    expect(spend({ burst: 5, why: "other words", status: 503 })).toBe(0);
    expect(spend({ burst: 6 })).toBe(6);
    expect(spend({ burst: 5 })).toBe(0);
  });
});

describe("routing", () => {
  const routing = (version: string, weight: string): string => `
apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: canary, namespace: test }
spec:
  rules:
    - request: { set: [{ name: x-version, value: ${version} }], add: [{ name: x-road, value: ${version} }] }
      response: { set: [{ name: x-served-by, value: ${version} }] }
      split:
        stickyBy: [{ header: x-user }]
        arms:
          - { name: old, weight: 90 }
          - { name: new, weight: ${weight}, request: { set: [{ name: x-arm, value: new }] } }
`;
  const declared = bundle(`  parameters:
    version: { type: string, default: "{v1}" }
    canary: { type: integer, default: 0 }`);
  let wasm: FilterModule;
  beforeAll(async () => {
    wasm = FilterModule.compile((await built(declared + routing('"${version}"', '"${canary}"'))).wasm);
  });

  type Pair = readonly [string, string];

  function answers(vm: Vm): (readonly Pair[])[] {
    return Array.from({ length: 60 }, (_, i) => {
      const stream = vm.openStream();
      const request = new HeaderMap([
        [":path", "/"],
        ["x-user", `user-${i}`],
      ]);
      expect(stream.requestHeaders(request, true).kind).toBe("continue");
      const response = new HeaderMap([[":status", "200"]]);
      expect(stream.responseHeaders(response, true).kind).toBe("continue");
      stream.close();
      return [...request.entries(), ...response.entries()];
    });
  }

  test.each([
    [{}, '"{{v1}}"', "0"],
    [{ version: "v7", canary: 90 }, "v7", "90"],
    [{ version: "", canary: 1_000_000 }, '""', "1000000"],
  ])("with %j is as if that were written", async (given, version, weight) => {
    const written = Vm.start(FilterModule.compile((await built(routing(version, weight))).wasm));
    const filled = Vm.start(wasm, { pluginConfiguration: configuration(given) });
    expect(answers(filled)).toEqual(answers(written));
  });

  test.each(["a\nb", "a\u0000", " a", "a\t", "x".repeat(4097)])(
    "refuses %j as a header's value",
    (version) => {
      const lines: string[] = [];
      const log = (_level: number, line: string): void => void lines.push(line);
      expect(() => Vm.start(wasm, { log, pluginConfiguration: configuration({ version }) })).toThrow(
        VmStartError,
      );
      expect(lines[0]).toBe(
        "tollgate: the parameter `version` must be a string of at most 4096 bytes that a header can have: one line without white space around it, given at most once",
      );
    },
  );

  test("refuses a split of which nobody gets anything", async () => {
    const { wasm: bytes } = await built(
      bundle("  parameters: { a: { type: integer, default: 1 }, b: { type: integer, default: 0 } }") +
        routing("v1", '"${a}"').replace("weight: 90", 'weight: "${b}"'),
    );
    const lines: string[] = [];
    const start = (given: object): Vm =>
      Vm.start(FilterModule.compile(bytes), {
        pluginConfiguration: configuration(given),
        log: (_level, line) => void lines.push(line),
      });
    expect(answers(start({ b: 2, a: 0 })).some((pairs) => pairs.some(([name]) => name === "x-arm"))).toBe(
      false,
    );
    expect(() => start({ a: 0 })).toThrow(VmStartError);
    expect(lines).toContain(
      "tollgate: the parameters `b`, `a` must leave some arm of test/canary rules[0] a weight above zero",
    );
  });
});
