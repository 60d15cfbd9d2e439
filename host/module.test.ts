import { describe, expect, test } from "@jest/globals";
import { FilterModule, ModuleRejected } from "./module.ts";
import { buildModule, call, i32, required } from "./testing/wasm-builder.ts";
import { Vm, VmStartError } from "./vm.ts";

const DROP = 0x1a;
/** Traps where there is something else than 0 on the stack. */
const IF_TRAP = [0x04, 0x40, 0x00, 0x0b];
const EQZ_IF_TRAP = [0x45, ...IF_TRAP];

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

  test("starts with `_initialize` and `main`, or with `_start`, and looks at no others", () => {
    const log = [...i32(2), ...i32(0), ...i32(1), ...call(0), DROP];
    const started = (exports: readonly { name: string; type: string; body: number[] }[]): number => {
      const imports = [{ name: "proxy_log", type: "iii:i" }];
      let lines = 0;
      const module = FilterModule.compile(buildModule({ imports, exports: [...required, ...exports] }));
      Vm.start(module, { log: () => lines++ });
      return lines;
    };
    const initialize = { name: "_initialize", type: ":", body: log };
    const main = { name: "main", type: "ii:i", body: [...log, ...i32(0)] };
    expect(started([initialize, main])).toBe(2);
    expect(started([initialize, { name: "_start", type: "i:i", body: i32(0) }])).toBe(1);
    expect(started([main, { name: "_start", type: ":", body: log }])).toBe(1);
    expect(started([{ ...main, type: "i:i" }])).toBe(0);
    expect(() => started([initialize, { ...main, type: "i:i" }])).toThrow("export `main` has the type");
    expect(() => started([{ name: "_start", type: "i:i", body: i32(0) }])).toThrow("export `_start`");
  });

  test("has what Emscripten imports", () => {
    const module = FilterModule.compile(
      buildModule({
        imports: [
          { name: "pthread_equal", type: "ii:i" },
          { name: "emscripten_notify_memory_growth", type: "i:" },
        ],
        exports: [
          ...required,
          {
            name: "proxy_on_vm_start",
            type: "ii:i",
            // Traps unless 7 is 7, and 7 is not 8.
            body: [
              ...[...i32(0), ...call(1)],
              ...[...i32(7), ...i32(7), ...call(0), ...EQZ_IF_TRAP],
              ...[...i32(7), ...i32(8), ...call(0), ...IF_TRAP],
              ...i32(1),
            ],
          },
        ],
      }),
    );
    expect(Vm.start(module).failed).toBe(false);
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
