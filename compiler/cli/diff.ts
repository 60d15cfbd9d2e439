// tollgate diff: is any request decided differently by two versions of policies?
import { Option, type Command } from "commander";
import type { Sides } from "../diff/change.ts";
import { diff, type BundleDiff } from "../diff/diff.ts";
import { diffToJson } from "../diff/to-json.ts";
import { readVersion } from "../diff/versions/read-version.ts";
import { printable } from "../diagnostics/printable.ts";
import { check, type Checked } from "../index.ts";
import { showDiagnostics } from "./bundle.ts";
import { showDiff } from "./diff-text.ts";
import { CommandFailure, PoliciesAtFault } from "./failure.ts";
import { during, out } from "./terminal.ts";

interface DiffCommandOptions {
  readonly format: "text" | "json";
  readonly workload?: string;
}

export function addDiff(program: Command): void {
  program
    .command("diff")
    .description(
      "say whether two versions of policies decide any request differently, and show one that they do",
    )
    .argument("<old>", "a folder or file with policies, or REVISION:PATH of the git repository")
    .argument("<new>", "the same")
    .addOption(
      new Option("--format <format>", "how to print what was found")
        .choices(["text", "json"])
        .default("text"),
    )
    .option("--workload <name>", "compare this workload alone")
    .addHelpText(
      "after",
      `
A revision is written as for \`git show\`: \`main:policies\` is the folder \`policies\` of the branch \`main\`, from the
root of the repository; \`main:./policies\` is it from this folder. What is there as a file is taken as that.

Where nothing differs, that is proven for all requests, and what the proof takes for granted is said. Where something
does, one shortest request for each kind of change shows it, and both compiled filters have decided it so.

Exit codes: 0 equal; 1 different; 2 not known, or a version that does not compile, or a wrong call.

Example:
  tollgate diff HEAD:examples/shop examples/shop
  tollgate diff origin/main:policies policies --format json`,
    )
    .action(compare);
}

async function compare(before: string, after: string, options: DiffCommandOptions): Promise<void> {
  const names = { old: before, new: after };
  const found = await during(`comparing ${before} and ${after}`, async (progress) => {
    const versions = { old: await readChecked(before), new: await readChecked(after) };
    checkWorkload(versions, options.workload);
    return diff(versions.old, versions.new, {
      ...(options.workload !== undefined && { workload: options.workload }),
      progress: (doing) => progress.say(doing),
    });
  });
  if (options.format === "json") out.line(JSON.stringify(diffToJson(found, names), null, 2));
  else showDiff(found, names, out);
  end(found);
}

/** A version without errors; its warnings are no matter here. */
export async function readChecked(given: string): Promise<Checked> {
  const checked = check(await readVersion(given));
  if (checked.targets.length > 0) return checked;
  showDiagnostics(checked.diagnostics.filter(({ severity }) => severity === "error"));
  throw new CommandFailure(
    `\`${printable(given)}\` does not compile, so there is nothing to compare`,
    "see above what is wrong with it",
  );
}

function checkWorkload({ old: before, new: after }: Sides<Checked>, workload: string | undefined): void {
  if (workload === undefined) return;
  const names = [...before.targets, ...after.targets].flatMap((target) => target.workload ?? []);
  if (names.includes(workload)) return;
  const known = [...new Set(names)].map((name) => `\`${name}\``).join(", ");
  throw new CommandFailure(
    `neither version has a workload \`${printable(workload)}\``,
    known === "" ? "neither names any: leave `--workload` out" : `they have ${known}`,
  );
}

function end({ verdict }: BundleDiff): void {
  if (verdict === "differs") throw new PoliciesAtFault();
  if (verdict === "undecided")
    throw new CommandFailure(
      "whether the versions differ could not be decided",
      "what stands in the way is told above; `tollgate replay` compares them on requests that were recorded",
    );
}
