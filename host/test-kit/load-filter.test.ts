import { afterEach, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FilterModule, ModuleRejected } from "../module.ts";
import { compileBytes } from "../testing/compile.ts";
import { VmStartError } from "../vm.ts";
import { loadFilter, SharedState } from "./jest.ts";

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

test("a filter is a path, a URL, bytes or a compiled module", async () => {
  const bytes = compileBytes("guard");
  const folder = await mkdtemp(join(tmpdir(), "test-kit-"));
  folders.push(folder);
  const path = join(folder, "guard.wasm");
  await writeFile(path, bytes);
  for (const source of [path, pathToFileURL(path), bytes, FilterModule.compile(bytes)]) {
    const filter = await loadFilter(source);
    expect(await filter.request({ path: "/open" })).toHaveResponseHeader("x-guard");
  }
  await expect(loadFilter(join(folder, "none.wasm"))).rejects.toMatchObject({ code: "ENOENT" });
});

describe("configuration", () => {
  const readings = async (configuration: string | Uint8Array | object): Promise<string> => {
    const { logs } = await loadFilter(compileBytes("shared"), { configuration, vmConfiguration: "vm" });
    return logs
      .slice(0, 2)
      .map(({ message }) => message)
      .join();
  };

  test("is text, bytes, or JSON", async () => {
    expect(await readings("text")).toBe("vm=vm plugin=!1,plugin=text size=4");
    expect(await readings(Buffer.from("bytes"))).toBe("vm=vm plugin=!1,plugin=bytes size=5");
    expect(await readings({ a: [1] })).toBe('vm=vm plugin=!1,plugin={"a":[1]} size=9');
  });

  test("that the filter refuses is told with what it logged", async () => {
    const loading = loadFilter(compileBytes("shared"), { configuration: "refuse" });
    await expect(loading).rejects.toThrow(VmStartError);
    await expect(loading).rejects.toThrow(
      "`proxy_on_configure` answered false: the filter refuses its configuration\n  info: vm= plugin=!1\n  info: plugin=refuse size=6",
    );
  });
});

test("what Envoy would refuse is refused, memory beyond the limit, too", async () => {
  await expect(loadFilter(Buffer.from("no wasm"))).rejects.toThrow(ModuleRejected);
  const limits = { maxMemoryBytes: 0 };
  await expect(loadFilter(compileBytes("guard"), { limits })).rejects.toThrow("the limit is 0 MiB");
});

test("the memory limit holds", async () => {
  const limits = { maxMemoryBytes: 64 * 1024 * 4 };
  const filter = await loadFilter(compileBytes("headers"), { limits });
  const before = filter.workers[0]?.vm.memoryBytes;
  await filter.request({ path: "/grow" });
  expect(filter.workers[0]?.vm.memoryBytes).toBe(before);
});

describe("workers", () => {
  test("share data, queues and metrics, not memory", async () => {
    const filter = await loadFilter(compileBytes("shared"), { workers: 2, vmId: "shop" });
    expect(filter.logs.filter(({ message }) => message.startsWith("missing="))).toEqual([
      { level: "info", message: "missing=1", worker: 0 },
      { level: "info", message: "missing=0", worker: 1 },
    ]);
    expect(filter).toHaveCounted("requests", 6);
    expect(filter).toHaveGauge("open", 6);
    expect(filter).toHaveRecorded("sizes", [7, 7]);
    expect(filter).toHaveSharedData("k", "two");
  });

  test("take the requests that are sent to them", async () => {
    const filter = await loadFilter(compileBytes("headers"), { workers: 2, failurePolicy: "FAIL_CLOSED" });
    expect(await filter.request({ path: "/trap", worker: 1 })).toHaveTrapped(/unreachable/);
    expect(await filter.request({ worker: 1 })).toHaveResponse({ status: 503, details: "wasm_fail_stream" });
    expect(await filter.request()).toHaveResponse({ status: 200 });
    expect(() => filter.stream({ worker: 2 })).toThrow("there is no worker 2: the filter has 2");
    await expect(loadFilter(compileBytes("headers"), { workers: 0 })).rejects.toThrow(RangeError);
  });
});

test("a canary starts first, once, and leaves behind what it shared", async () => {
  const filter = await loadFilter(compileBytes("shared"), { canary: true, workers: 2 });
  expect(
    filter.logs.filter(({ message }) => message.startsWith("missing=")).map(({ message }) => message),
  ).toEqual(["missing=1", "missing=0", "missing=0"]);
  expect(filter).toHaveCounted("requests", 9);
});

test("filters of one vm_id share what they are given to share", async () => {
  const shared = new SharedState();
  const first = await loadFilter(compileBytes("shared"), { shared, vmId: "shop" });
  first.sharedData.set("k", "thrëe");
  const second = await loadFilter(compileBytes("guard"), { shared, vmId: "shop" });
  expect(second).toHaveSharedData("k", "thrëe");
  expect(second.sharedData.keys()).toEqual(["k"]);
  second.queue("jobs").push("job 2");
  await first.settled();
  expect(first).toHaveLogged("info", "ready job 2");
  expect(first.queue("jobs").take()).toBeUndefined();
  expect(() => first.queue("none")).toThrow("no filter has registered the queue `none`");
});

test("closing ends every VM", async () => {
  const filter = await loadFilter(compileBytes("tcp"), { workers: 2 });
  await filter.close();
  expect(filter.logs.map(({ message, worker }) => `${worker} ${message}`)).toEqual([
    "0 create 1 of 0",
    "1 create 1 of 0",
    "0 done 1",
    "0 delete",
    "1 done 1",
    "1 delete",
  ]);
});
