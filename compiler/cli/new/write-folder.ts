// A new folder, there whole or not at all.
import { lstat, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandFailure } from "../failure.ts";

/**
 * Makes `folder` with these files in it. They are written beside it first, so that it is never seen half full.
 * @throws CommandFailure where anything of that name is there
 */
export async function writeFolder(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const target = path.resolve(folder);
  await refuseExisting(folder);
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = await mkdtemp(path.join(path.dirname(target), `.${path.basename(target)}.`));
  try {
    const inside = path.join(temporary, "new");
    await mkdir(inside);
    for (const [file, text] of files) await writeFile(path.join(inside, file), text);
    // What came there meanwhile would be replaced, were it an empty folder; all else makes the renaming fail.
    await refuseExisting(folder);
    await rename(inside, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function refuseExisting(folder: string): Promise<void> {
  const found = await lstat(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (found !== undefined)
    throw new CommandFailure(
      `\`${folder}\` is there already, and nothing is overwritten`,
      "choose another folder with `-o`, or remove it",
    );
}
