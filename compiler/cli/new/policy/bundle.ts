// The bundle that a folder has already.
import path from "node:path";
import { stat } from "node:fs/promises";
import { parseDocuments } from "../../../1-parse/documents.ts";
import { readBundleFiles } from "../../../1-parse/files.ts";
import { checkDocuments } from "../../../2-check/check.ts";
import { Diagnostics } from "../../../diagnostics/diagnostic.ts";
import type { ExistingBundle } from "./starter.ts";

/** What is known of it; undefined where there is no folder, or no `Bundle` document that can be read in it. */
export async function bundleIn(folder: string): Promise<ExistingBundle | undefined> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) return undefined;
  const { files, defaultName } = await readBundleFiles([folder]);
  for (const file of files) {
    // Only what the document itself says is looked at: what is wrong with it `check` tells.
    const { spec } = checkDocuments(parseDocuments(file, new Diagnostics()), defaultName, new Diagnostics());
    if (!spec) continue;
    return {
      file: path.posix.normalize(file.path),
      backends: (spec.backends?.items ?? []).map(({ name }) => name.value),
      workloads: (spec.workloads?.items ?? []).map(({ name }) => name.value),
    };
  }
  return undefined;
}
