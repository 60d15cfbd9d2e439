// What answers say of limits, as source: the headers of a refusal, and those of responses to requests that passed.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { Plan } from "../4-plan/plan.ts";
import { detailsOf, grpcStatus } from "../ir/details.ts";
import { policyItem, quotaOf } from "../ir/limit-fields.ts";
import { LONGEST_DURATION_TEXT, type Filled } from "../ir/parameters.ts";
import type { Answer, Rate } from "../ir/program.ts";
import { joined } from "./expression.ts";
import { scopeNames } from "./limits.ts";
import type { Writer } from "./writer.ts";

/** The fields that many services send. */
const PLAIN = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] as const;

/** Digits of a number, and what stands around it in an item. */
const ITEM_ROOM = 64;
/** Of `retry-after`, and of the fields. */
const OWN_HEADERS = 4;

/** Answers a request that a limit refuses. */
export function emitRefusal(limit: PlannedLimit, otherwise: Answer, writer: Writer, pad: string): void {
  const { answer, origin, fields, rates } = limit;
  const most = answer.headers.length + OWN_HEADERS;
  const texts = answer.headers.reduce((sum, [name, value]) => sum + name.length + value.length + 2, 0);
  const room = writer.room("ANSWER", 4 + most * 8 + texts + 128 + 2 * fieldRoom(rates), 4);
  const lines = [
    `${use(writer, "answer", "beginAnswer")}(${room}, ${most});`,
    `${use(writer, "answer", "addRetryAfter")}(${use(writer, "ask", "refusalWait")}());`,
    ...answer.headers.map(([name, value]) => addHeader(name, writer.literals.of(value).arguments, writer)),
    ...(fields === "off" ? [] : fields === "draft" ? draftLines(limit, writer) : plainLines(limit, writer)),
  ];
  const { status, body } = writer.answer({
    status: answer.status ?? otherwise.status,
    body: answer.body ?? otherwise.body,
    holes: {
      ...(answer.status === undefined ? pick("status", otherwise) : pick("status", answer)),
      ...(answer.body === undefined ? pick("body", otherwise) : pick("body", answer)),
    },
  });
  const details = writer.why(detailsOf("rate-limiting", origin));
  const refuse = `${use(writer, "answer", "refuseLimited")}(${status}, ${details}, ${body}, ${grpcStatus.limited})`;
  writer.lineFor(origin.span, ...lines.map((line) => pad + line), `${pad}return ${refuse};`);
}

function pick(field: "status" | "body", { holes }: Filled<"status" | "body">): Answer["holes"] {
  const hole = holes?.[field];
  return hole && { [field]: hole };
}

/** Which of the limit's rates refuses is known where there is one. */
function draftLines(limit: PlannedLimit, writer: Writer): string[] {
  const { rates } = limit;
  const room = fieldOf(rates, writer);
  const [only] = rates;
  if (only && rates.length === 1) {
    const wait = `${use(writer, "ask", "refusalWait")}()`;
    return [
      `${use(writer, "answer", "addDraft")}(${room}, ${quota(only, writer)}, ${name(only, writer)}, ${wait});`,
    ];
  }
  const begin = `${use(writer, "items", "beginField")}(${room});`;
  const nothing = rates.map(
    (rate) =>
      `${use(writer, "items", "addNothing")}(${name(rate, writer)}, ${use(writer, "ask", "refusalWait")}());`,
  );
  return [
    begin,
    ...rates.map((rate) => `${use(writer, "items", "addQuota")}(0, ${quota(rate, writer)});`),
    `${use(writer, "answer", "addQuotas")}();`,
    begin,
    ...byRate(nothing, limit, writer),
    `${use(writer, "answer", "addLeftovers")}();`,
  ];
}

function plainLines(limit: PlannedLimit, writer: Writer): string[] {
  const { rates } = limit;
  const [field, remaining, reset] = PLAIN;
  const number = (field: string, value: string): string =>
    `${use(writer, "answer", "addNumberHeader")}(${writer.literals.of(field).arguments}, ${value});`;
  const seconds = `max(${use(writer, "items", "seconds")}(${use(writer, "ask", "refusalWait")}()), 1)`;
  return [
    ...byRate(
      rates.map((rate) => number(field, writer.values.word(rate.holes?.limit, rate.limit))),
      limit,
      writer,
    ),
    number(remaining, "0"),
    number(reset, seconds),
  ];
}

