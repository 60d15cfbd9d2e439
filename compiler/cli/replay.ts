// tollgate replay: which recorded requests would be decided differently by another version of policies?
import { Option, type Command } from "commander";
import { Assembler } from "../6-assemble/assembler.ts";
import { printable } from "../diagnostics/printable.ts";
import { compiledAs } from "../engines/compiled.ts";
import { standalone } from "../engines/index.ts";
import type { Target } from "../index.ts";
import { conditionsOf } from "../ir/conditions.ts";
import { headerOf } from "../ir/slots.ts";
import { absentIn, assumedOf } from "../replay/absent.ts";
import { harBatches, lineBatches, type Batch } from "../replay/batches.ts";
import { Comparison, type Sides } from "../replay/comparison.ts";
import { InterpretedEngine } from "../replay/interpreted-engine.ts";
import { detected, formatOf, type LogFormat } from "../replay/log-format.ts";
import { replay } from "../replay/replay.ts";
import { ownSide, threadedSide, type Taker } from "../replay/side-thread.ts";
import { chooseTarget } from "./bundle.ts";
import { readChecked } from "./diff.ts";
import { CommandFailure, PoliciesAtFault } from "./failure.ts";
import { untilInterrupted } from "./options.ts";
import { openLog, type LogFile } from "./replay/log-file.ts";
import { progressWords, reportToJson, showReport, type Report } from "./replay/report.ts";
import { during, out } from "./terminal.ts";

interface ReplayOptions {
  readonly log: string;
  readonly logFormat?: string;
  readonly format: "text" | "json";
  readonly workload?: string;
}

export function addReplay(program: Command): void {
  program
    .command("replay")
    .description(
      "run recorded requests through two versions of policies, and say which are decided differently",
    )
    .argument("<old>", "a folder or file with policies, or REVISION:PATH of the git repository")
    .argument("<new>", "the same")
    .requiredOption(
      "--log <file>",
      "an access log, or a HAR file; packed where its name ends in .gz; - for standard input",
    )
    .option("--log-format <format>", "how the log's lines are written, in Envoy's command operators")
    .option("--workload <name>", "the workload whose log it is, where the bundles name several")
    .addOption(
      new Option("--format <format>", "how to print what was found")
        .choices(["text", "json"])
        .default("text"),
    )
    .addHelpText(
      "after",
      `
Reads Envoy's JSON access log under the names that Istio and Envoy Gateway give its fields, and others' headers by
their names; Envoy's default text; the lines of \`tollgate envoy\`; HAR files. Anything else is described by
--log-format: a format string, or in braces a \`json_format\`. What the log lacks counts as absent, which is said.
The times in the log drive the limits. The file may be larger than memory; Ctrl-C shows what was found so far.

Exit codes: 0 nothing is decided differently; 1 something is; 2 not all was read, or a version does not compile, or a
wrong call.

Examples:
  tollgate replay main:policies policies --log access.log.gz
  tollgate replay old new --log - --log-format '%REQ(:METHOD)% %REQ(:PATH)% %REQ(:AUTHORITY)% %START_TIME%'`,
    )
    .action(run);
}

async function run(before: string, after: string, options: ReplayOptions): Promise<void> {
  const names = { old: before, new: after };
  const targets = {
    old: withoutNetwork(chooseTarget((await readChecked(before)).targets, options.workload)),
    new: withoutNetwork(chooseTarget((await readChecked(after)).targets, options.workload)),
  };
  const asked = options.logFormat === undefined ? undefined : formatOf(options.logFormat);
  const log = await openLog(options.log);
  const format = asked ?? detected(options.log, log.start);
  if (log.start.length === 0) throw nothingIn(log);
  const comparison = new Comparison(targets, format);
  const batches = format.kind === "har" ? wholeHar(log) : lineBatches(log.pieces);
  const sides = isQuick(log, targets)
    ? interpretedSides(targets, format)
    : await during("compiling both versions", () => filterSides(targets, names, format));
  const started = performance.now();
  await during(`replaying ${printable(log.name)}`, async (progress) => {
    const interrupted = untilInterrupted().then(() => log.stop("interrupted"));
    try {
      await Promise.race([
        replay(batches, sides, comparison, () =>
          progress.say(
            progressWords(comparison, log.bytesRead, log.size, (performance.now() - started) / 1000),
          ),
        ),
        interrupted,
      ]);
    } finally {
      await Promise.all([sides.old.close(), sides.new.close()]);
    }
  });
  const programs = [targets.old.program, targets.new.program];
  const headers = [...headersOf(targets.old), ...headersOf(targets.new)];
  finish(
    {
      comparison,
      names,
      headers: new Set(headers),
      absent: absentIn(programs, headers, comparison.seen),
      assumed: assumedOf([...programs], comparison.seen),
      partial: log.cutShort,
      unit: format.kind === "har" ? "entry" : "line",
    },
    log,
    options.format,
  );
}

