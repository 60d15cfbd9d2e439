// The one rule for tests that need a real Envoy.
import { locateEnvoy } from "./locate.ts";
import { EnvoyUnavailable } from "./errors.ts";

declare global {
  /** The version to test with, which jest.config.js says; undefined: whichever is found first. */
  var TESTED_ENVOY: string | undefined;
}

let located: Promise<string | undefined> | undefined;

/**
 * The path of an Envoy, installed if need be; undefined, with the reason on stderr, where none can be had: the
 * test then passes as skipped. In CI (`CI` set) it throws instead, as a test that silently skips proves nothing.
 * @example
 * const envoy = await envoyForTests();
 * if (envoy === undefined) return;
 */
export function envoyForTests(): Promise<string | undefined> {
  return (located ??= locate(globalThis.TESTED_ENVOY));
}

/** As `envoyForTests`, of one version. */
export function locate(version: string | undefined): Promise<string | undefined> {
  return locateEnvoy(version === undefined ? {} : { version }).then(
    ({ path }) => path,
    (error: unknown) => {
      const inCi = !["", "0", "false"].includes(process.env["CI"] ?? "");
      if (inCi || !(error instanceof EnvoyUnavailable)) throw error;
      process.stderr.write(`SKIPPED, no Envoy: ${error.message}\n${error.remedy}\n`);
      return undefined;
    },
  );
}
