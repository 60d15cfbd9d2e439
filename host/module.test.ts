import { describe, expect, test } from "@jest/globals";
import { FilterModule, ModuleRejected } from "./module.ts";
import { buildModule, call, i32, required } from "./testing/wasm-builder.ts";
import { Vm, VmStartError } from "./vm.ts";

const DROP = 0x1a;

const marker = required[0];
const malloc = required[1];

describe("a module that Envoy loads", () => {
  test("tells its ABI, imports and callbacks", () => {
    const wasm = buildModule({
      imports: [
        { name: "proxy_log", type: "iii:i" },
        { module: "wasi_snapshot_preview1", name: "clock_time_get", type: "iIi:i" },
      ],
      exports: [
        ...required,
        { name: "proxy_on_request_headers", type: "iii:i" },
        { name: "other", type: "F:" },
      ],
    });
    const module = FilterModule.compile(wasm);
    expect(module).toMatchObject({
      abiVersion: "0.2.1",
      imports: ["proxy_log", "wasi:clock_time_get"],
      callbacks: ["proxy_on_request_headers"],
      byteLength: wasm.length,
      allocator: "malloc",
    });
    expect(Vm.start(module).memoryBytes).toBe(65536);
  });

  test("may be of an older ABI with that ABI's functions", () => {
    const module = FilterModule.compile(
      buildModule({
        imports: [{ name: "proxy_continue_request", type: ":i" }],
        exports: [
          { name: "proxy_abi_version_0_1_0", type: ":" },
          { name: "proxy_on_memory_allocate", type: "i:i" },
          { name: "proxy_on_request_headers", type: "ii:i" },
        ],
      }),
    );
    expect(module).toMatchObject({ abiVersion: "0.1.0", allocator: "proxy_on_memory_allocate" });
  });

  test("does not start where its start function traps", () => {
    const module = FilterModule.compile(
      buildModule({ exports: [...required, { name: "_initialize", type: ":" }] }),
    );
    expect(() => Vm.start(module)).toThrow(VmStartError);
    expect(() => Vm.start(module)).toThrow("`_initialize` failed: unreachable");
  });

  test.each([
    ["env", "proxy_log", "iii:i", [...i32(2), ...i32(0), ...i32(0)]],
    ["wasi_snapshot_preview1", "random_get", "ii:i", [...i32(0), ...i32(8)]],
  ] as const)("does not start where its start section calls %s.%s", (module, name, type, parameters) => {
    const start = { type: ":", body: [...parameters, ...call(0), DROP] } as const;
    const wasm = buildModule({
      imports: [{ module, name, type }],
      exports: required,
      functions: [start],
      start: 3,
    });
    expect(() => Vm.start(FilterModule.compile(wasm))).toThrow(
      /^the module cannot be instantiated: its start section calls `.*(proxy_log|random_get)`, which crashes Envoy: /,
    );
  });

  test("does not start where its start section traps", () => {
    const functions = [{ type: ":" }] as const;
    const wasm = buildModule({ exports: required, functions, start: 2 });
    expect(() => Vm.start(FilterModule.compile(wasm))).toThrow(
      "the module cannot be instantiated: unreachable",
    );
  });
});

describe("a module that Envoy refuses", () => {
  const rejections: Array<[string, Uint8Array, string]> = [
    ["no wasm", Buffer.from("hello"), "not a valid WebAssembly module"],
    [
      "an unknown import",
      buildModule({ imports: [{ name: "proxy_sing", type: ":i" }], exports: required }),
      "unknown import `env.proxy_sing`",
    ],
    [
      "an import of another module",
      buildModule({ imports: [{ module: "index", name: "proxy_log", type: "iii:i" }], exports: required }),
      "unknown import `index.proxy_log`",
    ],
    [
      "abort",
      buildModule({ imports: [{ name: "abort", type: "iiii:" }], exports: required }),
      "unknown import `env.abort`: compile with asc's `--use abort=`",
    ],
    [
      "an import of another ABI",
      buildModule({ imports: [{ name: "proxy_clear_route_cache", type: ":i" }], exports: required }),
      "unknown import `env.proxy_clear_route_cache`: it exists under ABI 0.1.0 only, the module is 0.2.1",
    ],
    [
      "an import with a wrong type",
      buildModule({ imports: [{ name: "proxy_increment_metric", type: "ii:i" }], exports: required }),
      "import `env.proxy_increment_metric` has the type (i32, i32) -> (i32), the host's function has (i32, i64) -> (i32)",
    ],
    [
      "a callback with a wrong type",
      buildModule({ exports: [...required, { name: "proxy_on_request_headers", type: "ii:i" }] }),
      "export `proxy_on_request_headers` has the type (i32, i32) -> (i32), the host calls it as (i32, i32, i32) -> (i32)",
    ],
    [
      "an allocator with a wrong type",
      buildModule({ exports: [marker, { name: "malloc", type: "I:i" }] }),
      "export `malloc` has the type (i64) -> (i32)",
    ],
    [
      "no allocator",
      buildModule({ exports: [marker] }),
      "no allocator: export `malloc` or `proxy_on_memory_allocate`",
    ],
    ["no marker", buildModule({ exports: [malloc] }), "the ABI marker is missing"],
    ["no memory", buildModule({ exports: required, memory: false }), "the module has no memory"],
  ];

  test.each(rejections)("%s", (_, wasm, message) => {
    expect(() => FilterModule.compile(wasm)).toThrow(ModuleRejected);
    expect(() => FilterModule.compile(wasm)).toThrow(message);
  });
});
