// The one rule for tests that need the rate limit service.
import { isCi } from "../foreign/testing.ts";
import { BuildFailed, ToolchainUnavailable } from "../foreign/toolchains.ts";
import { rateLimitService, redisServer } from "./binaries.ts";
import {
  startRateLimitService,
  type RateLimitServiceOptions,
  type RunningRateLimitService,
} from "./service.ts";

/**
 * A running service; undefined, with the reason on stderr, where it or Redis cannot be had: the tests then pass as
 * skipped. In CI both are installed, and it is an error where that fails.
 */
export async function rateLimitServiceForTests(
  options: Pick<RateLimitServiceOptions, "config" | "settings">,
): Promise<RunningRateLimitService | undefined> {
  const progress = (line: string): boolean => process.stderr.write(`${line}\n`);
  const install = isCi();
  try {
    // First what is quickly found to be missing.
    const redis = await redisServer({ install, progress });
    const service = await rateLimitService({ install, progress });
    return await startRateLimitService({ ...options, service, redis });
  } catch (error) {
    // Without a network the modules cannot be had, which is no fault of what is tested.
    const missing = error instanceof ToolchainUnavailable || error instanceof BuildFailed;
    if (isCi() || !missing) throw error;
    const remedy = error instanceof ToolchainUnavailable ? `\n${error.remedy}` : "";
    process.stderr.write(`SKIPPED, ${error.message}${remedy}\n`);
    return undefined;
  }
}
