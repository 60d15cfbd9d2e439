// HTTPRoutes as source: a table of what they ask for, and the stage that walks it. What a request costs is the same whatever
// the table has.
import type { PlannedAction, PlannedHttpRoutes } from "../4-plan/http-routes.ts";
import { CHANGE_REFUSED, grpcStatus, NO_MEMORY, NO_ROUTE } from "../ir/details.ts";
import { layOutActions, type ActionTable } from "./action-table.ts";
import { joined } from "./expression.ts";
import { comment } from "./literals.ts";
import { emitPolicies, policyCalls, policyNames, remembered, type RouteEmission } from "./routes.ts";
import { bytesOf } from "./texts.ts";
import { place, type Writer } from "./writer.ts";

/** Emits `route(stream)`, which answers as the request's callback does. */
export function emitHttpRoutes(http: PlannedHttpRoutes, emission: RouteEmission): void {
  const { plan, writer, decisions, changes } = emission;
  const table = layOutActions(http.actions, plan.routing.owned, changes);
  const tables = [writer.table("u32", "ROUTES", table.words), textsOf(table, writer)].join(", ");
  const names = policyNames(emission);
  const has = (test: (action: PlannedAction) => boolean): boolean => http.actions.some(test);
  const actions = writer.abi("numbers", "HeadersAction");
  const failed = writer.refuse(500, CHANGE_REFUSED, "", grpcStatus.internal);
  const memory = writer.refuse(500, NO_MEMORY, "", grpcStatus.internal);
  const { record, owned } = plan.routing;
  const map = writer.abi("numbers", "HeaderMap");
  writer.line("", "// What HTTPRoutes ask for, by number:");
  http.actions.forEach((action, i) => emitAction(action, i + 1, writer));
  writer.line(
    "",
    "/** The HTTPRoutes' first rule that matches decides, then the first of each policy. */",
    "function route(stream: u32): u32 {",
    `  const action = ${decisions[http.decision] ?? ""};`,
    `  ${action(writer, "takeAction")}(${tables}, action);`,
  );
  if (has(({ does }) => does.kind === "forward" && does.backends.length > 1)) {
    const choose = writer.runtime("routing/weighted", "chooseBackend");
    writer.line(`  ${choose}(${writer.slot("x-request-id")});`);
  }
  if (record.tape !== undefined) {
    writer.line(
      `  const record = ${writer.runtime("records", "openRecord")}(stream, ${plan.recordBytes});`,
      `  if (record == 0) return ${memory};`,
      `  ${writer.runtime("routing/tape", "beginTape")}(record + ${record.tape});`,
    );
  }
  const walks = table.kinds.size > 0;
  if (walks) {
    writer.line(`  if (!change(${map}.Request, ${action(writer, "requestChanges")}())) return ${failed};`);
  }
  if (record.list !== undefined) {
    const note = writer.runtime("records", "setHalf");
    const opened =
      record.tape !== undefined
        ? "record"
        : `${writer.runtime("records", "openRecord")}(stream, ${plan.recordBytes})`;
    const list = `${action(writer, "responseChanges")}()`;
    writer.line(`  if (${list} != 0 && !${note}(${opened}, ${record.list}, ${list})) return ${memory};`);
  }
  if (has(({ does }) => does.kind === "redirect")) {
    const slots = [":authority", ":scheme", ":path?"].map((name) => writer.slot(name)).join(", ");
    const answer = writer.runtime("routing/redirect", "answerRedirect");
    writer.line(`  if (${action(writer, "isRedirect")}()) return ${answer}(${slots});`);
  }
  writer.line(...policyCalls(emission, names, `return ${failed}`).map((line) => `  ${line}`));
  const kept = remembered(plan, writer);
  if (kept !== undefined) writer.line(`  if (!(${kept})) return ${memory};`);
  const nowhere = writer.refuse(404, NO_ROUTE, "", grpcStatus.unimplemented);
  writer.line(`  if (!${writer.runtime("routing/cluster", "hasCluster")}()) {`);
  if (has(({ does }) => does.kind === "forward" && does.mayAnswer)) {
    const refuse = action(writer, "refuseRoute");
    writer.line(`    if (action != 0) return ${refuse}(500, ${grpcStatus.internal});`);
  }
  writer.line(`    return ${nowhere};`, "  }");
  const writes = [
    ...(has(({ does }) => does.kind === "forward" && does.host !== undefined)
      ? [`${action(writer, "rewriteHost")}()`]
      : []),
    ...(has(({ does }) => does.kind === "forward" && does.path !== undefined)
      ? [`${writer.runtime("routing/path", "rewritePath")}(${writer.slot(":path?")})`]
      : []),
    ...owned.map(
      (name, i) =>
        `${action(writer, "dropUnlessTold")}(${i}, ${writer.slot(name)}, ${writer.literals.of(name).arguments})`,
    ),
    ...(has(({ does }) => does.kind === "forward" && does.internal.length > 0)
      ? [`change(${map}.Request, ${action(writer, "toldChanges")}())`]
      : []),
    `${writer.runtime("routing/cluster", "writeCluster")}()`,
  ];
  writer.line(`  return ${joined("&&", writes, writer)} ? ${actions}.Continue : ${failed};`, "}");
  writer.writeOutlined();
  emitPolicies(emission, names);
  if (walks) emitChange(table, tables, writer);
}

