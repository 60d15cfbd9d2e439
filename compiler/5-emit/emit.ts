// Plan → AssemblyScript source. The emitted file reads from top to bottom as the request travels: what is read, who may
// pass, how fast, which road, and what the response gets.
import type { Plan } from "../4-plan/plan.ts";
import type { Span } from "../source/span.ts";
import { emitAuthorization } from "./authorization.ts";
import { emitConfigure, emitLimits } from "./limits.ts";
import { comment } from "./literals.ts";
import { emitReadRequest, emitRequestHeaders } from "./request.ts";
import { emitResponseHeaders, emitRoutes } from "./routes.ts";
import { Writer } from "./writer.ts";

/** An emitted program. */
export interface EmittedSource {
  readonly text: string;
  /** For each line of the text (from 1) the place in a policy it was made from, where there is one. */
  readonly origins: ReadonlyMap<number, Span>;
}

/** Emits the source of a plan; `version` is Tollgate's, for the first line. */
export function emit(plan: Plan, version: string): EmittedSource {
  const writer = new Writer(plan.slots);
  const decides = plan.authorization.anyAllowPolicy || plan.authorization.deny.length > 0;
  if (plan.limits.length > 0) emitConfigure(plan, writer);
  emitRequestHeaders(plan, decides, writer);
  if (plan.slots.length > 0) emitReadRequest(plan, writer);
  if (decides) emitAuthorization(plan, writer);
  if (plan.limits.length > 0) emitLimits(plan, writer);
  if (plan.routes.length > 0) emitRoutes(plan, writer);
  if (plan.remembers) emitResponseHeaders(plan, writer);
  const head = headLines(plan, version, writer);
  // Last, since they are for machines: every text of a policy is a list of bytes.
  const literals = writer.literals.declarations();
  const tail = literals.length > 0 ? ["", "// Texts of the policies.", ...literals] : [];
  return {
    text: [...head, ...writer.lines, ...tail].join("\n") + "\n",
    origins: new Map([...writer.origins].map(([line, span]) => [line + head.length, span])),
  };
}

function headLines({ bundle, slots, limits }: Plan, version: string, writer: Writer): string[] {
  return [
    `// Bundle ${comment(bundle)}, compiled by tollgate ${version}. Do not edit: change the policies instead.`,
    ...writer.importLines(),
    "",
    `export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";`,
    ...(slots.length > 0
      ? [
          "",
          "// The request headers that policies look at; a slot holds every value of a repeated header.",
          ...[...writer.slots].map(([header, name], i) => `const ${name}: u32 = ${i}; // ${comment(header)}`),
          `const SLOTS: usize = memory.data(${slots.length * 8}, 4);`,
        ]
      : []),
    ...(limits.length > 0
      ? [
          "",
          "// Where each limit's buckets are.",
          ...limits.map((_, i) => `const BUCKETS_${i}: usize = memory.data(8, 4);`),
        ]
      : []),
  ];
}
