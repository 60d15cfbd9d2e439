// Where a new filter gets the packages from that it stands on.
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { version } from "../../version.ts";
import { CommandFailure } from "../failure.ts";

/** The packages that are released together with this command, under its version. */
export const ownPackages: readonly string[] = [
  "proxy-wasm-assemblyscript-sdk",
  "proxy-wasm-node-host",
  "tollgate",
];

/** What `package.json` in `folder` says of a dependency: a version, or a file. */
export type PackageSource = (dependency: string, folder: string) => string;

/**
 * Takes the packages from the packed files in `folder`; where none is named, in the repository from where `npm run pack`
 * puts them, and elsewhere from the registry.
 * @throws CommandFailure where a packed file is missing
 */
export async function packageSource(folder: string | undefined): Promise<PackageSource> {
  const repository = await enclosingRepository();
  const packed = folder ?? (repository && path.join(repository, "build/packages"));
  if (packed === undefined) return () => version;
  const packedFile = (dependency: string): string => path.resolve(packed, `${dependency}-${version}.tgz`);
  for (const dependency of ownPackages) {
    const file = packedFile(dependency);
    if (await stat(file).catch(() => undefined)) continue;
    throw new CommandFailure(
      `there is no \`${path.relative(process.cwd(), file)}\``,
      folder === undefined
        ? "until the packages are published, run `npm run pack` in the repository first"
        : "give the folder that `npm run pack` wrote to in the repository",
    );
  }
  return (dependency, from) => {
    const relative = path.relative(from, packedFile(dependency)).split(path.sep).join("/");
    return `file:${relative}`;
  };
}

/** The repository that this command was built in, if it runs from there. */
async function enclosingRepository(): Promise<string | undefined> {
  // From compiler/cli/new/ as from compiler/dist/.
  for (const above of ["../../../", "../../"]) {
    const root = new URL(above, import.meta.url);
    const text = await readFile(new URL("package.json", root), "utf8").catch(() => "{}");
    const { name } = JSON.parse(text) as { name?: unknown };
    if (name === "tollgate-workspace") return fileURLToPath(root);
  }
  return undefined;
}
