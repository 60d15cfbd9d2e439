/**
 * The CEL library. It takes a tenth of a second to load, which filters without CEL should not pay, and host functions
 * cannot wait: so it is required, synchronously, when the first expression comes.
 */
import { createRequire } from "node:module";

export type CelLibrary = typeof import("@bufbuild/cel") &
  Pick<typeof import("@bufbuild/protobuf"), "create" | "toBinary"> &
  Pick<typeof import("@bufbuild/protobuf/wkt"), "DurationSchema" | "TimestampSchema">;

let loaded: CelLibrary | undefined | null = null;

/** The library, or undefined where it is not installed. */
export function celLibrary(): CelLibrary | undefined {
  if (loaded === null) loaded = load();
  return loaded;
}

function load(): CelLibrary | undefined {
  const require = createRequire(import.meta.url);
  try {
    require.resolve("@bufbuild/cel");
  } catch {
    return undefined;
  }
  const { create, toBinary } = require("@bufbuild/protobuf") as typeof import("@bufbuild/protobuf");
  const wellKnown = require("@bufbuild/protobuf/wkt") as typeof import("@bufbuild/protobuf/wkt");
  const { DurationSchema, TimestampSchema } = wellKnown;
  const cel = require("@bufbuild/cel") as typeof import("@bufbuild/cel");
  return { ...cel, create, toBinary, DurationSchema, TimestampSchema };
}
