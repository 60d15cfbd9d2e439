// The picture in the guide to routing is the one that `tollgate graph` draws of examples/storefront. UPDATE_GOLDEN=1 rewrites
// it.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { drawFilter } from "../../compiler/graph/index.ts";
import { check, readBundleFiles } from "../../compiler/index.ts";

const picture = fileURLToPath(new URL("storefront.svg", import.meta.url));
const storefront = fileURLToPath(new URL("../../examples/storefront", import.meta.url));

test("the storefront's picture shows what its policies say", async () => {
  const { targets } = check(await readBundleFiles([storefront]));
  const svg = targets.map((target) => drawFilter(target)).join("");
  if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(picture, svg);
  expect(svg).toBe(await readFile(picture, "utf8"));
});
