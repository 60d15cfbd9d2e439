// The SDK's view of a header map against the map itself: whatever is written, later reads see what the host would say.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../filters/runtime/testing/compile.ts";
import { FilterModule, HeaderMap, Vm, type HttpStream } from "../host/index.ts";

let filter: FilterModule;
beforeAll(async () => {
  filter = FilterModule.compile(await compile("sdk/testing/headers.ts", "filter"));
});

const BASE: [string, string][] = [
  [":method", "GET"],
  [":path", "/"],
  [":authority", "shop.test"],
  ["x-a", "1"],
  ["x-b", ""],
  ["x-a", "2"],
  ["x-long", "v".repeat(300)],
];

/** What the filter logs when it does these lines to a request, and the headers after it. */
function run(
  script: readonly string[],
  headers = new HeaderMap(BASE),
): { lines: string[]; headers: HeaderMap; vm: Vm; stream: HttpStream } {
  const lines: string[] = [];
  const vm = Vm.start(filter, {
    pluginConfiguration: Buffer.from(script.join("\n")),
    log: (_, line) => lines.push(line),
  });
  const stream = vm.openStream();
  vm.resetHostCalls();
  expect(stream.requestHeaders(headers, true)).toMatchObject({ kind: "continue" });
  expect(vm.failed).toBe(false);
  return { lines, headers, vm, stream };
}

const entries = (headers: HeaderMap): string[] =>
  Array.from({ length: headers.size }, (_, i) => `${headers.nameAt(i)}: ${headers.valueAt(i)}`);

describe("reading", () => {
  test("finds the first value, every value and none, in whatever case it is asked", () => {
    const { lines } = run([
      "get x-a",
      "get X-A",
      "get-bytes X-a",
      "get x-b",
      "get x-c",
      "get x-",
      "all x-a",
      "all x-c",
      "count x-a 1",
      "count x-b",
      "count x-c",
      "count :path /",
    ]);
    expect(lines).toEqual([
      "x-a=1",
      "X-A=1",
      "X-a=1",
      "x-b=",
      "x-c absent 1",
      "x- absent 1",
      "1|2",
      "",
      "2 true false",
      "1 true true",
      "0 false false",
      "1 true true",
    ]);
  });

  test("asks the host once, whatever is read", () => {
    const { vm } = run(["get x-a", "get x-b", "get nothing", "all x-a", "count x-long", "dump"]);
    expect(vm.hostCalls.get("proxy_get_header_map_pairs")).toBe(1);
    expect(vm.hostCalls.has("proxy_get_header_map_value")).toBe(false);
  });

  test("of nothing but what was written asks the host once, too", () => {
    const { vm, lines } = run([
      "get x-a",
      "set x-a new",
      "get x-a",
      "remove x-b",
      "get x-b",
      "add x-n 1",
      "get x-n",
    ]);
    expect(lines).toEqual(["x-a=1", "x-a=new", "x-b absent 1", "x-n=1"]);
    expect(vm.hostCalls.get("proxy_get_header_map_pairs")).toBe(1);
  });
});

test("whatever is written, the view is what the host has", () => {
  const name = fc.constantFrom(
    "x-a",
    "X-A",
    "x-b",
    "x-c",
    ":path",
    ":scheme",
    "accept",
    "cookie",
    "user-agent",
    "x-long",
  );
  const value = fc.constantFrom("", "1", "two", "/p", "a\tb", "tabs\tlate\t", "z".repeat(500));
  const write = fc.oneof(
    fc.tuple(fc.constantFrom("set", "add"), name, value).map((words) => words.join(" ")),
    name.map((header) => `remove ${header}`),
  );
  const look = fc.constantFrom("dump", "get x-a", "count x-a 1");
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 2, arbitrary: write }, look), { maxLength: 14 }), (script) => {
      const { lines, headers } = run(["get x-a", ...script, "dump"]);
      const { length } = entries(headers);
      expect(lines.slice(lines.length - length)).toEqual(entries(headers));
    }),
    { numRuns: 150 },
  );
});

test("many additions are all seen", () => {
  const names = Array.from({ length: 40 }, (_, i) => `x-n${i}`);
  const { lines, headers } = run(["get x-a", ...names.map((name, i) => `add ${name} ${i}`), "dump"]);
  expect(lines.slice(1)).toEqual(entries(headers));
});

test("what was written stays although the filter reuses its buffer, and the host is not asked for it", () => {
  const { lines, headers, vm } = run(["get x-a", "reuse X-C", "remove x-b", "set x-d 1", "dump"]);
  expect(lines.slice(1)).toEqual(entries(headers));
  expect(lines).toEqual(expect.arrayContaining(["x-c-0: a", "x-c-1: b", "x-c-2: c", "x-d: 1"]));
  expect(vm.hostCalls.get("proxy_get_header_map_pairs")).toBe(1);
});

test("headers that the host does not show in a phase are told from absent ones", () => {
  const { lines, stream } = run(["get x-none"]);
  stream.responseHeaders(new HeaderMap([[":status", "200"]]), true);
  expect(lines).toEqual(["x-none absent 1", "x-a absent 2", "false 0 2"]);
});

test("bytes that are no UTF-8 pass through", () => {
  const odd = new HeaderMap([...BASE, ["x-odd", "caf\xe9\xff"]]);
  const { lines, headers } = run(["get x-odd", "set x-new 1"], odd);
  expect(lines).toEqual([Buffer.from("x-odd=caf\ufffd\ufffd").toString()]);
  expect(headers.get("x-odd")).toBe("caf\xe9\xff");
});

test("a value that would split a header is refused, wherever it is given", () => {
  const { lines, headers, vm } = run(["split"]);
  expect(lines).toEqual(Array.from({ length: 6 }, () => "2 2 2 2 2 2 0"));
  expect(entries(headers)).toEqual(entries(new HeaderMap(BASE)));
  expect([...vm.hostCalls.keys()]).toEqual(["proxy_log"]);
});
