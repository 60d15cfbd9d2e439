// The request's phase as source: what is read, and the stages in their order.
import type { Plan } from "../4-plan/plan.ts";
import { isPseudoHeader } from "../http/header-syntax.ts";
import { CHANGE_REFUSED, grpcStatus, NO_VALUES, TOKEN_CHANGE_REFUSED, UNREADABLE } from "../ir/details.ts";
import type { Slot } from "../ir/slots.ts";
import { comesFromElsewhere } from "./cross-origin.ts";
import { limitCall } from "./limits.ts";
import type { Writer } from "./writer.ts";

export function emitRequestHeaders(plan: Plan, writer: Writer): void {
  const { columns, routes } = plan;
  const actions = writer.abi("numbers", "HeadersAction");
  /** Whether requests may have to wait behind authorization, which are then decided from the beginning. */
  const waitsBehind = plan.limits.some(
    ({ scope, phase }) => scope === "mesh" && phase === "after-authorization",
  );
  const stopUnless = (call: string, past: readonly string[] = []): string => {
    const first = past.map((one) => `!${one} && `).join("");
    return `  if (${first}${call} != ${actions}.Continue) return ${actions}.StopIteration;`;
  };
  const opening =
    "export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {";
  const waitsForKeys = plan.authentication !== undefined && plan.authentication.sources.length > 0;
  const waits = waitsForKeys || plan.rateLimitService !== undefined;
  if (waits) {
    // A request that has waited is decided outside its own callback.
    writer.line("", opening, "  return handleRequest(stream);", "}");
    writer.line("", "function handleRequest(stream: u32): u32 {");
  } else {
    writer.line("", opening);
  }
  writer.line(`  ${writer.runtime("request", "beginRequest")}();`);
  if (plan.values) {
    writer.line(
      `  if (!useValues(stream)) return ${writer.refuse(500, NO_VALUES, "", grpcStatus.internal)};`,
    );
  }
  const forget =
    columns.length === 0
      ? ""
      : `  ${writer.runtime("columns", "forgetColumns")}(COLUMNS, ${columns.length}, CLASSES);`;
  if (columns.length > 0) writer.line(forget);
  if (plan.slots.length > 0) {
    const first = readsHeaders(plan)
      ? "readRequest()"
      : `${writer.runtime("request", "readNothing")}(SLOTS, ${plan.slots.length})`;
    writer.line(`  if (!${first}) return ${writer.refuse(431, UNREADABLE, "", grpcStatus.exhausted)};`);
  }
  if (plan.authentication && plan.cel.readsToken) {
    writer.line(`  ${writer.runtime("authentication/payload", "forgetPayload")}();`);
  }
  if (plan.crossOrigin) {
    const call = `crossOrigin(stream) != ${actions}.Continue`;
    writer.line(`  if (${comesFromElsewhere(writer)} && ${call}) return ${actions}.StopIteration;`);
  }
  const early = limitCall(plan, "before-authentication");
  if (early !== undefined) {
    const past = [...(waitsForKeys ? [isResuming(writer)] : []), ...(waitsBehind ? [hasWaited(writer)] : [])];
    writer.line(stopUnless(early, past));
  }
  if (plan.authentication && waitsBehind) {
    writer.line("  // Whoever has to wait is decided again, and its tokens must still be there.");
    writer.line(`  ${writer.runtime("authentication/writes", "deferWrites")}();`);
  }
  if (plan.authentication) writer.line(stopUnless("authenticate(stream)"));
  if (plan.authentication && (early !== undefined || plan.crossOrigin) && columns.length > 0) {
    // Tokens may have changed what was classified already.
    writer.line(forget);
    for (const slot of plan.slots.filter((slot) => isTokenPlace(slot, plan.authentication))) {
      writer.line(`  ${writer.runtime("request", "emptySlot")}(${writer.slotOf(slot)});`);
    }
  }
  if (plan.observers.length > 0) {
    writer.line(waitsBehind ? `  if (!${hasWaited(writer)}) observe();` : "  observe();");
  }
  if (plan.authorization) writer.line(stopUnless("authorize()"));
  const limits = limitCall(plan, "after-authorization");
  if (limits !== undefined) writer.line(stopUnless(limits));
  if (plan.authentication && waitsBehind) {
    const refused = writer.refuse(500, TOKEN_CHANGE_REFUSED, "", grpcStatus.internal);
    writer.line(`  if (!${writer.runtime("authentication/writes", "writeDeferred")}()) return ${refused};`);
  }
  if (plan.httpRoutes) {
    writer.line("  return route(stream);", "}");
    return;
  }
  if (routes.length > 0) {
    writer.line(
      `  if (!route(stream)) return ${writer.refuse(500, CHANGE_REFUSED, "", grpcStatus.internal)};`,
    );
  }
  writer.line(`  return ${actions}.Continue;`, "}");
}

