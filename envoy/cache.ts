// Where installed Envoys are kept between runs.
import { existsSync } from "node:fs";
import path from "node:path";

/**
 * The absolute cache directory (which need not exist): `TOLLGATE_CACHE`, else `.tollgate/cache` in the project root,
 * which is the nearest ancestor of `cwd` holding a `package.json` or `.git`, else `cwd` itself.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): string {
  const chosen = env["TOLLGATE_CACHE"];
  if (chosen !== undefined && chosen !== "") return path.resolve(cwd, chosen);
  return path.join(projectRoot(path.resolve(cwd)), ".tollgate", "cache");
}

function projectRoot(cwd: string): string {
  for (let directory = cwd; ; directory = path.dirname(directory)) {
    const marked = ["package.json", ".git"].some((name) => existsSync(path.join(directory, name)));
    if (marked) return directory;
    if (path.dirname(directory) === directory) return cwd;
  }
}
