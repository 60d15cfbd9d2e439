#!/usr/bin/env node
// The command's entry: turns on Node's compile cache where there is one, then loads the bundled CLI.
import * as module from "node:module";

if ("enableCompileCache" in module && typeof module.enableCompileCache === "function")
  module.enableCompileCache();
await import(new URL("../dist/cli.js", import.meta.url).href); // made by `npm run build`
