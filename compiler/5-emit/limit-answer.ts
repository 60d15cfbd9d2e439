// What answers say of limits, as source: the headers of a refusal, and those of responses to requests that passed.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { Plan } from "../4-plan/plan.ts";
import { detailsOf, grpcStatus } from "../ir/details.ts";
import { policyItem, quotaOf } from "../ir/limit-fields.ts";
import type { Answer, Rate } from "../ir/program.ts";
import { joined } from "./expression.ts";
import { scopeNames } from "./limits.ts";
import type { Writer } from "./writer.ts";

/** The fields of the IETF draft, and those that many services send. */
export const FIELDS = {
  draft: ["ratelimit-policy", "ratelimit"],
  "x-rate-limit": ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
} as const;

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
  const status = answer.status ?? otherwise.status;
  const body = writer.literals.of(answer.body ?? otherwise.body).arguments;
  const details = writer.why(detailsOf("rate-limiting", origin));
  const refuse = `${use(writer, "answer", "refuseLimited")}(${status}, ${details}, ${body}, ${grpcStatus.limited})`;
  writer.lineFor(origin.span, ...lines.map((line) => pad + line), `${pad}return ${refuse};`);
}

/** Which of the limit's rates refuses is known where there is one. */
function draftLines(limit: PlannedLimit, writer: Writer): string[] {
  const { rates } = limit;
  const room = fieldOf(rates, writer);
  const begin = `${use(writer, "items", "beginField")}(${room});`;
  const [policy, field] = FIELDS.draft;
  const nothing = rates.map(
    (rate) =>
      `${use(writer, "items", "addNothing")}(${name(rate, writer)}, ${use(writer, "ask", "refusalWait")}());`,
  );
  return [
    begin,
    ...rates.map((rate) => `${use(writer, "items", "addQuota")}(0, ${quota(rate, writer)});`),
    addField(policy, writer),
    begin,
    ...byRate(nothing, limit, writer),
    addField(field, writer),
  ];
}

function plainLines(limit: PlannedLimit, writer: Writer): string[] {
  const { rates } = limit;
  const [field, remaining, reset] = FIELDS["x-rate-limit"];
  const number = (field: string, value: string): string =>
    `${use(writer, "answer", "addNumberHeader")}(${writer.literals.of(field).arguments}, ${value});`;
  const seconds = `max(${use(writer, "items", "seconds")}(${use(writer, "ask", "refusalWait")}()), 1)`;
  return [
    ...byRate(
      rates.map((rate) => number(field, String(rate.limit))),
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
    const [policy, limit] = FIELDS.draft;
    const told = (field: string): string =>
      `  if (!${use(writer, "items", "tellField")}(${writer.literals.of(field).arguments})) return false;`;
    writer.line(begin);
    for (const { rate, item } of draft)
      writer.line(`  ${use(writer, "items", "addQuota")}(${item}, ${quota(rate, writer)});`);
    writer.line(told(policy), begin);
    for (const { rate, item } of draft)
      writer.line(
        `  ${use(writer, "items", "addLeft")}(${item}, ${name(rate, writer)}, ${rate.window !== 0n});`,
      );
    writer.line(told(limit));
  }
  if (plain.length > 0) {
    writer.line(`  ${use(writer, "items", "beginTightest")}();`);
    for (const { rate, item } of plain)
      writer.line(`  ${use(writer, "items", "offerItem")}(${item}, ${rate.limit});`);
    writer.line(`  if (${use(writer, "items", "tightestItem")}() != 0) {`);
    const values = [
      `${use(writer, "items", "tightestQuota")}()`,
      `${use(writer, "items", "leftOfItem")}(${use(writer, "items", "tightestItem")}())`,
      `${use(writer, "items", "resetOfItem")}(${use(writer, "items", "tightestItem")}())`,
    ];
    const calls = FIELDS["x-rate-limit"].map(
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
  return writer.literals.of(policyItem(quotaOf(rate)), "QUOTA").arguments;
}

function name({ item }: Rate, writer: Writer): string {
  return writer.literals.of(`"${item}"`).arguments;
}

function fieldRoom(rates: readonly Rate[]): number {
  return rates.reduce((sum, { item }) => sum + item.length + ITEM_ROOM, 0);
}

function fieldOf(rates: readonly Rate[], writer: Writer): string {
  return writer.room("FIELD", fieldRoom(rates), 4);
}

function addHeader(header: string, value: string, writer: Writer): string {
  return `${use(writer, "answer", "addAnswerHeader")}(${writer.literals.of(header).arguments}, ${value});`;
}

function addField(header: string, writer: Writer): string {
  return `${use(writer, "answer", "addField")}(${writer.literals.of(header).arguments});`;
}

function use(writer: Writer, module: string, name: string): string {
  return writer.runtime(`limits/${module}`, name);
}
