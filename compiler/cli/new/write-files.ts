// New files, there all of them or none.
import { link, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandFailure } from "../failure.ts";

/**
 * Makes these files in `folder`, which is made where it is missing. Each is written beside its place first.
 * @throws CommandFailure where anything of one of the names is there
 */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(path.join(folder, ".tollgate-"));
  const made: string[] = [];
  try {
    for (const [file, text] of files) await writeFile(path.join(temporary, file), text);
    for (const file of files.keys()) {
      const target = path.join(folder, file);
      // A second name for the same file: unlike renaming it never replaces what is there.
      await link(path.join(temporary, file), target).catch((error: unknown) => {
        throw (error as NodeJS.ErrnoException).code === "EEXIST" ? isThere(target) : error;
      });
      made.push(target);
    }
  } catch (error) {
    for (const target of made) await rm(target, { force: true });
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function isThere(target: string): CommandFailure {
  return new CommandFailure(
    `\`${path.relative(process.cwd(), path.resolve(target))}\` is there already, and nothing is overwritten`,
    "choose another name with `--name`, or another folder with `-o`",
  );
}
