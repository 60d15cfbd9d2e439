// What a module does when it starts. Nothing is there yet for host calls to act on: Envoy lets a start function log, and
// crashes where a start section calls the host.
import { reachedFrom, type Reached } from "./call-graph.ts";
import { allowedInStart, hostFunction } from "./envoy-versions.ts";
import { startFunctions } from "./exports.ts";
import type { Subject } from "./subject.ts";
import { START_SECTION, tryStart } from "./trial.ts";

export function checkStart(subject: Subject): void {
  const { wasm, graph, version, diagnostics } = subject;
  const entries = startFunctions(graph);
  const trial = tryStart(wasm, graph.shape, entries, version);
  if (trial.end === "host-call" && isKnown(subject, trial)) {
    const name = shown(trial);
    if (trial.at === START_SECTION)
      diagnostics.error("module-start", `${START_SECTION} calls ${name}: Envoy crashes`, { help: moveHelp });
    else
      diagnostics.error(
        "module-start",
        `\`${trial.at}\` calls ${name}, which Envoy ${version} refuses there`,
        {
          help: laterHelp,
        },
      );
  } else if (trial.end === "trap") {
    diagnostics.error("module-start", `${quoted(trial.at)} fails: ${trial.message}`, {
      help: "Envoy refuses a module that does not start",
    });
  } else if (trial.end === "timeout") {
    diagnostics.warning("module-start", `${quoted(trial.at)} does not come to an end`, {
      help: "Envoy waits for it, and serves nothing meanwhile",
    });
  }
  mayReach(subject, entries, trial.end === "host-call" ? trial.name : undefined);
}

/** Host calls on ways that this start did not take. */
function mayReach(subject: Subject, entries: readonly string[], taken: string | undefined): void {
  const { graph, version, diagnostics } = subject;
  const exported = (wanted: string): number | undefined =>
    graph.shape.exports.find(({ name, kind }) => kind === "function" && name === wanted)?.index;
  const starts = [
    { at: START_SECTION, index: graph.start, help: moveHelp },
    ...entries.map((entry) => ({ at: entry, index: exported(entry), help: laterHelp })),
  ];
  for (const { at, index, help } of starts) {
    const refused = (index === undefined ? [] : reachedFrom(graph, index)).filter(
      ({ module, name }) =>
        name !== taken &&
        hostFunction(module, name, subject.abi) !== undefined &&
        // Programs call `proc_exit` where all is lost anyway.
        name !== "proc_exit" &&
        (at === START_SECTION || !allowedInStart(module, name, version)),
    );
    const effect = at === START_SECTION ? "Envoy would crash" : `Envoy ${version} would refuse it`;
    for (const reached of refused.filter(({ direct }) => direct))
      diagnostics.warning(
        "module-start",
        `${quoted(at)} may call ${shown(reached)}${way(reached)}: ${effect}`,
        {
          help,
        },
      );
    const indirect = refused.filter(({ direct }) => !direct);
    if (indirect.length > 0)
      diagnostics.note(
        "module-start",
        `${quoted(at)} makes calls through a table, which may lead to ${some(indirect.map(shown))}: ${effect}`,
        { help },
      );
  }
}

function way({ through }: Reached): string {
  if (through.length === 0) return "";
  const steps = through.length <= 3 ? through : [...through.slice(0, 2), "…", through.at(-1)];
  return ` (by way of ${steps.map((step) => (step === "…" ? step : `\`${step ?? ""}\``)).join(", ")})`;
}

function some(names: readonly string[]): string {
  const SHOWN = 3;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return names.slice(0, SHOWN).join(", ") + more;
}

const moveHelp =
  "export the start function as `_initialize` instead (AssemblyScript: `--exportStart _initialize`) and call no host function in it but `proxy_log`";
const laterHelp = "call it in `proxy_on_vm_start` or `proxy_on_configure` instead";

/** What Envoy does not have at all is said elsewhere. */
function isKnown({ abi }: Subject, { module, name }: { module: string; name: string }): boolean {
  return hostFunction(module, name, abi) !== undefined;
}

function shown({ module, name }: { module: string; name: string }): string {
  return module === "env" ? `\`${name}\`` : `\`${module}.${name}\``;
}

function quoted(at: string): string {
  return at === START_SECTION ? at : `\`${at}\``;
}
