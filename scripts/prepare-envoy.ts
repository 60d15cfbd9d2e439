// Finds or installs the Envoys that tests use; says why where there is none. In CI that is a failure.
// Arguments: their versions; `any` is whichever is found first.
import { locate } from "../envoy/testing.ts";

for (const version of process.argv.slice(2)) await locate(version === "any" ? undefined : version);
