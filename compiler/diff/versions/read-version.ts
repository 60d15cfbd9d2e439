// What a version of policies is named by, and its files.
import { existsSync } from "node:fs";
import path from "node:path";
import { InputError, readBundleFiles, type BundleFiles } from "../../1-parse/files.ts";
import { printable } from "../../diagnostics/printable.ts";
import { readRevision } from "./revision.ts";

/**
 * Reads a version: what is there under this name (a folder or file, from `process.cwd()`), else `REVISION:PATH` of the git
 * repository in which the command runs. Throws InputError.
 */
export async function readVersion(given: string): Promise<BundleFiles> {
  if (existsSync(given)) {
    if (/\.wasm$/i.test(given))
      throw new InputError(
        `\`${printable(given)}\` is a compiled filter, and what it decides cannot be told from it`,
        "give the policies that it was built from",
      );
    return readBundleFiles([given]);
  }
  const [, revision, at] = /^([^:]*):(.*)$/s.exec(given) ?? [];
  if (revision !== undefined && at !== undefined) return readRevision(revision, at, process.cwd());
  throw new InputError(
    `\`${printable(given)}\` is not there`,
    `give a folder or file with policies, or a git revision and a path, such as \`${printable(path.basename(given) || "main")}:policies\``,
  );
}
