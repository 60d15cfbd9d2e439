// Which host functions a module may call in its start function and in its allocator: each one tried, in host and Envoy.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { bootstrap, startEnvoy } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { FilterModule, Vm } from "../host/index.ts";
import { importNames, importSignature, wasiImportNames } from "../host/signatures.ts";
import { buildModule, call, i32 } from "../host/testing/wasm-builder.ts";
import { openTraces } from "./traces/index.ts";

const ABI = "0.2.1";
const WASI = "wasi_snapshot_preview1";
const functions = [
  ...importNames(ABI).map((name) => ({ module: "env", name })),
  ...wasiImportNames().map((name) => ({ module: WASI, name })),
].map(({ module, name }) => ({ module, name, type: importSignature(module, name, ABI) ?? "" }));
const names = functions.map(({ name }) => name);

const inAllocator = ["proxy_log", "clock_time_get", "fd_write", "poll_oneoff"];
const neverInStart = ["fd_close", "fd_read", "fd_seek", "path_open", "proc_exit", "sched_yield"];
const inStart = [
  "proxy_log",
  "emscripten_notify_memory_growth",
  ...wasiImportNames().filter((name) => !neverInStart.includes(name)),
];

const DROP = 0x1a;
const END = 0x0b;
const marker = { name: "proxy_abi_version_0_2_1", type: ":", body: [] };

/** Calls the import of this number with zeros. */
function callWithZeros(index: number, type: string): number[] {
  const [parameters = "", result] = type.split(":");
  const zeros = Array.from(parameters, (letter) => (letter === "I" ? [0x42, 0] : i32(0))).flat();
  return [...zeros, ...call(index), ...(result === "" ? [] : [DROP])];
}

function startingWith(wanted: (typeof functions)[number]): Uint8Array {
  const start = { name: "_initialize", type: ":", body: callWithZeros(0, wanted.type) };
  return buildModule({
    imports: [wanted],
    exports: [marker, { name: "malloc", type: "i:i", body: i32(4096) }, start],
  });
}

test("in the start function", async () => {
  const modules = functions.map(startingWith);
  const inHost = names.filter((_, i) => {
    try {
      Vm.start(FilterModule.compile(modules[i] ?? Buffer.of())).close();
      return true;
    } catch {
      return false;
    }
  });
  expect(inHost.sort()).toEqual([...new Set(inStart)].sort());
  const envoy = await envoyForTests();
  if (envoy !== undefined) expect(await startedInEnvoy(envoy, modules)).toEqual(inHost);
}, 180_000);

/** A listener for each module, which Envoy takes or refuses one by one where they are discovered rather than static. */
async function startedInEnvoy(envoy: string, modules: readonly Uint8Array[]): Promise<string[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-restrictions-"));
  try {
    const listeners = await Promise.all(
      modules.map(async (wasm, i) => {
        const wasmPath = path.join(directory, `${i}.wasm`);
        await writeFile(wasmPath, wasm);
        return { name: names[i] ?? "", filters: [{ wasmPath, name: "tried", vmId: names[i] ?? "" }] };
      }),
    );
    const upstream = new URL("http://127.0.0.1:9");
    const config = bootstrap({
      listeners: [{ name: "always", filters: [] }, ...listeners].map((one) => ({
        ...one,
        port: 0,
        upstream,
      })),
    }) as { static_resources: { listeners: object[] } };
    const discovered = path.join(directory, "listeners.json");
    const resources = config.static_resources.listeners.splice(1).map((one) => ({
      "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
      ...one,
    }));
    await writeFile(discovered, JSON.stringify({ version_info: "0", resources }));
    Object.assign(config, {
      node: { id: "restrictions", cluster: "restrictions" },
      dynamic_resources: {
        lds_config: { path_config_source: { path: discovered }, resource_api_version: "V3" },
      },
    });
    const running = await startEnvoy({
      envoy,
      bootstrap: config,
      directory,
      concurrency: 1,
      logLevel: "off",
    });
    await running.stop();
    return [...running.ports.keys()].filter((name) => name !== "always").sort();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test("in the allocator", async () => {
  const CHOSEN = 2000;
  const LOAD = [0x28, 2, 0];
  const STORE = [0x36, 2, 0];
  const IF_EQUAL = [0x46, 0x04, 0x40];
  const first = 1;
  const wasm = buildModule({
    imports: [{ name: "proxy_get_buffer_bytes", type: "iiiii:i" }, ...functions],
    exports: [
      marker,
      {
        name: "malloc",
        type: "i:i",
        body: [
          ...functions.flatMap(({ type }, i) => [
            ...i32(CHOSEN),
            ...LOAD,
            ...i32(i + 1),
            ...IF_EQUAL,
            ...callWithZeros(first + i, type),
            END,
          ]),
          ...i32(4096),
        ],
      },
      {
        // Reads the body, for which the host needs the allocator: as many bytes as the function's number.
        name: "proxy_on_request_body",
        type: "iii:i",
        body: [
          ...i32(CHOSEN),
          ...[0x20, 1],
          ...STORE,
          ...[i32(0), i32(0), [0x20, 1], i32(CHOSEN + 4), i32(CHOSEN + 8), call(0), [DROP]].flat(),
          ...i32(0),
        ],
      },
    ],
  });
  const envoy = await envoyForTests();
  if (envoy === undefined) return;
  const requests = names.map((_, i) => ({ method: "POST", fill: i + 1, patience: 5000 }));
  const trace = { name: "every function", between: 30, requests };
  const traces = await openTraces(envoy, wasm, { module: "generated", traces: [trace] });
  try {
    const compared = await traces.run(trace);
    expect(compared.host).toEqual(compared.envoy);
    const passed = compared.host.answers.map((answer) => JSON.stringify(answer).includes("200"));
    expect(names.filter((_, i) => passed[i]).sort()).toEqual([...inAllocator].sort());
  } finally {
    await traces.close();
  }
}, 180_000);
