// With which Envoys the tests run.
import { readFileSync } from "node:fs";

/** The versions that are supported, oldest first. @type {readonly string[]} */
export const supported = JSON.parse(
  readFileSync(new URL("../envoy/tested-versions.json", import.meta.url), "utf8"),
);

/** The versions that `npm run test:versions` asks for; undefined: all tests are to be run. @type {readonly string[] | undefined} */
export const asked = process.env["ENVOY_VERSIONS"]?.split(" ");

/**
 * The versions that only what filters do in Envoy is tested with: those asked for, else the oldest. An Envoy that somebody
 * points at is the one to be tested, and no other.
 * @type {readonly string[]}
 */
export const besides = asked ?? (process.env["ENVOY_PATH"] ? [] : supported.slice(0, 1));
