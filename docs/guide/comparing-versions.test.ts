// The guide to comparing versions is followed. UPDATE_GOLDEN=1 rewrites what its commands write.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../compiler/testing/command.ts";
import { follow } from "./testing/journey.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

test("docs/guide/comparing-versions.md, from top to bottom", async () => {
  const file = new URL("comparing-versions.md", import.meta.url);
  await expect(follow({ file, folder: folder.path })).resolves.toBeUndefined();
});