/** A line for each rate, of which the one that refuses is taken. */
function byRate(lines: readonly string[], { scope }: PlannedLimit, writer: Writer): string[] {
  if (lines.length === 1) return [...lines];
  const { module, name: of } = scopeNames[scope];
  return [
    `switch (${writer.runtime(module, `refusing${of}Rate`)}()) {`,
    ...lines.flatMap((line, i) => [
      i === lines.length - 1 ? "  default:" : `  case ${i}:`,
      `    ${line}`,
      "    break;",
    ]),
    "}",
  ];
}

/** Emits `tellLimits(record)`: false where the proxy refused a header. True where it was written. */
export function emitTelling({ limits }: Plan, writer: Writer): boolean {
  const told = limits.flatMap(({ items, fields, rates }) =>
    items === undefined ? [] : rates.map((rate, i) => ({ fields, rate, item: `record + ${items + i * 16}` })),
  );
  if (told.length === 0) return false;
  const room = fieldOf(
    told.map(({ rate }) => rate),
    writer,
  );
  const draft = told.filter(({ fields }) => fields === "draft");
  const plain = told.filter(({ fields }) => fields === "x-rate-limit");
  writer.line("", "/** Tells the client what is left of the limits that were asked. */");
  writer.line("function tellLimits(record: usize): bool {");
  if (draft.length > 0) {
    const begin = `  ${use(writer, "items", "beginField")}(${room});`;
    writer.line(begin);
    for (const { rate, item } of draft)
      writer.line(`  ${use(writer, "items", "addQuota")}(${item}, ${quota(rate, writer)});`);
    writer.line(`  if (!${use(writer, "items", "tellQuotas")}()) return false;`, begin);
    for (const { rate, item } of draft)
      writer.line(
        `  ${use(writer, "items", "addLeft")}(${item}, ${name(rate, writer)}, ${rate.window !== 0n});`,
      );
    writer.line(`  if (!${use(writer, "items", "tellLeft")}()) return false;`);
  }
  if (plain.length > 0) {
    writer.line(`  ${use(writer, "items", "beginTightest")}();`);
    for (const { rate, item } of plain)
      writer.line(
        `  ${use(writer, "items", "offerItem")}(${item}, ${writer.values.word(rate.holes?.limit, rate.limit)});`,
      );
    writer.line(`  if (${use(writer, "items", "tightestItem")}() != 0) {`);
    const values = [
      `${use(writer, "items", "tightestQuota")}()`,
      `${use(writer, "items", "leftOfItem")}(${use(writer, "items", "tightestItem")}())`,
      `${use(writer, "items", "resetOfItem")}(${use(writer, "items", "tightestItem")}())`,
    ];
    const calls = PLAIN.map(
      (field, i) =>
        `!${use(writer, "items", "tellNumber")}(${writer.literals.of(field).arguments}, ${room}, ${values[i] ?? ""})`,
    );
    writer.line(`    if (${joined("||", calls, writer)}) return false;`, "  }");
  }
  writer.line("  return true;", "}");
  return true;
}

/** `"api";q=100;w=60`. */
function quota(rate: Rate, writer: Writer): string {
  const valued = writer.values.quota(rate);
  if (valued) return writer.values.text(valued.text);
  return writer.literals.of(policyItem(quotaOf(rate)), "QUOTA").arguments;
}

/** The item's name as it stands in front of its quota. */
function name(rate: Rate, writer: Writer): string {
  const valued = writer.values.quota(rate);
  if (valued) return `values + ${valued.text + 4}, load<u32>(values, ${valued.nameSize})`;
  const { pointer } = writer.literals.of(policyItem(quotaOf(rate)), "QUOTA");
  return `${pointer}, ${rate.item.length + 2}`;
}

function fieldRoom(rates: readonly Rate[]): number {
  const named = ({ item, holes }: Rate): number => item.length + (holes?.window ? LONGEST_DURATION_TEXT : 0);
  return rates.reduce((sum, rate) => sum + named(rate) + ITEM_ROOM, 0);
}

function fieldOf(rates: readonly Rate[], writer: Writer): string {
  return writer.room("FIELD", fieldRoom(rates), 4);
}

function addHeader(header: string, value: string, writer: Writer): string {
  return `${use(writer, "answer", "addAnswerHeader")}(${writer.literals.of(header).arguments}, ${value});`;
}

function use(writer: Writer, module: string, name: string): string {
  return writer.runtime(`limits/${module}`, name);
}
