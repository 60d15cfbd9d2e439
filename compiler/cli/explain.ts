// tollgate explain: what decided about one request, and why no other rule did; or which rule a line of a log is about.
import { InvalidArgumentError, Option, type Command } from "commander";
import { isRefused, requestOf, testKeysOf } from "../requests/index.ts";
import { explain, explanationToJson, renderExplanation, type Explanation } from "../explain/index.ts";
import { standalone } from "../engines/index.ts";
import type { Checked, Target } from "../index.ts";
import { checkBundle, chooseTarget, pathsHelp, showDiagnostics } from "./bundle.ts";
import { explainDetails } from "./explain/details.ts";
import { readInput, type Input, type RequestOptions } from "./explain/input.ts";
import { PoliciesAtFault } from "./failure.ts";
import { out } from "./terminal.ts";

interface ExplainOptions extends RequestOptions {
  readonly details?: string;
  readonly at?: bigint;
  readonly workload?: string;
  readonly format: "text" | "json";
}

export function addExplain(program: Command): void {
  const several = (value: string, before: readonly string[] = []): string[] => [...before, value];
  program
    .command("explain")
    .description("say what decides about a request, and of every other rule the first thing that fails")
    .argument("<path...>", pathsHelp)
    .option("--method <method>", "the request's method; default: GET")
    .option("--path <path>", "its path, with the query; default: /")
    .option("--host <host>", "its host; default: localhost")
    .option("-H, --header <header>", "a header, as `name: value`; may be given several times", several)
    .option("--from <address>", "the address at the other end of the connection; default: 127.0.0.1")
    .option("--principal <name>", "whom the peer's certificate names, such as cluster.local/ns/web/sa/cart")
    .option("--sni <name>", "the server name that a TLS client asked for")
    .option("--claims <json>", "what its token says: one is made that the policies take for good")
    .option("--request <file>", "the request in YAML or JSON, as in a test's `request`; - for standard input")
    .option("--curl <command>", "a pasted curl command; - for standard input")
    .option(
      "--details <text>",
      "response-code details, or the line of an access log that has them; - for standard input",
    )
    .addOption(
      new Option(
        "--at <time>",
        "when the request comes, such as 2026-01-31T08:00:00Z; default: now",
      ).argParser(time),
    )
    .option("--workload <name>", "the workload whose filter decides; default: each is explained")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      `
Limits are explained for a filter that has counted nothing yet. A token in the request is checked as the filter would,
but for keys that are elsewhere: its signature is then taken for good, which is said. Exit code 0 whatever was decided.

Examples:
  tollgate explain examples/shop --method POST --path /admin/x --host shop.test --from 10.0.0.9
  tollgate explain examples/shop --curl "curl -X POST -H 'x-user: joe' http://orders.shop.test/orders"
  tollgate explain examples/shop --details 'tollgate:authorization:shop/never:rules[0]'`,
    )
    .action(run);
}

function time(written: string): bigint {
  const found = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(written) ? Date.parse(written) : NaN;
  if (Number.isNaN(found)) throw new InvalidArgumentError("write a time as 2026-01-31T08:00:00Z");
  return BigInt(found) * 1_000_000n;
}

async function run(paths: string[], options: ExplainOptions): Promise<void> {
  const input = options.details === undefined ? await readInput(options) : undefined;
  const checked = await checkBundle(paths);
  showDiagnostics(checked.diagnostics.filter(({ severity }) => severity === "error"));
  if (checked.targets.length === 0) throw new PoliciesAtFault();
  const targets = chosen(checked, options.workload);
  if (options.details !== undefined) await explainDetails(targets, options.details, options.format);
  else if (input) show(targets, input, options);
}

function chosen({ targets }: Checked, workload: string | undefined): readonly Target[] {
  return workload === undefined ? targets : [chooseTarget(targets, workload)];
}

function show(targets: readonly Target[], input: Input, { at, format }: ExplainOptions): void {
  const now = at ?? BigInt(Date.now()) * 1_000_000n;
  const explained = targets.map((target) => ({ target, result: explainFor(target, input, now) }));
  if (format === "json") {
    const explanations = explained.map(({ target: { workload }, result }) => ({
      ...(workload !== undefined && { workload }),
      ...("refused" in result
        ? { decision: "refuse", ...result.refused, decidedBy: { stage: "listener" } }
        : explanationToJson(result)),
    }));
    out.line(JSON.stringify({ explanations }, null, 2));
    return;
  }
  for (const [i, { target, result }] of explained.entries()) {
    if (i > 0) out.line();
    if (target.workload !== undefined) out.line(`${out.palette.bold(`workload ${target.workload}`)}\n`);
    for (const line of "refused" in result ? refusedLines(result.refused) : lines(result)) out.line(line);
  }
}

function lines(explanation: Explanation): string[] {
  return renderExplanation(explanation, { palette: out.palette, width: out.width });
}

interface Refused {
  readonly status: number;
  readonly details: string;
}

function refusedLines({ status, details }: Refused): string[] {
  const { palette } = out;
  return [
    `${palette.bold(palette.error("refuse"))} ${status} ${palette.dim(details)}`,
    "",
    "decided by the listener: no filter sees such a request",
  ];
}

function explainFor(
  { program, pathNormalization }: Target,
  { description, assumed }: Input,
  now: bigint,
): Explanation | { readonly refused: Refused } {
  // A token that is made here is good where the issuers have the keys of tests.
  const decides = description.token ? standalone(program, { keys: testKeysOf }) : program;
  const request = requestOf(description, { program: decides, pathNormalization }, now);
  if (isRefused(request)) return { refused: request };
  const explained = explain(decides, request, now);
  const path = request.headers.find(([name]) => name === ":path")?.[1];
  const asked = description.path?.value;
  const notes = [
    ...(asked !== undefined &&
    path !== undefined &&
    Buffer.from(asked, "utf8").toString("latin1") !== path &&
    !description.token
      ? [`the listener makes the path \`${path}\` of \`${asked}\` (path normalisation ${pathNormalization})`]
      : []),
    ...(description.token ? ["the token was made for this: that its signature is good is assumed"] : []),
    ...((program.parameters ?? []).length > 0 ? ["the bundle's parameters have their defaults"] : []),
    ...(explained.stages.some(({ rules }) => rules.some(({ role }) => role.startsWith("limit")))
      ? ["limits have counted nothing yet"]
      : []),
  ];
  return { ...explained, assumed: [...explained.assumed, ...assumed, ...notes] };
}
