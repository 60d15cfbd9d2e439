// The one rule for tests that need a module of another toolchain.
import { foreignModule, type Language } from "./foreign-module.ts";
import { ToolchainUnavailable } from "./toolchains.ts";

/** Whether a missing toolchain is to be installed, and a failure where it cannot be. */
export function isCi(env: NodeJS.ProcessEnv = process.env): boolean {
  return !["", "0", "false"].includes(env["CI"] ?? "");
}

/**
 * The path of a language's module, built if need be; undefined, with the reason on stderr, where there is no toolchain:
 * the tests then pass as skipped. In CI the toolchain is installed, and it is an error where that fails.
 */
export async function foreignModuleForTests(language: Language): Promise<string | undefined> {
  const progress = (line: string): boolean => process.stderr.write(`${line}\n`);
  try {
    return await foreignModule(language, { install: isCi(), progress });
  } catch (error) {
    if (isCi() || !(error instanceof ToolchainUnavailable)) throw error;
    process.stderr.write(`SKIPPED, ${error.message}\n${error.remedy}\n`);
    return undefined;
  }
}
