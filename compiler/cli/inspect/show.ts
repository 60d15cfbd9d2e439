// A filter in a form that a person enjoys: what it was made of, what it does, what it costs.
import { stageNames, type Manifest, type Stages } from "../../7-package/manifest.ts";
import { printable } from "../../diagnostics/printable.ts";
import { expectedOf } from "../../ir/parameters.ts";
import { count, formatBytes, out } from "../terminal.ts";
import { CALLBACK_PRICE, formatMicroseconds, isStreamCallback, priceOf } from "./prices.ts";
import { sizeOf, type Part } from "./size.ts";

/** The title of what follows. */
export function section(title: string, note = ""): void {
  out.line();
  out.line(out.palette.bold(title) + (note === "" ? "" : out.palette.dim(`, ${note}`)));
}

/** One entry below the other, or that there is none. */
export function list(entries: readonly string[]): void {
  for (const entry of entries) out.line(`  ${printable(entry)}`);
  if (entries.length === 0) out.line(out.palette.dim(`  ${count(0, "entry", "entries")}`));
}

/** What a filter says of itself. */
export function showManifest(manifest: Manifest): void {
  const { palette } = out;
  out.line(
    `${palette.bold(printable(manifest.bundle))}, compiled by Tollgate ${printable(manifest.tollgate)} for Proxy-Wasm ${printable(manifest.abi)}`,
  );
  if (manifest.workload !== undefined) out.line(`for the workload ${printable(manifest.workload)}`);
  section("policies");
  rows(
    manifest.policies.map(({ kind, name, source }) => [
      printable(kind),
      printable(name),
      palette.dim(printable(source)),
    ]),
  );
  if (manifest.stages) showStages(manifest.stages);
  showRoads(manifest);
  showParameters(manifest);
  section("needs of the listener");
  out.line(`  paths normalised as ${printable(manifest.pathNormalization)}`);
  section("reads", manifest.headers.length > 0 ? "in one host call" : "");
  out.paragraph(manifest.headers.map(printable).join(" ") || "no header", "  ");
  showCalls(manifest);
}

/** How large it is, and what for. */
export function showSize(wasm: Uint8Array, digest: string, ours: boolean): void {
  const { palette } = out;
  const { parts, pages } = sizeOf(wasm, ours);
  const memory = pages === undefined ? "" : `, starts with ${formatBytes(pages * 65_536)} of memory`;
  section("size", `${formatBytes(wasm.length)}${memory}`);
  const line = ({ name, bytes, made }: Part, indent: string, paint = palette.dim): string[] => [
    indent + paint(printable(name)),
    paint(formatBytes(bytes)),
    paint(percent(bytes / wasm.length)),
    made === "" ? "" : palette.dim(made),
  ];
  rows(
    parts.flatMap((part) => [line(part, "", (text) => text), ...part.parts.map((own) => line(own, "  "))]),
    [1, 2],
  );
  out.line(palette.dim(`  ${digest}`));
}

function percent(share: number): string {
  return share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(share * 100)} %`;
}

const stageTitles: Readonly<Record<keyof Stages, readonly [title: string, one: string]>> = {
  earlyLimits: ["limits before authentication", "limit"],
  authentication: ["authentication", "rule"],
  deny: ["DENY", "rule"],
  allow: ["ALLOW", "rule"],
  observers: ["audit and dry runs", "rule"],
  limits: ["limits", "limit"],
  httpRoutes: ["HTTP routes", "rule"],
  headerRoutes: ["header routes", "rule"],
};

function showStages(stages: Stages): void {
  section("stages", "as requests meet them");
  rows(
    stageNames.flatMap((stage) => {
      const rules = stages[stage];
      if (rules === undefined) return [];
      const [title, one] = stageTitles[stage];
      return [[title, rules.toLocaleString("en-US"), rules === 1 ? one : `${one}s`]];
    }),
    [1],
  );
}

function showRoads({ routing, clusters }: Manifest): void {
  const { palette } = out;
  if (routing) {
    section("sends requests to", routing.always ? "" : "or where they would go without it");
    rows(routing.backends.map(({ cluster, url }) => [printable(cluster), palette.dim(printable(url))]));
  }
  if (!clusters) return;
  section("calls the clusters");
  for (const { name, url, protocol } of clusters) {
    const parts = [printable(name), ...(url === undefined ? [] : [palette.dim(printable(url))])];
    out.line(`  ${[...parts, ...(protocol ? ["by HTTP/2"] : [])].join(" ")}`);
  }
}

function showParameters({ parameters }: Manifest): void {
  if (!parameters) return;
  section("is given, through the plugin configuration");
  for (const parameter of parameters) {
    const { name, default: given, description } = parameter;
    const absent = given === undefined ? "required" : `default ${printable(JSON.stringify(given))}`;
    const what = `${printable(name)} ${out.palette.dim(`${expectedOf(parameter)}, ${absent}`)}`;
    out.paragraph(description === undefined ? what : `${what}: ${printable(description)}`, "  ");
  }
}

/** Host calls at worst, with what they cost where that was measured. */
function showCalls({ hostCalls: { request, response, total }, callbacks }: Manifest): void {
  const { palette } = out;
  section(`host calls, at most ${total} a request`, "and an estimate of what they cost");
  const streams = callbacks.filter(isStreamCallback).length;
  const calls = [
    ...Object.entries(request).map(([name, n]) => ({ name, n, phase: "" })),
    ...Object.entries(response).map(([name, n]) => ({ name, n, phase: "response" })),
  ].map((call) => ({ ...call, each: priceOf(call.name) }));
  const sum = calls.reduce((all, { n, each = 0 }) => all + n * each, streams * CALLBACK_PRICE);
  const cells = ({ name, n, each, phase }: (typeof calls)[number]): string[] => [
    printable(name),
    `× ${n}`,
    each === undefined ? "?" : formatMicroseconds(n * each),
    phase === "" ? "" : palette.dim(phase),
  ];
  rows(
    [
      ...calls.map(cells),
      ["callbacks", `× ${streams}`, formatMicroseconds(streams * CALLBACK_PRICE), ""],
      [palette.bold("together, about"), "", palette.bold(formatMicroseconds(sum)), ""],
    ],
    [1, 2],
  );
  const unknown = calls.filter(({ each }) => each === undefined).length;
  const besides = unknown > 0 ? ` ${count(unknown, "call was", "calls were")} not measured.` : "";
  out.paragraph(
    palette.dim(`CPU time that calls take, as measured in Envoy 1.40; yours differs.${besides}`),
    "  ",
  );
}

function rows(cells: readonly (readonly string[])[], right: readonly number[] = []): void {
  out.table(cells, { indent: "  ", right });
}
