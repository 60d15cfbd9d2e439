// Compiles the AssemblyScript entries of this folder and runs them in Node, each over host functions that a test
// controls. This file and host.ts run in Node; the other files of this folder are AssemblyScript.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { instantiateSync } from "@assemblyscript/loader";
import { StubHost } from "./host.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const asc = path.join(root, "node_modules", "assemblyscript", "bin", "asc.js");

/**
 * Compiles a file of the repository with the flags that ship; `target` is one of asconfig.json's. asc runs in a process
 * of its own: inside Jest's module system its WebAssembly dependencies would be loaded anew for each test file.
 */
export async function compile(
  entry: string,
  target: "policy" | "filter",
  flags: readonly string[] = [],
): Promise<Uint8Array> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-asc-"));
  const output = path.join(folder, "out.wasm");
  try {
    await promisify(execFile)(
      process.execPath,
      [asc, entry, "--config", "asconfig.json", "--target", target, "--outFile", output, ...flags],
      { cwd: root },
    );
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What every entry of this folder exports. */
interface Basics {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  /** The start of 64 KiB that belong to the test. */
  scratch(): number;
}

/** A running module: its exports, its memory, and the host it runs on. */
export class Guest<Exports> {
  readonly exports: Exports & Basics;
  readonly host: StubHost;

  constructor(wasm: Uint8Array, host: StubHost = new StubHost()) {
    const { exports } = instantiateSync(wasm, { env: host.imports() }) as unknown as {
      exports: Exports & Basics;
    };
    this.exports = exports;
    this.host = host;
    host.attach(exports);
    exports._initialize();
  }

  /** All of linear memory as it is now; growing makes it stale. */
  get memory(): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer);
  }

  /** Size of linear memory in bytes. */
  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Writes bytes into the scratch area, `offset` bytes from its start, and says where they are. */
  write(bytes: Uint8Array | string, offset = 0): number {
    const at = this.exports.scratch() + offset;
    this.memory.set(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, at);
    return at;
  }

  /** A copy of bytes of linear memory. Addresses may come as the signed numbers that WebAssembly returns. */
  read(at: number, size: number): Uint8Array {
    return this.memory.slice(at >>> 0, (at >>> 0) + size);
  }

  /** As `read`, a character for each byte. */
  text(at: number, size: number): string {
    return Buffer.from(this.read(at, size)).toString("latin1");
  }
}

/** Compiles the entry `testing/<name>.ts` once; each call of what it resolves to is a fresh instance. */
export async function entry<Exports>(
  name: string,
  flags: readonly string[] = [],
): Promise<(host?: StubHost) => Guest<Exports>> {
  const wasm = await compile(`filters/runtime/testing/${name}.ts`, "policy", flags);
  return (host) => new Guest<Exports>(wasm, host);
}
