// What the lint says of hand-made modules, and that a real Envoy agrees: it loads exactly those without an error.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bootstrap, EnvoyFailed, startEnvoy } from "../../../envoy/index.ts";
import { envoyForTests } from "../../../envoy/testing.ts";
import { buildModule, call, i32, required, type ModuleParts } from "../../../host/testing/wasm-builder.ts";
import { newestEnvoy, type EnvoyVersion } from "./envoy-versions.ts";
import { lintModule } from "./lint.ts";

interface Row {
  readonly name: string;
  readonly parts: ModuleParts;
  readonly envoy?: EnvoyVersion;
  readonly finds: readonly string[];
  /** Where Envoy does not refuse it but is gone. */
  readonly crashes?: true;
}

const DROP = 0x1a;
const [marker, malloc] = required;
const oldMarker = { name: "proxy_abi_version_0_1_0", type: ":" };
const log = { name: "proxy_log", type: "iii:i" };
const clock = { name: "proxy_get_current_time_nanoseconds", type: "i:i" };
const wasi = (name: string, type: string) => ({ module: "wasi_snapshot_preview1", name, type });
const logs = [...i32(2), ...i32(0), ...i32(0), ...call(0), DROP];
const asksTheTime = [...i32(0), ...call(0), DROP];
const onConfigure = { name: "proxy_on_configure", type: "ii:i", body: i32(1) };

