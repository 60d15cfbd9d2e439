// What is compared is the same work, and small enough where it is ours: by hand and on the SDK. Others' SDKs are looked at
// by the benchmark itself.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { assemblyScript } from "../peers/assemblyscript.ts";
import type { PeerCompiler } from "../peers/peer.ts";
import { headerRouting, noOp, rateLimit, type Contestant } from "./index.ts";

let folder: string;
let compilers: Record<"bare" | "sdk", PeerCompiler>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-workloads-"));
  compilers = { bare: await assemblyScript("bare"), sdk: await assemblyScript("sdk") };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const built = new Map<string, Promise<Uint8Array>>();

function moduleOf(peer: "bare" | "sdk", program: string): Promise<Uint8Array> {
  const name = `${peer}-${program}`;
  const build = async (): Promise<Uint8Array> => {
    const out = path.join(folder, `${name}.wasm`);
    await compilers[peer].build(program, out);
    return readFile(out);
  };
  let module = built.get(name);
  if (module === undefined) built.set(name, (module = build()));
  return module;
}

const ours = ({ peer }: Contestant): boolean => peer === "bare" || peer === "sdk";

describe.each([noOp, headerRouting, rateLimit])("$name", ({ contestants, faultsInHost }) => {
  test.each(contestants.filter(ours))("$name ($program)", async ({ peer, program, mostBytes = Infinity }) => {
    const wasm = await moduleOf(peer as "bare" | "sdk", program);
    expect(faultsInHost(wasm)).toEqual([]);
    expect(wasm.byteLength).toBeLessThanOrEqual(mostBytes);
  });
});

// W3 is not among W0's: what it keeps is not to be seen from outside.
test.each([
  [noOp, "w1"],
  [headerRouting, "w0"],
  [headerRouting, "w3"],
  [rateLimit, "w0"],
  [rateLimit, "w1"],
] as const)("what does something else is found out (%#)", async ({ faultsInHost }, program) => {
  expect(faultsInHost(await moduleOf("sdk", program))).not.toEqual([]);
});
