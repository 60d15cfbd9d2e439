// From what the command was given (files and folders) to the policy files, in one fixed order.
import { constants, readFileSync, realpathSync, statSync } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { SourceFile } from "../source/span.ts";

/** A path that is not there or cannot be read: the call is at fault, not the policies. */
export class InputError extends Error {
  readonly help: string;

  constructor(message: string, help: string) {
    super(message);
    this.name = "InputError";
    this.help = help;
  }
}

/** The files of a bundle and the name it has where no `Bundle` document gives one. */
export interface BundleFiles {
  readonly files: SourceFile[];
  readonly defaultName: string;
}

/**
 * Reads every `.yaml` and `.yml` file under the given paths; hidden folders and node_modules are passed over. In a folder
 * links are followed within that folder only: what a message quotes is then never a file that the author of a link could
 * not read, but whoever runs the command can. Throws InputError.
 */
export async function readBundleFiles(paths: readonly string[]): Promise<BundleFiles> {
  const found = new Map<string, string>(); // absolute path → path in the bundle
  for (const given of paths) {
    const info = await stat(given).catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code === "ENOENT" || code === "ENOTDIR"
        ? new InputError(
            `\`${given}\` is not there`,
            "give a policy file, or a folder that holds policy files",
          )
        : new InputError(`\`${given}\` cannot be read: ${message}`, "check the path and its permissions");
    });
    if (info.isDirectory()) {
      const root = await realpath(given);
      for (const file of await yamlFilesUnder(given, root))
        found.set(path.resolve(file), path.relative(given, file));
    } else {
      found.set(path.resolve(given), path.basename(given));
    }
  }
  const sorted = [...found].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
  const files = await Promise.all(
    sorted.map(async ([absolute, inBundle]) => ({
      path: inBundle.split(path.sep).join("/"),
      shown: path.relative(process.cwd(), absolute),
      text: await readText(absolute),
      beside: (name: string) => readBeside(absolute, name),
    })),
  );
  return { files, defaultName: bundleName(paths[0] ?? ".") };
}

/** Far more than any bundle has, and far less than the longest text that Node can hold. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

async function readText(file: string): Promise<string> {
  try {
    // Without waiting: a pipe that nobody writes to would hold the command for ever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      const shown = path.relative(process.cwd(), file) || ".";
      if (info.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
      if (!info.isFile())
        throw new InputError(`\`${shown}\` is not a regular file`, "write the policies into a file");
      if (info.size > MAX_FILE_BYTES)
        throw new InputError(
          `\`${shown}\` is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`,
          "no policy file is; check the path, or divide the file",
        );
      return (await handle.readFile("utf8")).replace(/^\uFEFF/, "");
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(file, error);
  }
}

/** Larger than any key set. */
export const MAX_BESIDE_BYTES = 1024 * 1024;

/** What a policy names must lie where its author could put it: beside the policy, not elsewhere on the machine. */
function readBeside(file: string, name: string): string | undefined {
  try {
    const folder = realpathSync(path.dirname(file));
    const found = realpathSync(path.resolve(folder, name));
    const info = statSync(found);
    if (!found.startsWith(folder + path.sep) || !info.isFile() || info.size > MAX_BESIDE_BYTES)
      return undefined;
    return readFileSync(found, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return undefined;
  }
}

function unreadable(file: string, error: unknown): InputError {
  const { code, message } = error as NodeJS.ErrnoException;
  const shown = path.relative(process.cwd(), file) || ".";
  // Found in a folder, and yet not there: a link that leads nowhere.
  if (code === "ENOENT" || code === "ELOOP")
    return new InputError(
      `\`${shown}\` is a link that leads nowhere`,
      "remove it, or mend what it points to",
    );
  if (code === "EISDIR")
    return new InputError(`\`${shown}\` is a link to a folder`, "give the folder itself as a further path");
  if (code === "EACCES" || code === "EPERM")
    return new InputError(`no permission to read \`${shown}\``, "check who owns it");
  return new InputError(`\`${shown}\` cannot be read: ${message}`, "check the path and its permissions");
}

/** @param root the real path of the folder that was given, in which all must lie */
async function yamlFilesUnder(folder: string, root: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await yamlFilesUnder(full, root)));
    else if (/\.ya?ml$/i.test(entry.name)) {
      if (entry.isSymbolicLink()) await refuseOutside(full, root);
      files.push(full);
    }
  }
  return files;
}

async function refuseOutside(link: string, root: string): Promise<void> {
  const target = await realpath(link).catch((error: unknown) => {
    throw unreadable(link, error);
  });
  const within = path.relative(root, target);
  if (within !== ".." && !within.startsWith(`..${path.sep}`) && !path.isAbsolute(within)) return;
  const info = await stat(target);
  if (info.isDirectory()) throw unreadable(link, Object.assign(new Error(), { code: "EISDIR" }));
  throw new InputError(
    `\`${path.relative(process.cwd(), link)}\` is a link to a file outside the folder`,
    "give that file itself as a further path, or put a copy into the folder",
  );
}

/** The name of the bundle that a path leads to. */
export function bundleName(given: string): string {
  const base = path.basename(path.resolve(given)).replace(/\.ya?ml$/i, "");
  const name = base.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  return name.replace(/^-+|-+$/g, "").slice(0, 63) || "bundle";
}
