import { beforeAll, describe, expect, test } from "@jest/globals";
import { toBytes } from "./bytes.ts";
import { HeaderMap } from "./header-map.ts";
import type { FilterModule } from "./module.ts";
import { propertyPath } from "./properties.ts";
import { SharedState } from "./shared-state.ts";
import { compileFilter } from "./testing/compile.ts";
import { Vm, VmStartError, type VmOptions } from "./vm.ts";

let headersFilter: FilterModule;
let bodiesFilter: FilterModule;
let sharedFilter: FilterModule;

beforeAll(() => {
  headersFilter = compileFilter("headers");
  bodiesFilter = compileFilter("bodies");
  sharedFilter = compileFilter("shared");
});

function start(module: FilterModule, options: VmOptions = {}): { vm: Vm; lines: string[] } {
  const lines: string[] = [];
  const vm = Vm.start(module, { ...options, log: (_, line) => lines.push(line) });
  return { vm, lines };
}

function get(path: string, ...more: Array<readonly [string, string]>): HeaderMap {
  return new HeaderMap([[":authority", "shop.test"], [":path", path], [":method", "GET"], ...more]);
}

describe("headers", () => {
  test("can be read in their phase: the first value, all pairs, any case", () => {
    const { vm, lines } = start(headersFilter);
    const stream = vm.openStream();
    const headers = get("/look", ["x-many", "one"], ["x-many", "two"]);
    expect(stream.requestHeaders(headers, true)).toEqual({ kind: "continue" });
    expect(lines).toEqual([
      "x-many=one pairs=5 count=5",
      "none=!1 map=!2 response=!2",
      "host=shop.test end=1",
    ]);
  });

  test("are out of reach later, and read-only in on_log", () => {
    const { vm, lines } = start(headersFilter);
    const stream = vm.openStream();
    stream.requestHeaders(get("/"), true);
    const response = new HeaderMap([[":status", "200"]]);
    expect(stream.responseHeaders(response, true)).toEqual({ kind: "continue" });
    expect(response.get("x-response")).toBe("seen");
    stream.close();
    stream.close();
    expect(lines).toEqual(["response 200 request=!2 pairs=0", "log / 200 write=2"]);
    expect(vm.streams).toBe(0);
  });

  test("are edited in place: add joins inline ones, replace leaves one value, host is the authority", () => {
    const { vm } = start(headersFilter);
    const headers = get("/edit", ["accept", "a"], ["x-many", "1"], ["x-many", "2"], ["x-remove", "x"]);
    vm.openStream().requestHeaders(headers, true);
    expect(headers.entries()).toEqual([
      [":method", "GET"],
      [":path", "/edited"],
      [":authority", "other.test"],
      ["accept", "a,c"],
      ["x-added", "a"],
      ["x-added", "b"],
      ["x-many", "one"],
    ]);
  });
});

describe("a local response", () => {
  test("stops the stream whatever the callback answers, its details in one word", () => {
    const { vm } = start(headersFilter);
    const result = vm.openStream().requestHeaders(get("/deny"), true);
    expect(result).toMatchObject({
      kind: "local-response",
      response: { status: 403, details: "denied_by_test", grpcStatus: -1 },
    });
    if (result.kind !== "local-response") throw new Error("no local response");
    expect(Buffer.from(result.response.body).toString()).toBe("no\n");
    expect(result.response.headers.entries()).toEqual([["x-why", "test"]]);
  });

  test("is the first one where there are two", () => {
    const { vm } = start(headersFilter);
    expect(vm.openStream().requestHeaders(get("/twice"), true)).toMatchObject({
      response: { status: 401 },
    });
  });

  test("may come from a timer while the stream pauses", () => {
    const { vm } = start(headersFilter);
    const stream = vm.openStream();
    const ended: unknown[] = [];
    stream.listener = { continued: () => ended.push("continued"), ended: (result) => ended.push(result) };
    expect(stream.requestHeaders(get("/later/deny"), true)).toEqual({ kind: "pause", buffer: false });
    vm.tick();
    expect(ended).toMatchObject([{ kind: "local-response", response: { status: 418, details: "later" } }]);
  });
});

test("a paused stream goes on when another context continues it, and its headers are writable until then", () => {
  const { vm } = start(headersFilter);
  const stream = vm.openStream();
  const sides: string[] = [];
  stream.listener = { continued: (side) => sides.push(side), ended: () => sides.push("ended") };
  const headers = get("/later");
  expect(stream.requestHeaders(headers, true).kind).toBe("pause");
  expect(vm.tickPeriodMs).toBe(20);
  vm.tick();
  expect(sides).toEqual(["request"]);
  expect(headers.get("x-late")).toBe("yes");
});

