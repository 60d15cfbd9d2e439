// tollgate check: what is wrong with the policies, and nothing written.
import { Option, type Command } from "commander";
import { diagnosticToJson } from "../diagnostics/render.ts";
import { checkBundle, pathsHelp, showDiagnostics } from "./bundle.ts";
import { PoliciesAtFault } from "./failure.ts";
import { count, out } from "./terminal.ts";

export function addCheck(program: Command): void {
  program
    .command("check")
    .description("report errors and warnings in policies; writes nothing")
    .argument("<path...>", pathsHelp)
    .addOption(
      new Option("--format <format>", "how to print findings").choices(["text", "json"]).default("text"),
    )
    .addHelpText("after", "\nExample:\n  tollgate check examples/shop")
    .action(async (paths: string[], options: { format: "text" | "json" }) => {
      const { diagnostics, policies, program: found } = await checkBundle(paths);
      if (options.format === "json") {
        out.line(JSON.stringify({ diagnostics: diagnostics.map(diagnosticToJson) }, null, 2));
      } else {
        showDiagnostics(diagnostics);
        if (found)
          out.line(
            `${out.palette.good("ok")}: ${count(policies, "policy", "policies")} in bundle ${found.bundle}`,
          );
      }
      if (!found) throw new PoliciesAtFault();
    });
}