/** Whether a slot is filled from what a token may be taken out of. */
function isTokenPlace(slot: Slot, authentication: Plan["authentication"]): boolean {
  return (
    (slot.from === "cookie" || slot.from === "query") &&
    authentication?.places.some(
      ({ location }) => location.kind === slot.from && location.name === slot.name,
    ) === true
  );
}

/** Whether the request has waited for keys, and so was asked what comes before. */
function isResuming(writer: Writer): string {
  return `${writer.runtime("authentication/sources", "isResuming")}()`;
}

/** Whether the request has waited for the service that counts. */
function hasWaited(writer: Writer): string {
  return `${writer.runtime("limits/ask-mesh", "hasWaited")}(stream)`;
}

/** The function that keeps a header's value. */
function keeperOf(header: string): string {
  if (header === ":path") return "keepPath";
  return isPseudoHeader(header) ? "keepOnce" : "keep";
}

export function readsHeaders({ slots }: Plan): boolean {
  return slots.some(({ from }) => from === "header");
}

export function emitReadRequest(plan: Plan, writer: Writer): void {
  const wanted = new Set(plan.slots.flatMap((slot) => (slot.from === "header" ? [slot.name] : [])));
  // `:path?` is the same header as `:path`, whole.
  const headers = new Set([...wanted].map((name) => (name === ":path?" ? ":path" : name)));
  const keepCall = (slot: string): string =>
    `${writer.runtime("request", keeperOf(slot))}(${writer.slot(slot)});`;
  const keepCalls = (header: string): string => {
    if (header !== ":path") return keepCall(header);
    const calls = [":path?", ":path"].filter((name) => wanted.has(name)).map(keepCall);
    return calls.length > 1 ? `{ ${calls.join(" ")} }` : calls.join("");
  };
  const read = `${writer.runtime("request", "readHeaders")}(SLOTS, ${plan.slots.length})`;
  writer.line("", "/** Reads all headers in one host call and keeps those that policies look at. */");
  emitRead("readRequest", read, [...headers], keepCalls, writer);
}

/** Emits a function that reads headers and keeps some of them, and is false where the proxy did not hand them over. */
export function emitRead(
  name: string,
  read: string,
  headers: readonly string[],
  keepCalls: (header: string) => string,
  writer: Writer,
): void {
  const bySize = new Map<number, string[]>();
  for (const header of headers) bySize.set(header.length, [...(bySize.get(header.length) ?? []), header]);
  const nameIs = writer.runtime("request", "nameIs");
  writer.line(`function ${name}(): bool {`);
  writer.line(`  ${read};`);
  writer.line(`  while (${writer.runtime("request", "nextHeader")}()) {`);
  writer.line(`    switch (${writer.runtime("request", "nameSize")}()) {`);
  for (const [size, sized] of [...bySize].sort(([a], [b]) => a - b)) {
    writer.line(`      case ${size}:`);
    sized.forEach((header, i) => {
      const test = `if (${nameIs}(${writer.literals.of(header).pointer})) ${keepCalls(header)}`;
      writer.line(`        ${i > 0 ? "else " : ""}${test}`);
    });
    writer.line("        break;");
  }
  writer.line("    }", "  }");
  writer.line(`  return ${writer.runtime("request", "headersComplete")}();`, "}");
}
