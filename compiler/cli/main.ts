// The command line: one file a command, errors and exit codes in one place.
import { Command, CommanderError } from "commander";
import { version } from "../version.ts";
import { addBuild } from "./build.ts";
import { addCheck } from "./check.ts";
import { addDiff } from "./diff.ts";
import { addEnvoy } from "./envoy.ts";
import { addExplain } from "./explain.ts";
import { addExport } from "./export.ts";
import { exitCode, reportFailure } from "./failure.ts";
import { addGraph } from "./graph.ts";
import { addInspect } from "./inspect.ts";
import { addNew } from "./new.ts";
import { addReplay } from "./replay.ts";
import { addRun } from "./run.ts";
import { addTest } from "./test.ts";
import { addSchema } from "./schema.ts";

/** Runs one command; returns the exit code. `argv` is without node and script. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("tollgate");
  program
    .description("Policies in YAML compile into one small WebAssembly filter that a stock Envoy loads.")
    .version(version, "-v, --version")
    .showHelpAfterError("(run with --help for what this command takes)")
    .exitOverride()
    .addHelpText(
      "after",
      `
Exit codes: 0 done; 1 the policies, their tests or the module that is inspected are at fault, or versions differ;
2 the call or the environment is at fault, or nothing is known.

Start here:
  tollgate check examples/shop
  tollgate test examples/shop
  tollgate run examples/shop --upstream http://127.0.0.1:3000
  tollgate new policy
  tollgate new filter doorman`,
    );
  for (const add of [
    addCheck,
    addBuild,
    addRun,
    addTest,
    addExplain,
    addDiff,
    addReplay,
    addEnvoy,
    addInspect,
    addGraph,
    addExport,
    addNew,
    addSchema,
  ])
    add(program);
  inheritExit(program);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.environment;
    return reportFailure(error);
  }
}

function inheritExit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritExit(child);
  }
}
