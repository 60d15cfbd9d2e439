// A packaged filter → files. Each is written under a temporary name and renamed, so that a reader never sees half a file,
// and nothing is replaced that somebody else wrote.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { readNote } from "./manifest.ts";
import type { PackagedFilter } from "./package.ts";
import { Module } from "./web-assembly.ts";

/** A file is in the way that Tollgate did not write. Thrown before anything is written. */
export class ForeignFile extends Error {
  readonly path: string;

  constructor(target: string) {
    super(`\`${target}\` is there, and Tollgate did not write it`);
    this.name = "ForeignFile";
    this.path = target;
  }
}

/** What Tollgate writes under one name. */
interface Writing {
  readonly target: string;
  readonly content: Uint8Array | string;
  /** Whether what is there is an earlier version. */
  readonly isOurs: (there: Buffer) => boolean;
}

/**
 * Writes `<name>.wasm`, `<name>.ts` and `<name>.manifest.json` of each filter; returns their paths. Throws ForeignFile where
 * one of them is somebody else's.
 */
export async function writeFilters(filters: readonly PackagedFilter[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files = filters.flatMap(({ name, source, manifest, wasm }): Writing[] => {
    const named = (end: string): string => path.join(folder, `${name}${end}`);
    return [
      { target: named(".ts"), content: source, isOurs: isEmittedSource },
      {
        target: named(".manifest.json"),
        content: `${JSON.stringify(manifest, null, 2)}\n`,
        isOurs: isManifest,
      },
      { target: named(".wasm"), content: wasm, isOurs: isFilter },
    ];
  });
  await writeAll(files);
  return files.map(({ target }) => target);
}

/** Writes the filter alone so that it is there whole or not at all. Throws ForeignFile. */
export function writeWasm(target: string, wasm: Uint8Array): Promise<void> {
  return writeAll([{ target, content: wasm, isOurs: isFilter }]);
}

/** The same for a generated configuration, which `sign` tells from any other: a text that all of them hold. */
export function writeConfiguration(target: string, content: string, sign: string): Promise<void> {
  return writeConfigurations([{ target, content }], sign);
}

/** The same for several that belong together: all are there before the first takes its place, and they do so in order. */
export function writeConfigurations(
  files: readonly { readonly target: string; readonly content: string }[],
  sign: string,
): Promise<void> {
  return writeAll(files.map((file) => ({ ...file, isOurs: (there) => there.includes(sign) })));
}

function isEmittedSource(there: Buffer): boolean {
  return /^\/\/ Bundle .* compiled by tollgate /.test(there.toString("utf8", 0, 1000));
}

function isManifest(there: Buffer): boolean {
  try {
    const { tollgate, digest } = JSON.parse(there.toString("utf8")) as Record<string, unknown>;
    return typeof tollgate === "string" && typeof digest === "string";
  } catch {
    return false;
  }
}

function isFilter(there: Buffer): boolean {
  try {
    return readNote(new Module(there)) !== undefined;
  } catch {
    return false;
  }
}

/** Writes files that belong together: none takes its place before all are on the disk. */
async function writeAll(files: readonly Writing[]): Promise<void> {
  for (const file of files) await refuseForeign(file);
  const parts = files.map(({ target, content }) => ({
    target,
    content,
    temporary: `${target}.${randomBytes(6).toString("hex")}.tmp`,
  }));
  try {
    // `wx`: never through a link that somebody laid there.
    for (const { temporary, content } of parts) await writeFile(temporary, content, { flag: "wx" });
    for (const { temporary, target } of parts) await rename(temporary, target);
  } catch (error) {
    for (const { temporary } of parts) await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function refuseForeign({ target, isOurs }: Writing): Promise<void> {
  const info = await stat(target).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (!info) return;
  // Renaming onto a folder fails, and then the files before it would already be in place.
  if (info.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR", path: target });
  if (!info.isFile() || !isOurs(await readFile(target))) throw new ForeignFile(target);
}