/** The changes of the response that an HTTPRoute asks for, as statements that return `failed` where the proxy refuses one. */
export function emitRouteChanges(at: number | undefined, failed: string, writer: Writer): void {
  if (at === undefined) return;
  const map = writer.abi("numbers", "HeaderMap");
  writer.line(`  if (!change(${map}.Response, load<u32>(record + ${at}))) return ${failed};`);
}

function textsOf({ texts }: ActionTable, writer: Writer): string {
  return writer.table("u8", "ROUTE_TEXTS", bytesOf(texts));
}

function emitAction({ origins, does }: PlannedAction, number: number, writer: Writer): void {
  for (const origin of origins) {
    writer.lineFor(origin.span, `// ${number}: ${place(origin)}, ${comment(titleOf(does))}`);
  }
}

function titleOf(does: PlannedAction["does"]): string {
  if (does.kind === "redirect") return `redirected with ${does.redirect.status}`;
  const shares = does.backends.map(({ cluster = "no backend", weight }) =>
    does.backends.length > 1 ? `${cluster} x${weight}` : cluster,
  );
  return `to ${shares.join(", ")}`;
}

/** A walk through a list of changes. */
function emitChange({ kinds, codes }: ActionTable, tables: string, writer: Writer): void {
  writer.line(
    "",
    "/** Makes the changes of a list, 0 for none; false where the proxy refused one. */",
    "function change(map: u32, list: u32): bool {",
    `  ${action(writer, "beginChanges")}(${tables}, list);`,
    "  while (true) {",
    `    switch (${action(writer, "nextChange")}()) {`,
    "      case 0:",
    "        return true;",
  );
  const cases = [
    { kind: "remove", number: 1, call: () => `${action(writer, "removeNext")}(map)` },
    { kind: "set", number: 2, call: () => `${action(writer, "setNext")}(map)` },
    { kind: "add", number: 3, call: () => `${action(writer, "appendNext")}(map)` },
    { kind: "code", number: 4, call: () => `changeBy(${action(writer, "codeOfNext")}())` },
  ] as const;
  for (const { kind, number, call } of cases) {
    if (!kinds.has(kind)) continue;
    writer.line(`      case ${number}:`, `        if (!${call()}) return false;`, "        break;");
  }
  writer.line("      default:", "        return false;", "    }", "  }", "}");
  if (codes.length === 0) return;
  writer.line(
    "",
    "/** A change that is no plain text. */",
    "function changeBy(code: u32): bool {",
    "  switch (code) {",
  );
  codes.forEach((calls, i) => {
    writer.line(`    case ${i}:`, `      return ${joined("&&", calls, writer)};`);
  });
  writer.line("    default:", "      return false;", "  }", "}");
  writer.writeOutlined();
}

function action(writer: Writer, name: string): string {
  return writer.runtime("routing/action", name);
}