const rows: readonly Row[] = [
  {
    name: "nothing to say",
    parts: {
      imports: [log, clock],
      exports: [...required, onConfigure, { name: "_initialize", type: ":", body: logs }],
    },
    finds: [],
  },
  {
    name: "an unknown import",
    parts: { imports: [{ name: "proxy_get_header_map_pair", type: "iii:i" }], exports: required },
    finds: [
      "error TG8001: no Envoy has `env.proxy_get_header_map_pair` = did you mean `proxy_get_header_map_pairs`?",
    ],
  },
  {
    name: "AssemblyScript's abort",
    parts: { imports: [{ name: "abort", type: "iiii:" }], exports: required },
    finds: [
      "error TG8001: no Envoy has `env.abort` = AssemblyScript imports it for failed assertions: compile with `--use abort=` and the name of a function of your own",
    ],
  },
  {
    name: "an import of the wrong module",
    parts: { imports: [{ ...log, module: "index" }], exports: required },
    finds: [
      "error TG8001: no Envoy has `index.proxy_log` = Envoy looks for it in the module `env`: AssemblyScript takes the module's name from the source file's",
    ],
  },
  {
    name: "an import of another ABI",
    parts: { imports: [{ name: "proxy_clear_route_cache", type: ":i" }], exports: required },
    finds: [
      "error TG8001: no Envoy has `env.proxy_clear_route_cache` = it exists under ABI 0.1.0 only, and this module declares 0.2.1",
    ],
  },
  {
    name: "the same import under its ABI",
    parts: { imports: [{ name: "proxy_clear_route_cache", type: ":i" }], exports: [oldMarker, malloc] },
    finds: [],
  },
  {
    name: "WASI that no Envoy has",
    parts: { imports: [wasi("proc_raise", "i:i")], exports: required },
    finds: [
      "error TG8001: no Envoy has `wasi_snapshot_preview1.proc_raise` = a Proxy-Wasm module may import the `proxy_…` functions of `env`, and WASI",
    ],
  },
  {
    name: "WASI that came later",
    parts: { imports: [wasi("fd_readdir", "iiiIi:i")], exports: required },
    envoy: "1.38",
    finds: [
      "error TG8001: Envoy 1.38 has no `wasi_snapshot_preview1.fd_readdir` = it came with Envoy 1.39: lint for that with `--envoy 1.39`, or do without it",
    ],
  },
  {
    name: "the same WASI now, and what Emscripten imports",
    parts: {
      imports: [wasi("fd_readdir", "iiiIi:i"), { name: "emscripten_notify_memory_growth", type: "i:" }],
      exports: required,
    },
    finds: [],
  },
  {
    name: "an import of the wrong type",
    parts: { imports: [{ name: "proxy_increment_metric", type: "ii:i" }], exports: required },
    finds: [
      "error TG8002: `env.proxy_increment_metric` is imported as (i32, i32) -> (i32), Envoy has it as (i32, i64) -> (i32) = declare it with Envoy's type",
    ],
  },
  {
    name: "callbacks of the wrong type",
    parts: {
      exports: [
        ...required,
        { name: "proxy_on_log", type: ":" },
        { name: "proxy_on_request_headers", type: "ii:i" },
      ],
    },
    finds: [
      "error TG8003: `proxy_on_log` is exported as () -> (), Envoy calls it as (i32) -> () = give it Envoy's type",
      "error TG8003: `proxy_on_request_headers` is exported as (i32, i32) -> (i32), Envoy calls it as (i32, i32, i32) -> (i32) = give it Envoy's type",
    ],
  },
  {
    name: "wrong types that Envoy never looks at",
    parts: {
      exports: [
        ...required,
        { name: "proxy_on_memory_allocate", type: ":" },
        { name: "_initialize", type: ":", body: [] },
        { name: "_start", type: "i:" },
      ],
    },
    finds: [],
  },
  {
    name: "a `main` of the wrong type",
    parts: {
      exports: [
        ...required,
        { name: "_initialize", type: ":", body: [] },
        { name: "main", type: ":i", body: i32(0) },
      ],
    },
    finds: [
      "error TG8003: `main` is exported as () -> (i32), Envoy calls it as (i32, i32) -> (i32) = give it Envoy's type",
    ],
  },
  {
    name: "no marker, no allocator",
    parts: {},
    finds: [
      "error TG8004: no ABI is declared = export a function `proxy_abi_version_0_2_1`; it is never called",
      "error TG8005: there is no allocator for Envoy's answers = export `malloc` or `proxy_on_memory_allocate`, (i32) -> (i32)",
    ],
  },
  {
    name: "a marker that no Envoy knows",
    parts: { exports: [{ name: "proxy_abi_version_0_3_0", type: ":" }, malloc] },
    finds: [
      "error TG8004: no Envoy knows the ABI of `proxy_abi_version_0_3_0` = export a function `proxy_abi_version_0_2_1`; it is never called",
    ],
  },
  {
    name: "several markers",
    parts: { exports: [oldMarker, ...required] },
    finds: [
      "warning TG8004: several ABIs are declared: Envoy takes the first it knows, `proxy_abi_version_0_1_0`, not `proxy_abi_version_0_2_1` = export one marker",
    ],
  },
  {
    name: "an allocator of the wrong type",
    parts: { exports: [marker, { name: "malloc", type: "I:i" }] },
    finds: [
      "error TG8003: `malloc` is exported as (i64) -> (i32), Envoy calls it as (i32) -> (i32) = give it Envoy's type",
    ],
  },
  {
    name: "memory that is not exported",
    parts: {
      imports: [log],
      exports: [...required, { name: "_initialize", type: ":", body: logs }],
      memory: "hidden",
    },
    finds: [
      "error TG8006: no memory is exported: Envoy crashes with the first host call = export the memory, by convention as `memory`",
    ],
    crashes: true,
  },
  {
    name: "memory that is not exported, and no host call",
    parts: { exports: required, memory: "hidden" },
    finds: ["warning TG8006: no memory is exported = export the memory, by convention as `memory`"],
  },
  {
    name: "a host call in the start section",
    parts: { imports: [log], exports: required, functions: [{ type: ":", body: logs }], start: 3 },
    finds: [
      "error TG8007: the start section calls `proxy_log`: Envoy crashes = export the start function as `_initialize` instead (AssemblyScript: `--exportStart _initialize`) and call no host function in it but `proxy_log`",
    ],
    crashes: true,
  },
  {
    name: "a start section that calls nobody",
    parts: { imports: [log], exports: required, functions: [{ type: ":", body: [] }], start: 3 },
    finds: [],
  },
  {
    name: "a host call in `_initialize`, two calls away",
    parts: {
      imports: [clock],
      exports: [...required, { name: "_initialize", type: ":", body: call(4) }],
      functions: [
        { type: ":", body: call(5) },
        { type: ":", body: asksTheTime },
      ],
    },
    finds: [
      "error TG8007: `_initialize` calls `proxy_get_current_time_nanoseconds`, which Envoy 1.40 refuses there = call it in `proxy_on_vm_start` or `proxy_on_configure` instead",
    ],
  },
  {
    name: "a host call in `main`",
    parts: {
      imports: [clock],
      exports: [
        ...required,
        { name: "_initialize", type: ":", body: [] },
        { name: "main", type: "ii:i", body: [...asksTheTime, ...i32(0)] },
      ],
    },
    finds: [
      "error TG8007: `main` calls `proxy_get_current_time_nanoseconds`, which Envoy 1.40 refuses there = call it in `proxy_on_vm_start` or `proxy_on_configure` instead",
    ],
  },
  {
    name: "a host call in a `_start` that `_initialize` hides",
    parts: {
      imports: [clock],
      exports: [
        ...required,
        { name: "_initialize", type: ":", body: [] },
        { name: "_start", type: ":", body: asksTheTime },
      ],
    },
    finds: [],
  },
  {
    name: "a host call that this start does not come to",
    parts: {
      imports: [clock],
      exports: [...required, { name: "_initialize", type: ":", body: [...i32(0), ...when(call(4))] }],
      functions: [{ type: ":", body: asksTheTime }],
    },
    finds: [
      "warning TG8007: `_initialize` may call `proxy_get_current_time_nanoseconds` (by way of `function 4`): Envoy 1.40 would refuse it = call it in `proxy_on_vm_start` or `proxy_on_configure` instead",
    ],
  },
  {
    name: "a host call that a call through a table may lead to",
    parts: {
      imports: [clock],
      exports: [...required, { name: "_initialize", type: ":", body: [...i32(1), ...callIndirect(4)] }],
      // Of the two functions in the table the second is called; the third has another type.
      functions: [
        { type: ":", body: asksTheTime },
        { type: ":", body: [] },
        { type: "i:", body: asksTheTime },
      ],
      table: [4, 5, 6],
    },
    finds: [
      "note TG8007: `_initialize` makes calls through a table, which may lead to `proxy_get_current_time_nanoseconds`: Envoy 1.40 would refuse it = call it in `proxy_on_vm_start` or `proxy_on_configure` instead",
    ],
  },
  {
    name: "WASI while starting",
    parts: {
      imports: [wasi("poll_oneoff", "iiii:i")],
      exports: [
        ...required,
        { name: "_start", type: ":", body: [...[0, 0, 0, 0].flatMap(i32), ...call(0), DROP] },
      ],
    },
    finds: [],
  },
  {
    name: "WASI that an older Envoy refuses while starting",
    parts: {
      imports: [wasi("poll_oneoff", "iiii:i")],
      exports: [
        ...required,
        { name: "_start", type: ":", body: [...[0, 0, 0, 0].flatMap(i32), ...call(0), DROP] },
      ],
    },
    envoy: "1.38",
    finds: [
      "error TG8007: `_start` calls `wasi_snapshot_preview1.poll_oneoff`, which Envoy 1.38 refuses there = call it in `proxy_on_vm_start` or `proxy_on_configure` instead",
    ],
  },
  {
    name: "a start that traps",
    parts: { exports: [...required, { name: "_initialize", type: ":" }] },
    finds: ["error TG8007: `_initialize` fails: unreachable = Envoy refuses a module that does not start"],
  },
  {
    name: "a misspelt callback",
    parts: { exports: [...required, { name: "proxy_on_request_header", type: "iii:i" }] },
    finds: [
      "warning TG8008: no Envoy calls the export `proxy_on_request_header` = did you mean `proxy_on_request_headers`?",
    ],
  },
  {
    name: "a callback without its prefix",
    parts: { exports: [...required, { name: "on_log", type: "i:" }] },
    finds: ["warning TG8008: no Envoy calls the export `on_log` = did you mean `proxy_on_log`?"],
  },
  {
    name: "a callback of another ABI",
    parts: { exports: [oldMarker, malloc, { name: "proxy_on_foreign_function", type: ":" }] },
    finds: [
      "warning TG8008: no Envoy calls the export `proxy_on_foreign_function` = it is no callback of ABI 0.1.0: leave it out",
    ],
  },
  {
    name: "callbacks that nothing will cause",
    parts: {
      exports: [
        ...required,
        { name: "proxy_on_tick", type: "i:" },
        { name: "proxy_on_grpc_close", type: "iii:" },
        { name: "proxy_on_grpc_receive", type: "iii:" },
        { name: "proxy_validate_configuration", type: "ii:i" },
      ],
    },
    finds: [
      "note TG8009: `proxy_on_tick` will never be called: the module does not import `proxy_set_tick_period_milliseconds`",
      "note TG8009: `proxy_on_grpc_close`, `proxy_on_grpc_receive` will never be called: the module does not import `proxy_grpc_call` or `proxy_grpc_stream`",
      "note TG8009: `proxy_validate_configuration` will never be called: Envoy has nothing that calls it",
    ],
  },
  {
    name: "a foreign function that came later",
    parts: {
      imports: [{ name: "proxy_call_foreign_function", type: "iiiiii:i" }],
      exports: required,
      data: ["design\x08\0s\0i\0g\0n\0\0\0"],
    },
    envoy: "1.36",
    finds: [
      "note TG8010: the module calls foreign functions, and `sign` stands in its data: Envoy 1.36 has no such function = it came with Envoy 1.37; before, the call answers NotFound",
    ],
  },
  {
    name: "a foreign function that is there",
    parts: {
      imports: [{ name: "proxy_call_foreign_function", type: "iiiiii:i" }],
      exports: required,
      data: ["sign"],
    },
    finds: [],
  },
];

