// Whatever clients send, the filter's memory stays where it was and no request gets around the policies.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Assembler } from "../compiler/index.ts";
import { interpret, LimitState } from "../compiler/ir/interpret.ts";
import { FilterModule, HeaderMap, propertyPath, Vm, type StreamResult } from "../host/index.ts";
import { compilePaths, type CompiledPolicies } from "./support/compile.ts";

const peer = propertyPath("filter_state", "tollgate.direct_remote_address");
let shop: CompiledPolicies;
let module: FilterModule;

beforeAll(async () => {
  const assembler = new Assembler();
  shop = await compilePaths([fileURLToPath(new URL("../examples/shop", import.meta.url))], assembler);
  await assembler.close();
  module = FilterModule.compile(shop.filter.wasm);
});

type Headers = readonly (readonly [string, string])[];
const browsing: Headers = [
  [":method", "GET"],
  [":path", "/"],
  [":authority", "shop.test"],
];

function decide(vm: Vm, headers: Headers, address: string): StreamResult {
  const stream = vm.openStream(new Map([[peer, address]]));
  const result = stream.requestHeaders(new HeaderMap(headers), true);
  if (result.kind === "continue") stream.responseHeaders(new HeaderMap([[":status", "200"]]), true);
  stream.close();
  return result;
}

const addressOf = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

describe("memory", () => {
  let vm: Vm;
  let now = 1_700_000_000_000_000_000n;
  beforeAll(() => {
    vm = Vm.start(module, { clock: () => now });
  });
  afterAll(() => vm.close());

  test("is flat over 300,000 requests of as many users and addresses", () => {
    const before = vm.memoryBytes;
    let passed = 0;
    for (let i = 0; i < 300_000; i++) {
      now += 1_000_000n;
      const headers = [...browsing, ["x-user", `user-${i}`], ["x-beta", i % 2 ? "1" : "0"]] as const;
      if (decide(vm, headers, addressOf(i)).kind === "continue") passed++;
    }
    expect(passed).toBe(300_000);
    expect(vm.memoryBytes).toBe(before);
    expect(vm.streams).toBe(0);
  });

  test("grows for very large headers once, and not again", () => {
    const large = [
      ...browsing,
      ...Array.from({ length: 50 }, (_, i) => [`x-filler-${i}`, "x".repeat(4000)] as const),
    ];
    decide(vm, large, "10.0.0.1");
    const after = vm.memoryBytes;
    for (let i = 0; i < 1000; i++) decide(vm, large, addressOf(i));
    expect(vm.memoryBytes).toBe(after);
  });

  test("grows with streams that are open at once, and not again", () => {
    const openMany = (): void => {
      const streams = Array.from({ length: 5000 }, (_, i) => {
        const stream = vm.openStream(new Map([[peer, addressOf(i)]]));
        const headers = new HeaderMap([...browsing, ["x-user", `many-${i}`], ["cookie", "beta=1"]]);
        expect(stream.requestHeaders(headers, true).kind).toBe("continue");
        return stream;
      });
      for (const stream of streams.reverse()) {
        const response = new HeaderMap([[":status", "200"]]);
        stream.responseHeaders(response, true);
        expect(response.get("x-shop-served")).toBe("v2-beta");
        stream.close();
      }
      now += 60_000_000_000n;
    };
    openMany();
    const after = vm.memoryBytes;
    openMany();
    expect(vm.memoryBytes).toBe(after);
  });

  test("holds when streams end without ever getting a response", () => {
    const before = vm.memoryBytes;
    for (let i = 0; i < 50_000; i++) {
      now += 1_000_000n;
      const stream = vm.openStream(new Map([[peer, addressOf(i)]]));
      stream.requestHeaders(new HeaderMap([...browsing, ["cookie", "beta=1"]]), true);
      stream.close();
    }
    expect(vm.memoryBytes).toBe(before);
  });
});

test("a header with more values than there is room for is refused, by interpreter and wasm alike", () => {
  const headers = [...browsing, ...Array.from({ length: 300 }, () => ["x-api-key", "mine"] as const)];
  const vm = Vm.start(module);
  const result = decide(vm, [...headers, ["x-api-key", "shop-2026-03"]], "10.0.0.1");
  const wanted = interpret(shop.program, { headers, peer: "10.0.0.1" }, 0n, new LimitState());
  if (result.kind !== "local-response" || wanted.kind !== "refuse")
    throw new Error(`${result.kind} ${wanted.kind}`);
  expect({ status: result.response.status, details: result.response.details }).toEqual({
    status: wanted.status,
    details: wanted.details,
  });
  expect(wanted.status).toBe(431);
  // The next request is none the worse for it.
  expect(decide(vm, browsing, "10.0.0.1").kind).toBe("continue");
  vm.close();
});

test("where the proxy does not say who the peer is, the office's pages stay shut", () => {
  const vm = Vm.start(module);
  const stream = vm.openStream();
  const result = stream.requestHeaders(
    new HeaderMap([
      [":method", "POST"],
      [":path", "/admin/users"],
      [":authority", "shop.test"],
    ]),
    true,
  );
  expect(result.kind === "local-response" && result.response.details).toBe(
    "tollgate:authorization:shop/never:rules[0]",
  );
  stream.close();
  vm.close();
});
