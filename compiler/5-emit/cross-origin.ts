// Cross-origin rules as source: preflights are answered before all else, and other requests from elsewhere leave a note for
// their response, whoever answers it.
import type { PlannedCrossOrigin } from "../4-plan/cross-origin.ts";
import type { Plan } from "../4-plan/plan.ts";
import { grpcStatus, NO_MEMORY } from "../ir/details.ts";
import type { Cors } from "../ir/routing.ts";
import { ruleWords } from "./action-table.ts";
import { bytesOf, Texts } from "./texts.ts";
import { place, type Writer } from "./writer.ts";

// As in filters/runtime/routing/cross-origin.ts.
const CREDENTIALS = 1;
const ANY_ORIGIN = 2;
const ASKED_METHODS = 4;
const ASKED_HEADERS = 8;

/** Arguments: the table of sharings, and that of texts. */
interface Tables {
  readonly preflights: string;
  readonly sharings: string;
}

/** The expression that is true where a request comes from elsewhere. */
export function comesFromElsewhere(writer: Writer): string {
  return `${writer.runtime("request", "firstValue")}(${writer.slot("origin")}) != 0`;
}

/** Emits `crossOrigin(stream)`, which answers as the request's callback does, and the tables that `tellOrigin` reads. */
export function emitCrossOrigin(
  planned: PlannedCrossOrigin,
  plan: Plan,
  decisions: readonly string[],
  writer: Writer,
): void {
  const { preflights, sharings } = tablesOf(planned, writer);
  const at = plan.routing.record.crossOrigin ?? 0;
  const actions = writer.abi("numbers", "HeadersAction");
  const [method, asked, headers, origin] = [
    ":method",
    "access-control-request-method",
    "access-control-request-headers",
    "origin",
  ].map((name) => writer.slot(name));
  writer.line("", "// Preflights by outcome, where the origin is allowed; one less where it is not:");
  planned.preflights.forEach((preflight, i) =>
    writer.lineFor(preflight.origin.span, `// ${2 * i + 2}: ${place(preflight.origin)}`),
  );
  const record = `${writer.runtime("records", "openRecord")}(stream, ${plan.recordBytes})`;
  writer.line(
    "",
    "/** Answers preflights; of other requests notes what the response says to browsers. */",
    "function crossOrigin(stream: u32): u32 {",
    `  if (${use(writer, "asksBefore")}(${method ?? ""}, ${asked ?? ""})) {`,
    `    const preflight = ${decisions[planned.preflight] ?? ""};`,
    `    if (preflight == 0) return ${actions}.Continue;`,
    `    return ${use(writer, "answerPreflight")}(${preflights}, ${sharings}, preflight, ${[origin, asked, headers].join(", ")});`,
    "  }",
    `  const outcome = ${decisions[planned.decision] ?? ""};`,
    `  if (outcome == 0 || ${use(writer, "noteOrigin")}(${record}, ${at}, outcome, ${origin ?? ""})) return ${actions}.Continue;`,
    `  return ${writer.refuse(500, NO_MEMORY, "", grpcStatus.internal)};`,
    "}",
  );
}

/** The call that tells what was noted, false where the proxy refused. */
export function tellOrigin(planned: PlannedCrossOrigin, at: number, writer: Writer): string {
  return `${use(writer, "tellOrigin")}(record + ${at}, ${tablesOf(planned, writer).sharings})`;
}

function tablesOf({ shared, preflights }: PlannedCrossOrigin, writer: Writer): Tables {
  const texts = new Texts();
  const sharings = shared.flatMap((cors) => sharingWords(cors, texts));
  const asked = preflights.flatMap((preflight) => [preflight.shared, ...ruleWords(preflight.origin, texts)]);
  const bytes = bytesOf(texts.bytes);
  return {
    preflights: writer.table("u32", "PREFLIGHTS", asked),
    sharings: `${writer.table("u32", "SHARINGS", sharings)}, ${writer.table("u8", "SHARING_TEXTS", bytes)}`,
  };
}

function sharingWords(cors: Cors, texts: Texts): number[] {
  const { anyOrigin, credentials, methods, headers, exposed, maxAge } = cors;
  const asks = (list: Cors["methods"]): boolean => list === "*" && credentials;
  const text = (list: Cors["methods"]): [number, number] => {
    if (list === "*") return credentials ? [0, 0] : texts.place("*");
    return list.length === 0 ? [0, 0] : texts.place(list.join(", "));
  };
  const flags =
    (credentials ? CREDENTIALS : 0) |
    (anyOrigin && !credentials ? ANY_ORIGIN : 0) |
    (asks(methods) ? ASKED_METHODS : 0) |
    (asks(headers) ? ASKED_HEADERS : 0);
  return [flags, ...text(methods), ...text(headers), ...text(exposed), ...texts.place(String(maxAge))];
}

function use(writer: Writer, name: string): string {
  return writer.runtime("routing/cross-origin", name);
}