test("a trap fails the VM, every stream on it, and nothing else", () => {
  const { vm, lines } = start(headersFilter);
  const before = vm.openStream();
  expect(before.requestHeaders(get("/"), true).kind).toBe("continue");
  expect(vm.openStream().requestHeaders(get("/trap"), true)).toEqual({ kind: "failed" });
  expect(vm.failed).toBe(true);
  expect(before.responseHeaders(new HeaderMap([[":status", "200"]]), true)).toEqual({ kind: "failed" });
  before.close();
  vm.tick();
  vm.close();
  expect(lines).toEqual(["the VM failed: unreachable"]);
  expect(start(headersFilter).vm.failed).toBe(false);
});

test("a trap leaves the streams that pause as they are, as Envoy does", () => {
  const { vm } = start(headersFilter);
  const stream = vm.openStream();
  const ended: unknown[] = [];
  stream.listener = { continued: () => {}, ended: (result) => ended.push(result) };
  stream.requestHeaders(get("/later"), true);
  vm.openStream().requestHeaders(get("/trap"), true);
  expect(vm.failed).toBe(true);
  expect(ended).toEqual([]);
});

test("memory that grew is seen", () => {
  const { vm } = start(headersFilter);
  const before = vm.memoryBytes;
  expect(vm.openStream().requestHeaders(get("/grow"), true).kind).toBe("continue");
  expect(vm.memoryBytes).toBe(before + 16 * 65536);
  expect(vm.openStream().requestHeaders(get("/look"), true).kind).toBe("continue");
});

test("host calls are counted by name, per stream and since the reset", () => {
  const { vm } = start(headersFilter);
  vm.resetHostCalls();
  const stream = vm.openStream();
  stream.requestHeaders(get("/"), true);
  expect(stream.hostCalls).toBe(1);
  expect([...vm.hostCalls]).toEqual([["proxy_get_header_map_value", 1]]);
});

test("properties come from the stream's owner, its headers, the plugin, and set_property", () => {
  const { vm, lines } = start(headersFilter, { pluginName: "gate" });
  const properties = new Map([
    [propertyPath("source", "address"), "10.0.0.9:1234"],
    [propertyPath("filter_state", "tollgate.direct_remote_address"), "10.0.0.9"],
  ]);
  vm.openStream(properties).requestHeaders(get("/property?a=b"), true);
  expect(lines).toEqual([
    "method=GET path=/property?a=b",
    "source=10.0.0.9:1234 plugin=gate none=!1",
    "direct=10.0.0.9",
    "set=kept state=kept",
  ]);
});

test("callouts to unknown clusters are refused; clear_route_cache is there", () => {
  const { vm, lines } = start(headersFilter);
  vm.openStream().requestHeaders(get("/clear"), true);
  expect(lines).toEqual(["0212"]); // Ok, BadArgument, NotFound, BadArgument
});

describe("allocators", () => {
  test("answering 0 make the host call fail, not the VM", () => {
    const { vm, lines } = start(compileFilter("no-memory"));
    expect(vm.openStream().requestHeaders(get("/"), true).kind).toBe("continue");
    expect(lines).toEqual(["6"]);
  });

  test("that call the host trap", () => {
    const { vm, lines } = start(compileFilter("greedy-allocator"));
    expect(vm.openStream().requestHeaders(get("/"), true).kind).toBe("failed");
    expect(lines).toEqual([
      "the VM failed: `proxy_add_header_map_value` may not be called from the allocator",
    ]);
  });
});

