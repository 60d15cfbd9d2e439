// The peers' programs as modules, built once for each state of their sources.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory } from "../../envoy/index.ts";
import { temporaryFolder } from "../cleanup.ts";
import { inWorkFolder } from "../../runtime-tests/foreign/toolchains/work-folder.ts";
import { progress } from "../report/progress.ts";
import { assemblyScript } from "./assemblyscript.ts";
import { foreign } from "./foreign.ts";
import type { PeerCompiler, PeerName } from "./peer.ts";
import { solo } from "./solo.ts";
import { digestOf } from "./sources.ts";

export interface PeerModule {
  readonly wasm: Uint8Array;
  /** The same in a file, for Envoy. */
  readonly path: string;
  /** What compiled it. */
  readonly compiler: string;
}

/** Builds peers' programs. */
export class Peers {
  readonly #install: boolean;
  readonly #compilers = new Map<PeerName, Promise<PeerCompiler>>();
  readonly #modules = new Map<string, Promise<PeerModule>>();

  /** `install`: toolchains that are missing are installed into the cache. */
  constructor(install: boolean) {
    this.#install = install;
  }

  /** The module of a peer's program (`w1`). Rejects with PeerUnavailable where the peer cannot be compiled here. */
  module(peer: PeerName, program: string): Promise<PeerModule> {
    const key = `${peer}-${program}`;
    let module = this.#modules.get(key);
    if (module === undefined) this.#modules.set(key, (module = this.#build(peer, program)));
    return module;
  }

  #compiler(peer: PeerName): Promise<PeerCompiler> {
    let compiler = this.#compilers.get(peer);
    if (compiler === undefined) this.#compilers.set(peer, (compiler = find(peer, this.#install)));
    return compiler;
  }

  async #build(peer: PeerName, program: string): Promise<PeerModule> {
    const { version, build } = await this.#compiler(peer);
    const file = await fileOf(peer, program, version);
    if (!existsSync(file)) {
      progress(`building ${peer} ${program} with ${version}`);
      await mkdir(path.dirname(file), { recursive: true });
      await inWorkFolder(cacheDirectory(), async (work) => {
        const out = path.join(work, "module.wasm");
        await build(program, out);
        await rename(out, file);
      });
    }
    return { wasm: await readFile(file), path: file, compiler: version };
  }
}

/** Our own are built for each run: what they are made of is more than their folder. The others are kept. */
async function fileOf(peer: PeerName, program: string, version: string): Promise<string> {
  const name = `${peer}-${program}`;
  if (peer === "bare" || peer === "sdk") return path.join(await temporaryFolder(), `${name}.wasm`);
  return path.join(cacheDirectory(), "peers", `${name}-${await digestOf(peer, version)}.wasm`);
}

function find(peer: PeerName, install: boolean): Promise<PeerCompiler> {
  switch (peer) {
    case "bare":
    case "sdk":
      return assemblyScript(peer);
    case "rust":
    case "go":
      return foreign(peer, install);
    case "solo":
      return solo();
  }
}
