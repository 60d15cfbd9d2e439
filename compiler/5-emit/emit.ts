// Plan → AssemblyScript source. The emitted file reads from top to bottom as the request travels: what is read, who may
// pass, how fast, which road, and what the response gets.
import type { Plan } from "../4-plan/plan.ts";
import type { Span } from "../source/span.ts";
import { emitAuthentication } from "./authentication.ts";
import { emitAuthorization } from "./authorization.ts";
import { emitCelValues } from "./cel-value.ts";
import { HeaderChanges } from "./changes.ts";
import { classRoom, emitClassify } from "./classify.ts";
import { emitCrossOrigin } from "./cross-origin.ts";
import { decisionCalls } from "./decisions.ts";
import { joined } from "./expression.ts";
import { emitHttpRoutes } from "./http-routes.ts";
import { emitLimits } from "./limits.ts";
import { comment } from "./literals.ts";
import { emitMeshCallbacks } from "./mesh.ts";
import { emitObservers } from "./observers.ts";
import { emitParameters } from "./parameters.ts";
import { emitReadRequest, emitRequestHeaders, readsHeaders } from "./request.ts";
import { emitResponse } from "./response.ts";
import { emitRoutes } from "./routes.ts";
import { Values } from "./values.ts";
import { Writer } from "./writer.ts";

/** An emitted program. */
export interface EmittedSource {
  readonly text: string;
  /** For each line of the text (from 1) the place in a policy it was made from, where there is one. */
  readonly origins: ReadonlyMap<number, Span>;
}

/** Emits the source of a plan; `version` is Tollgate's, for the first line. */
export function emit(plan: Plan, version: string): EmittedSource {
  const writer = new Writer(plan.slots, new Values(plan));
  const decisions = decisionCalls(plan, writer);
  emitRequestHeaders(plan, writer);
  if (readsHeaders(plan)) emitReadRequest(plan, writer);
  if (plan.crossOrigin) emitCrossOrigin(plan.crossOrigin, plan, decisions, writer);
  if (plan.authentication) emitAuthentication(plan.authentication, plan, writer);
  if (plan.observers.length > 0) emitObservers(plan, decisions, writer);
  if (plan.authorization) emitAuthorization(plan.authorization, plan, decisions, writer);
  const limits = plan.limits.length > 0 ? emitLimits(plan, decisions, writer) : [];
  emitParameters(plan, limits, writer);
  const values = emitCelValues(plan, plan.routing.values, writer);
  const changes = new HeaderChanges(writer, values, plan.routing.responseHeaders);
  const routing = { plan, decisions, changes, writer };
  if (plan.httpRoutes) emitHttpRoutes(plan.httpRoutes, routing);
  else if (plan.routes.length > 0) emitRoutes(routing);
  if (plan.recordBytes > 0) emitResponse(plan, limits, changes, writer);
  if (plan.rateLimitService) emitMeshCallbacks(writer);
  emitClassify(plan, decisions, writer);
  if (writer.configure.length + writer.configureFirst.length > 0) emitConfigure(writer);
  if (writer.tick.length > 0) {
    writer.line("", "export function proxy_on_tick(context: u32): void {");
    writer.line(...writer.tick.map((statement) => `  ${statement}`), "}");
  }
  const head = headLines(plan, version, writer);
  // Last, since they are for machines: every text of a policy is a list of bytes.
  const tables = section(
    "Tables: what texts and addresses are scanned with, and what is decided.",
    writer.tableLines(),
  );
  const literals = section("Texts of the policies.", writer.literals.declarations());
  return {
    text: [...head, ...writer.lines, ...tables, ...literals].join("\n") + "\n",
    origins: new Map([...writer.origins].map(([line, span]) => [line + head.length, span])),
  };
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? ["", `// ${title}`, ...lines] : [];
}

function emitConfigure(writer: Writer): void {
  writer.line("", "/** Makes ready; where that fails the configuration is refused. */");
  writer.line("export function proxy_on_configure(context: u32, size: u32): u32 {");
  for (const first of writer.configureFirst) writer.line(`  if (!${first}) return 0;`);
  writer.line(
    `  return ${joined("&&", [...writer.configure, ...writer.configureLast], writer) || "true"} ? 1 : 0;`,
    "}",
  );
  writer.writeOutlined();
}

function headLines(plan: Plan, version: string, writer: Writer): string[] {
  const { bundle, slots } = plan;
  return [
    `// Bundle ${comment(bundle)}, compiled by tollgate ${version}. Do not edit: change the policies instead.`,
    ...writer.importLines(),
    "",
    `export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";`,
    ...(slots.length > 0
      ? [
          "",
          "// What policies look at; a slot holds every value of a repeated header.",
          ...writer.slotLines(),
          `const SLOTS: usize = memory.data(${slots.length * 8}, 4);`,
        ]
      : []),
    ...classRoom(plan),
  ];
}