describe("shared state and configuration", () => {
  const expected = [
    "missing=1",
    "value=one",
    "cas=0 stale=8",
    "value=two",
    "count=0 zero=2",
    "counter=3 new=true",
    "histogram=2",
    "unknown=1",
    "unknown queue=1",
    "empty=7",
  ];

  test("configuration is readable in on_configure only; data, metrics and queues behave as in Envoy", async () => {
    const { vm, lines } = start(sharedFilter, {
      vmConfiguration: toBytes("vm!"),
      pluginConfiguration: toBytes("plugin!"),
    });
    expect(lines).toEqual(["vm=vm! plugin=!1", "plugin=plugin! size=7", ...expected]);
    await Promise.resolve();
    expect(lines.at(-1)).toBe("ready job 1");
    expect(vm.metrics.get("open")).toMatchObject({ kind: "gauge", value: 6n });
    expect(vm.metrics.get("sizes")).toMatchObject({ kind: "histogram", value: 1n, samples: [7n] });
  });

  test("is shared by VMs that are given the same, by vm_id", () => {
    const shared = new SharedState();
    start(sharedFilter, { shared });
    const { vm, lines } = start(sharedFilter, { shared });
    expect(lines).toContain("missing=0");
    expect(lines).toContain("unknown queue=0");
    expect(vm.metrics.get("requests")?.value).toBe(6n);
    expect(start(sharedFilter, { shared, vmId: "other" }).lines).toContain("missing=1");
  });

  test("a queue's items are told to the VM that registered last, and to nobody once that is closed", async () => {
    const shared = new SharedState();
    const first = start(sharedFilter, { shared });
    const second = start(sharedFilter, { shared });
    await new Promise((resolve) => setImmediate(resolve));
    const ready = ({ lines }: { lines: string[] }): string[] =>
      lines.filter((line) => line.startsWith("ready"));
    // The item of the first was put in when it was the last that had registered.
    expect(ready(first).length + ready(second).length).toBe(2);
    const { lines } = second;
    lines.length = first.lines.length = 0;
    shared.enqueue(shared.resolveQueue("", "jobs"), toBytes("job 2"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(first.lines).toEqual([]);
    expect(lines).toEqual(["ready job 2"]);
    second.vm.close();
    shared.enqueue(shared.resolveQueue("", "jobs"), toBytes("job 3"));
    await new Promise((resolve) => setImmediate(resolve));
    expect([...first.lines, ...lines]).toEqual(["ready job 2"]);
  });

  test("a canary is started and configured first, and leaves what it wrote", async () => {
    const { lines } = start(sharedFilter, { shared: new SharedState(), canary: true });
    expect(lines.filter((line) => line.startsWith("plugin="))).toHaveLength(2);
    expect(lines).toContain("missing=1");
    expect(lines).toContain("missing=0");
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines.filter((line) => line.startsWith("ready"))).toEqual(["ready job 1"]);
    const refused = { canary: true, pluginConfiguration: toBytes("refuse") };
    expect(() => start(sharedFilter, refused)).toThrow("`proxy_on_configure` answered false");
  });

  test("a refused configuration and a trap are start errors", () => {
    const configure = (text: string) => () => start(sharedFilter, { pluginConfiguration: toBytes(text) });
    expect(configure("refuse")).toThrow(VmStartError);
    expect(configure("refuse")).toThrow("`proxy_on_configure` answered false");
    expect(configure("trap")).toThrow("`proxy_on_configure` failed: unreachable");
  });
});

describe("bodies", () => {
  const open = (path: string) => {
    const { vm, lines } = start(bodiesFilter);
    const stream = vm.openStream();
    stream.requestHeaders(get(path), false);
    return { stream, lines };
  };
  const send = (stream: ReturnType<typeof open>["stream"], text: string, end: boolean): unknown => {
    const result = stream.requestBody(toBytes(text), end);
    return result.kind === "continue" ? Buffer.from(result.body).toString() : result;
  };

  test("are gathered and seen whole after StopIterationAndBuffer", () => {
    const { stream, lines } = open("/gather");
    expect(send(stream, "abc", false)).toEqual({ kind: "pause", buffer: true });
    expect(send(stream, "def", true)).toBe("abcdef");
    expect(lines).toEqual(["whole=6 size=6"]);
  });

  test("can be replaced whole, prepended and appended to, but not in the middle", () => {
    const replaced = open("/replace");
    send(replaced.stream, "abc", false);
    expect(send(replaced.stream, "def", true)).toBe("replaced");
    const edges = open("/edges");
    expect(send(edges.stream, "abcd", true)).toBe("<xbcd>");
    expect(edges.lines).toEqual(["middle=2 part=0", "slice=xbc past= response="]);
  });

  test("are held chunk by chunk with StopIterationAndWatermark, dropped with NoBuffer", () => {
    const held = open("/watermark");
    expect(send(held.stream, "a", false)).toEqual({ kind: "pause", buffer: true });
    expect(send(held.stream, "b", true)).toBe("ab");
    expect(held.lines).toEqual(["chunk=a", "chunk=b"]);
    const dropped = open("/drop");
    expect(send(dropped.stream, "a", false)).toEqual({ kind: "pause", buffer: true });
    expect(send(dropped.stream, "b", true)).toBe("b");
  });

  test("past the buffer limit are refused", () => {
    const { stream } = open("/gather");
    send(stream, "x".repeat(1024 * 1024), false);
    expect(send(stream, "x", true)).toMatchObject({ kind: "local-response", response: { status: 413 } });
  });
});
