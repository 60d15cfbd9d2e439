// The template of a filter: compiler/templates/filter, a filter that works as it stands, under the name `my-filter`.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { className } from "./name.ts";
import { ownPackages } from "./packages.ts";

/**
 * The files of a filter by their paths.
 * @param dependency what `package.json` is to say of each of the packages that are released with this command
 */
export async function renderTemplate(
  name: string,
  dependency: (name: string) => string,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const folder = await templateFolder();
  for (const file of (await readdir(folder)).sort()) {
    const text = renamed(await readFile(path.join(folder, file), "utf8"), name);
    // npm packs no `.gitignore`, so the template has none.
    const target = file === "gitignore" ? ".gitignore" : renamed(file, name);
    files.set(target, target === "package.json" ? withDependencies(text, dependency) : text);
  }
  return files;
}

function renamed(text: string, name: string): string {
  return text.replaceAll("my-filter", name).replaceAll("MyFilter", className(name));
}

function withDependencies(text: string, dependency: (name: string) => string): string {
  const manifest = JSON.parse(text) as { devDependencies: Record<string, string> };
  for (const name of ownPackages) manifest.devDependencies[name] = dependency(name);
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** compiler/templates, seen from compiler/cli/new/ and from the bundle in compiler/dist/. */
async function templateFolder(): Promise<string> {
  const candidates = ["../../templates/filter/", "../templates/filter/"].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  for (const candidate of candidates) if (await readdir(candidate).catch(() => undefined)) return candidate;
  throw new Error(`the templates are missing: ${candidates.join(", ")}`);
}
