// From what the command was given (files and folders) to the policy files, in one fixed order.
import { readFile, readdir, stat } from "node:fs/promises";
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

/** Reads every `.yaml` and `.yml` file under the given paths; hidden folders and node_modules are passed over. */
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
      for (const file of await yamlFilesUnder(given))
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
    })),
  );
  return { files, defaultName: bundleName(paths[0] ?? ".") };
}

async function readText(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw unreadable(file, error);
  });
  return text.replace(/^\uFEFF/, "");
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

async function yamlFilesUnder(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await yamlFilesUnder(full)));
    else if (/\.ya?ml$/i.test(entry.name)) files.push(full);
  }
  return files;
}

function bundleName(given: string): string {
  const base = path.basename(path.resolve(given)).replace(/\.ya?ml$/i, "");
  const name = base.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  return name.replace(/^-+|-+$/g, "").slice(0, 63) || "bundle";
}
