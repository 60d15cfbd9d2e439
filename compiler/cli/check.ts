// tollgate check: what is wrong with the policies, and nothing written.
import { Option, type Command } from "commander";
import { advised } from "../advice/advise.ts";
import { diagnosticToJson } from "../diagnostics/render.ts";
import { sarifLog } from "../diagnostics/sarif.ts";
import { check, readBundleFiles, type Checked, type Target } from "../index.ts";
import { pathsHelp, showDiagnostics } from "./bundle.ts";
import { PoliciesAtFault } from "./failure.ts";
import { count, out, table } from "./terminal.ts";

export function addCheck(program: Command): void {
  program
    .command("check")
    .description("report errors and warnings in policies; writes nothing")
    .argument("<path...>", pathsHelp)
    .addOption(
      new Option("--format <format>", "how to print findings")
        .choices(["text", "json", "sarif"])
        .default("text"),
    )
    .addHelpText(
      "after",
      `
\`sarif\` is SARIF 2.1.0, by which code review shows findings beside the lines they are about.

Examples:
  tollgate check examples/shop
  tollgate check examples/shop --format sarif > tollgate.sarif`,
    )
    .action(async (paths: string[], options: { format: "text" | "json" | "sarif" }) => {
      const bundle = await readBundleFiles(paths);
      const checked = advised(check(bundle));
      const { diagnostics, targets } = checked;
      if (options.format === "json") {
        const found = { diagnostics: diagnostics.map(diagnosticToJson), filters: targets.map(targetToJson) };
        out.line(JSON.stringify(found, null, 2));
      } else if (options.format === "sarif") {
        const whole = bundle.files[0]?.shown ?? paths[0] ?? ".";
        out.line(JSON.stringify(await sarifLog(diagnostics, whole), null, 2));
      } else {
        showDiagnostics(diagnostics);
        if (targets.length > 0) for (const line of verdict(checked)) out.line(line);
      }
      if (targets.length === 0) throw new PoliciesAtFault();
    });
}

function targetToJson({ name, workload, program, plan }: Target): object {
  return {
    name,
    ...(workload !== undefined && { workload }),
    policies: program.policies,
    hostCalls: plan.price.total,
  };
}

/** That all is well, and, where there are workloads, what applies to each. */
function verdict({ bundle, policies, targets }: Checked): string[] {
  const ok = `${out.palette.good("ok")}: ${count(policies, "policy", "policies")} in bundle ${bundle}`;
  const rows = targets.flatMap(({ workload, program, plan }): string[][] => {
    if (workload === undefined) return [];
    const names = program.policies.map(({ kind, name }) => `${kind} ${name}`);
    return [[workload, count(plan.price.total, "host call"), named(names)]];
  });
  return [ok, ...table(rows, { indent: "  ", width: out.width })];
}

/** As many as fit beside each other; the rest is counted. */
function named(names: readonly string[]): string {
  const MOST = 4;
  if (names.length === 0) return "no policy";
  const more = names.length - MOST;
  return names.slice(0, MOST).join(", ") + (more > 0 ? `, and ${more} more` : "");
}
