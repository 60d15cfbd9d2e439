// Tollgate's version, from its package.json; esbuild puts it into the bundle.
import pkg from "./package.json" with { type: "json" };

export const version: string = pkg.version;
