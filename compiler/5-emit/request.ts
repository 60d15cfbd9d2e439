// The request's phase as source: what is read, and the stages in their order.
import type { Plan } from "../4-plan/plan.ts";
import { CHANGE_REFUSED, grpcStatus, UNREADABLE } from "../ir/details.ts";
import type { Writer } from "./writer.ts";

export function emitRequestHeaders(plan: Plan, writer: Writer): void {
  const { columns, limits, routes } = plan;
  const actions = writer.abi("numbers", "HeadersAction");
  const stopUnless = (call: string): string =>
    `  if (${call} != ${actions}.Continue) return ${actions}.StopIteration;`;
  writer.line(
    "",
    "export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {",
  );
  writer.line(`  ${writer.runtime("request", "beginRequest")}();`);
  if (columns.length > 0) {
    writer.line(`  ${writer.runtime("columns", "forgetColumns")}(COLUMNS, ${columns.length}, CLASSES);`);
  }
  if (plan.slots.length > 0) {
    const first = readsHeaders(plan)
      ? "readRequest()"
      : `${writer.runtime("request", "readNothing")}(SLOTS, ${plan.slots.length})`;
    writer.line(`  if (!${first}) return ${writer.refuse(431, UNREADABLE, "", grpcStatus.exhausted)};`);
  }
  if (plan.observers.length > 0) writer.line("  observe();");
  if (plan.authorization) writer.line(stopUnless("authorize()"));
  if (limits.length > 0) writer.line(stopUnless("limit()"));
  if (routes.length > 0) {
    writer.line(
      `  if (!route(stream)) return ${writer.refuse(500, CHANGE_REFUSED, "", grpcStatus.internal)};`,
    );
  }
  writer.line(`  return ${actions}.Continue;`, "}");
}

export function readsHeaders({ slots }: Plan): boolean {
  return slots.some(({ from }) => from === "header");
}

export function emitReadRequest(plan: Plan, writer: Writer): void {
  const bySize = new Map<number, string[]>();
  for (const slot of plan.slots) {
    if (slot.from !== "header") continue;
    // `:path?` is the same header as `:path`, whole.
    const header = slot.name === ":path?" ? ":path" : slot.name;
    bySize.set(header.length, [...(bySize.get(header.length) ?? []), slot.name]);
  }
  const nameIs = writer.runtime("request", "nameIs");
  writer.line("", "/** Reads all headers in one host call and keeps those that policies look at. */");
  writer.line("function readRequest(): bool {");
  writer.line(`  ${writer.runtime("request", "readHeaders")}(SLOTS, ${plan.slots.length});`);
  writer.line(`  while (${writer.runtime("request", "nextHeader")}()) {`);
  writer.line(`    switch (${writer.runtime("request", "nameSize")}()) {`);
  for (const [size, headers] of [...bySize].sort(([a], [b]) => a - b)) {
    writer.line(`      case ${size}:`);
    headers.forEach((header, i) => {
      const keep = writer.runtime("request", header === ":path" ? "keepPath" : "keep");
      const test = `if (${nameIs}(${writer.literals.of(header).pointer})) ${keep}(${writer.slot(header)});`;
      writer.line(`        ${i > 0 ? "else " : ""}${test}`);
    });
    writer.line("        break;");
  }
  writer.line("    }", "  }");
  writer.line(`  return ${writer.runtime("request", "headersComplete")}();`, "}");
}
