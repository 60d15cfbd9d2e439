import { beforeAll, expect, test } from "@jest/globals";
import { HeaderMap } from "../header-map.ts";
import type { FilterModule } from "../module.ts";
import { propertyPath, type PropertyValue } from "../properties.ts";
import { CEL_TOKENS, celExpressions, celRequestHeaders } from "../testing/cel-expressions.ts";
import { compileFilter } from "../testing/compile.ts";
import { Vm } from "../vm.ts";

let filter: FilterModule;

beforeAll(() => {
  filter = compileFilter("cel");
});

const toBinary = (text: string): string => Buffer.from(text).toString("latin1");

const connection: ReadonlyArray<readonly [string, PropertyValue]> = [
  [propertyPath("source", "address"), "127.0.0.1:5000"],
  [propertyPath("source", "port"), 5000],
  [propertyPath("destination", "address"), "127.0.0.1:80"],
  [propertyPath("destination", "port"), 80],
  [propertyPath("connection", "id"), 7n],
  [propertyPath("connection", "mtls"), false],
  [propertyPath("filter_state", "tollgate.direct_remote_address"), "127.0.0.1"],
];

function evaluator(
  more: ReadonlyArray<readonly [string, PropertyValue]> = [],
): (expression?: string) => string {
  const vm = Vm.start(filter, { pluginName: "cel", rootId: "r", vmId: "v" });
  return (expression) => {
    const headers = new HeaderMap([
      [":authority", "shop.test"],
      [":path", "/a/b?x=1"],
      [":method", "POST"],
      [":scheme", "http"],
      ["content-length", "4"],
      ["x-request-id", "c1f3ea5e-0000-4000-8000-000000000000"],
      ...celRequestHeaders,
    ]);
    if (expression !== undefined) headers.add("x-expr", toBinary(expression));
    const stream = vm.openStream(new Map([...connection, ...more]));
    const result = stream.requestHeaders(headers, false);
    if (result.kind !== "local-response") throw new Error(result.kind);
    return Buffer.from(result.response.body).toString();
  };
}

test("expressions come to what they come to in Envoy", () => {
  const evaluate = evaluator();
  const answers = celExpressions.map(([expression]) => [expression, evaluate(expression)]);
  expect(answers).toEqual(celExpressions);
});

test("tokens count up, and one that is deleted is gone", () => {
  expect(evaluator()()).toBe(CEL_TOKENS);
});

test("attributes that were given have Envoy's types, metadata is a tree", () => {
  const evaluate = evaluator([
    [propertyPath("metadata", "filter_metadata", "shop", "tier"), "gold"],
    [propertyPath("metadata", "filter_metadata", "shop", "level"), 3],
    [propertyPath("connection", "uri_san_peer_certificate"), toBinary("spiffe://shop/käse")],
    [propertyPath("request", "duration"), 1_500_000_000n],
    [propertyPath("upstream", "request_attempt_count"), 2],
    [propertyPath("xds", "listener_direction"), 1],
  ]);
  const yes = "0 0 01";
  expect(evaluate("metadata.filter_metadata.shop.tier == 'gold'")).toBe(yes);
  expect(evaluate("type(metadata.filter_metadata['shop']['level']) == double")).toBe(yes);
  expect(evaluate("metadata.filter_metadata.shop.size() == 2")).toBe(yes);
  expect(evaluate("has(metadata.filter_metadata.shop.none)")).toBe("0 0 00");
  expect(evaluate("connection.uri_san_peer_certificate.endsWith('käse')")).toBe(yes);
  expect(evaluate("request.duration == duration('1.5s')")).toBe(yes);
  expect(evaluate("type(upstream.request_attempt_count) == uint")).toBe(yes);
  expect(evaluate("type(xds.listener_direction) == int")).toBe(yes);
});

test("an expression can be made on the root context; the log says why one is refused", () => {
  const lines: string[] = [];
  const module = compileFilter("foreign");
  const start = (expression: string): Vm =>
    Vm.start(module, {
      pluginConfiguration: Buffer.from(`expr_create|${expression}`),
      log: (_, line) => lines.push(line),
    });
  start("request.path");
  start("request.path +");
  start("nothing(1)");
  expect(lines).toEqual([
    "configure=0",
    expect.stringMatching(/^expr_create: <input>:1:14: /),
    "configure=2",
    "expr_create: there is no function nothing of so many arguments",
    "configure=2",
  ]);
});
