// Floods of distinct keys, in the host: memory stays where it was, and a key that is at its limit is not forgotten for them.
import { beforeAll, expect, test } from "@jest/globals";
import { FilterModule, HeaderMap, SharedState, Vm, type StreamResult } from "../../host/index.ts";
import { compiled } from "./proxy.ts";

const KEYS = 100_000;
const MAX_KEYS = 1000;

const kinds = [
  ["worker", "tokenBucket", 5],
  ["worker", "slidingWindow", 5],
  ["worker", "concurrency", 5],
  ["proxy", "fixedWindow", 5],
  ["proxy", "gcra", 5],
  ["proxy", "tokenBucket", 3000],
] as const;

const limits = kinds.map(
  ([scope, algorithm, limit], i) => `
    limit-${i}:
      when: [{ predicate: "request.url_path == '/${i}'" }]
      key: [{ header: x-user }, { path: {} }]
      maxKeys: ${MAX_KEYS}
      scope: ${scope}
      algorithm: ${algorithm}
      rates: [{ limit: ${limit}${algorithm === "concurrency" ? "" : ", window: 300d"} }]`,
);
const POLICIES = `
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: flood, namespace: test }
spec:
  limits: ${limits.join("")}
`;

let module: FilterModule;
beforeAll(async () => {
  const [{ filter }] = await compiled(POLICIES);
  module = FilterModule.compile(filter.wasm);
});

test.each(kinds.map((kind, i) => [...kind, i] as const))(
  "scope: %s, %s of %d",
  (scope, algorithm, limit, i) => {
    let now = 1_700_000_000_000_000_000n;
    const shared = new SharedState();
    const vm = Vm.start(module, { vmId: "flood", shared, clock: () => now });
    const open: (() => void)[] = [];
    const ask = (user: string, keepOpen = false): StreamResult["kind"] => {
      now += 1000n;
      const stream = vm.openStream(new Map());
      const headers = new HeaderMap([
        [":method", "GET"],
        [":path", `/${i}`],
        [":authority", "limits.test"],
        ["x-user", user],
      ]);
      const { kind } = stream.requestHeaders(headers, true);
      if (kind === "continue") stream.responseHeaders(new HeaderMap([[":status", "200"]]), true);
      if (keepOpen && kind === "continue") open.push(() => stream.close());
      else stream.close();
      return kind;
    };

    for (let n = 0; n < limit; n++) expect(ask("heavy", true)).toBe("continue");
    expect(ask("heavy")).toBe("local-response");
    const before = vm.memoryBytes;
    let through = 0;
    let others = 0;
    for (let n = 0; n < KEYS; n++) {
      if (ask(`user-${n}`) === "continue") others++;
      if (n % 100 === 0 && ask("heavy") === "continue") through++;
    }
    expect({ through, others }).toEqual({ through: 0, others: KEYS });
    expect(vm.memoryBytes).toBe(before);
    const entries = [...shared.dataOf("flood").values()];
    // A set of eight keys each, and the two entries that all limits share.
    expect(entries.length).toBeLessThanOrEqual((scope === "proxy" ? (2 * MAX_KEYS) / 8 : 0) + 2);
    expect(entries.reduce((bytes, { value }) => bytes + value.length, 0)).toBeLessThan(200 * MAX_KEYS);

    for (const close of open) close();
    expect(ask("heavy")).toBe(algorithm === "concurrency" ? "continue" : "local-response");
    expect(vm.streams).toBe(0);
    expect(vm.failed).toBe(false);
    vm.close();
  },
);
