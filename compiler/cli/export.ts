// tollgate export: the policies as configuration of what stands beside the filters.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { writeConfiguration } from "../7-package/write.ts";
import { renderRateLimitConfig } from "../ratelimit-config/config.ts";
import { rateLimitConfigOf } from "../ratelimit-config/limits.ts";
import { checkBundle, pathsHelp, showDiagnostics } from "./bundle.ts";
import { CommandFailure, exitCode, PoliciesAtFault } from "./failure.ts";
import { out } from "./terminal.ts";

const RATELIMIT_CONFIG = "ratelimit-config";

export function addExport(program: Command): void {
  program
    .command("export")
    .description("write configuration of what stands beside the filters")
    .command(RATELIMIT_CONFIG)
    .description("write the configuration of the shared rate limit service, for limits of `scope: mesh`")
    .argument("<path...>", pathsHelp)
    .option("-o, --output <folder>", "where to write <bundle>.yaml, instead of to stdout")
    .addHelpText(
      "after",
      `
The service is github.com/envoyproxy/ratelimit, which reads every file of its folder config. It has one rule for each rate of a
limit, and none for keys. Give it new limits before the filters get them: what it has no rule for counts as a failing service.

Example:
  tollgate export ratelimit-config policies -o /srv/runtime/ratelimit/config`,
    )
    .action(rateLimitConfig);
}

async function rateLimitConfig(paths: string[], { output }: { output?: string }): Promise<void> {
  const { bundle, targets, diagnostics } = await checkBundle(paths);
  showDiagnostics(diagnostics);
  if (targets.length === 0) throw new PoliciesAtFault();
  const config = rateLimitConfigOf(targets.map(({ program }) => program));
  if (!config) {
    throw new CommandFailure(
      "no limit of this bundle is shared by a mesh, so there is nothing to write",
      "limits of `scope: mesh` are, where their policies are for one of the workloads",
      exitCode.policies,
    );
  }
  const text = renderRateLimitConfig(config);
  if (output === undefined) return out.line(text.trimEnd());
  await mkdir(output, { recursive: true });
  const file = path.join(output, `${bundle}.yaml`);
  await writeConfiguration(file, text, `tollgate export ${RATELIMIT_CONFIG}`);
  out.line(path.relative(process.cwd(), file));
}