test.each(rows)("$name", ({ parts, envoy = newestEnvoy, finds }) => {
  const found = lintModule(buildModule(parts), envoy).map(
    ({ severity, code, message, help }) => `${severity} ${code}: ${message}${help ? ` = ${help}` : ""}`,
  );
  expect(found).toEqual(finds);
});

test("a start that never ends is given up", () => {
  const parts = { exports: [...required, { name: "_initialize", type: ":", body: forEver() }] };
  expect(lintModule(buildModule(parts), newestEnvoy)).toMatchObject([
    { severity: "warning", code: "TG8007", message: "`_initialize` does not come to an end" },
  ]);
});

describe("the real Envoy", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-lint-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test.each(rows.filter(({ envoy }) => envoy === undefined))("$name", async ({ parts, finds, crashes }) => {
    const envoy = await envoyForTests();
    if (envoy === undefined) return;
    const wasmPath = path.join(directory, "module.wasm");
    await writeFile(wasmPath, buildModule(parts));
    const listener = {
      name: "main",
      port: 0,
      upstream: new URL("http://127.0.0.1:9"),
      filters: [{ wasmPath, name: "module", vmId: "module" }],
    };
    const start = startEnvoy({ envoy, directory, bootstrap: bootstrap({ listeners: [listener] }) });
    const outcome = await start.then(
      async (running) => {
        await running.stop();
        return "loaded";
      },
      (error: unknown) => (error instanceof EnvoyFailed ? error.reason : String(error)),
    );
    const wrong = finds.some((finding) => finding.startsWith("error"));
    expect(outcome).toBe(crashes ? "exited" : wrong ? "wasm-refused" : "loaded");
  });
});

/** `if (top of the stack) body`. */
function when(body: readonly number[]): number[] {
  return [0x04, 0x40, ...body, 0x0b];
}

/** `call_indirect` with a type index; each function of a module has its own. */
function callIndirect(type: number): number[] {
  return [0x11, type, 0];
}

function forEver(): number[] {
  return [0x03, 0x40, 0x0c, 0, 0x0b];
}