/** Beside the bundled command; see scripts/build.mjs. */
const WORKER = new URL("./replay-worker.js", import.meta.url);

/** The headers that a filter reads. */
function headersOf({ plan: { slots } }: Target): string[] {
  return slots.flatMap((slot) => headerOf(slot) ?? []).map((name) => (name === ":path?" ? ":path" : name));
}

function withoutNetwork(target: Target): Target {
  return { ...target, program: standalone(target.program) };
}

/** Whether the interpreter is through with a log before filters are compiled: it takes some microseconds for each rule. */
function isQuick({ isShort, start }: LogFile, { old: before, new: after }: Sides<Target>): boolean {
  const LINE_BYTES = 200;
  const MOST_WORK = 100_000;
  const rules = conditionsOf(before.program).length + conditionsOf(after.program).length;
  return isShort && (start.length / LINE_BYTES) * (rules + 10) < MOST_WORK;
}

function interpretedSides(targets: Sides<Target>, format: LogFormat): Sides<Taker> {
  const side = ({ program, pathNormalization }: Target): Taker =>
    ownSide(new InterpretedEngine(program), { pathNormalization, format });
  return { old: side(targets.old), new: side(targets.new) };
}

async function filterSides(
  targets: Sides<Target>,
  names: Sides<string>,
  format: LogFormat,
): Promise<Sides<Taker>> {
  const assemblers = { old: new Assembler(), new: new Assembler() };
  const compiled = async (side: "old" | "new"): Promise<Uint8Array> => {
    const target = targets[side];
    const filter = await compiledAs(target, target.program, assemblers[side]);
    if (filter) return filter.wasm;
    throw new CommandFailure(
      `\`${printable(names[side])}\` does not compile`,
      "`tollgate build` says what is wrong with it",
    );
  };
  try {
    const [before, after] = await Promise.all([compiled("old"), compiled("new")]);
    const side = (wasm: Uint8Array, { pathNormalization }: Target): Taker =>
      threadedSide({ wasm, pathNormalization, format }, WORKER);
    return { old: side(before, targets.old), new: side(after, targets.new) };
  } finally {
    await Promise.all([assemblers.old.close(), assemblers.new.close()]);
  }
}

function nothingIn({ name }: LogFile): CommandFailure {
  return new CommandFailure(
    `${printable(name)} has no request`,
    "give the access log of a proxy, or a HAR file",
  );
}

async function* wholeHar(log: LogFile): AsyncGenerator<Batch, void> {
  const isWhole = yield* harBatches(log.pieces);
  if (!isWhole) log.stop("the HAR file ends in the middle");
}

/** Shows the report, and ends the command as it deserves. */
function finish(report: Report, log: LogFile, format: "text" | "json"): void {
  const { comparison, partial } = report;
  const { requests, unreadableExamples, differences } = comparison;
  if (requests === 0 && partial === undefined) {
    const [first] = unreadableExamples;
    if (!first) throw nothingIn(log);
    throw new CommandFailure(
      `no request could be read from ${printable(log.name)}: in line ${first.line} ${printable(first.why)}`,
      "say how its lines are written: --log-format '%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% …'",
    );
  }
  if (format === "json") out.line(JSON.stringify(reportToJson(report), null, 2));
  else showReport(report);
  if (partial !== undefined)
    throw new CommandFailure(
      `not all of ${printable(log.name)} was replayed: ${partial}`,
      "what is shown is about a part of it",
    );
  if (differences > 0) throw new PoliciesAtFault();
}
