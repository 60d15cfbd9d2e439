// Parameters as source: a configuration is read and checked when it comes, and refused with a line in the log; what it says is
// kept by root context, and holds for the streams of that.
import type { Plan } from "../4-plan/plan.ts";
import {
  expectedOf,
  LONGEST_DURATION_TEXT,
  LONGEST_TEXT,
  type Hole,
  type Parameter,
} from "../ir/parameters.ts";
import { quotaOf } from "../ir/limit-fields.ts";
import type { Rate } from "../ir/program.ts";
import { byteString } from "../http/header-syntax.ts";
import { parseDuration } from "../schema/duration.ts";
import { hex } from "./expression.ts";
import { RATE_BYTES, RATES, isBucket, limitWords } from "./limit-table.ts";
import { SHARED_BYTES, STATE_BYTES, type LimitNames } from "./limits.ts";
import { place, type Writer } from "./writer.ts";
import type { LimitValues, QuotaValues } from "./values.ts";

/** Emits what reads configurations, and `useValues(stream)`. `names`: what the limits' constants are called. */
export function emitParameters(plan: Plan, names: readonly LimitNames[], writer: Writer): void {
  const { values: planned } = plan;
  if (!planned) return;
  const { values } = writer;
  const draft = writer.room("VALUES", values.bytes, 8);
  writer.configureFirst.push("readValues(size)", "deriveValues()", "takeValues(context)");
  emitReading(planned.parameters, draft, writer);
  emitDeriving(plan, names, draft, writer);
  const use = values.limits.flatMap(({ limit, number, counts }) => {
    const name = names[number];
    if (limit.scope !== "proxy" || !name) return [];
    const change = writer.runtime("limits/values", "countUnder");
    return [`  ${change}(${name.state} + ${STATE_BYTES}, values + ${counts});`];
  });
  writer.line(
    "",
    "/** Has what was read hold for the streams of a root context. */",
    "function takeValues(context: u32): bool {",
    "  values = 0;",
    `  return ${writer.runtime("parameters/values", "keepValues")}(context, ${draft}, ${values.bytes});`,
    "}",
    "",
    "/** The values that hold for the stream at hand. */",
    "let values: usize = 0;",
    "",
    "export function proxy_on_context_create(context: u32, parent: u32): void {",
    "  if (parent == 0) return;",
    `  const record = ${writer.runtime("records", "openRecord")}(context, ${plan.recordBytes});`,
    `  if (record != 0) store<usize>(record, ${writer.runtime("parameters/values", "valuesOf")}(parent), ${planned.at});`,
    "}",
    "",
    "/** Goes over to the values of a stream's configuration. False: there was no memory for them, or no configuration. */",
    "function useValues(stream: u32): bool {",
    `  const record = ${writer.runtime("records", "recordOf")}(stream);`,
    `  const found: usize = record == 0 ? 0 : load<usize>(record, ${planned.at});`,
    "  if (found == 0 || found == values) return found != 0;",
    "  values = found;",
    ...use,
    "  return true;",
    "}",
  );
}

function emitReading(parameters: readonly Parameter[], draft: string, writer: Writer): void {
  const { values } = writer;
  const read = (name: string): string => writer.runtime("parameters/read", name);
  const refuse = (parameter: Parameter): string => {
    const given = parameter.default === undefined ? "given once: it has no default" : "given at most once";
    const text = `tollgate: the parameter \`${parameter.name}\` must be ${expectedOf(parameter)}, ${given}`;
    return `${writer.runtime("parameters/refuse", "refuseParameter")}(${literal(text, "EXPECTED", writer)})`;
  };
  writer.line(
    "",
    "/** The values: what the configuration says, and the defaults of what it says nothing of. */",
    "function readValues(size: u32): bool {",
    `  ${writer.abi("arena", "resetArena")}();`,
  );
  for (const parameter of parameters) {
    writer.line(...defaultLines(parameter, at(parameter), draft, writer).map((line) => `  ${line}`));
  }
  writer.line(`  ${read("beginParameters")}(size);`, `  while (${read("nextParameter")}()) {`);
  parameters.forEach((parameter, i) => {
    const name = literal(parameter.name, "PARAMETER", writer);
    writer.line(
      `    ${i > 0 ? "} else " : ""}if (${read("parameterIs")}(${i}, ${name})) {`,
      `      if (!${reading(parameter, draft, writer)}) return ${refuse(parameter)};`,
    );
  });
  const known = `\`; the parameters are ${parameters.map(({ name }) => `\`${name}\``).join(", ")}`;
  writer.line(
    "    } else {",
    `      return ${read("unknownParameter")}(${literal(known, "KNOWN", writer)});`,
    "    }",
    "  }",
    `  if (!${read("endParameters")}()) return false;`,
  );
  parameters.forEach((parameter, i) => {
    if (parameter.default !== undefined) return;
    writer.line(`  if (!${read("wasGiven")}(${i})) return ${refuse(parameter)};`);
  });
  writer.line("  return true;", "}");

  function at(parameter: Parameter): number {
    return values.at({ parameter });
  }
}

function reading(parameter: Parameter, draft: string, writer: Writer): string {
  const to = `${draft} + ${writer.values.at({ parameter })}`;
  const read = (name: string): string => writer.runtime("parameters/read", name);
  switch (parameter.type) {
    case "integer":
      return `${read("readInteger")}(${to}, ${parameter.least}, ${parameter.most})`;
    case "duration":
      return `${read("readDuration")}(${to}, ${LONGEST_DURATION_TEXT})`;
    case "string": {
      const text = `${read("readText")}(${to}, ${LONGEST_TEXT})`;
      if (!parameter.inHeader) return text;
      const made = (name: string): string => writer.runtime("routing/made", name);
      const given = writer.values.text(writer.values.at({ parameter }), draft);
      return `(${text} && ${made("beginMade")}() && ${made("addMade")}(${given}) && ${made("endMade")}())`;
    }
  }
}

function defaultLines(
  { type, default: given }: Parameter,
  at: number,
  draft: string,
  writer: Writer,
): string[] {
  if (given === undefined) return [];
  const text = literal(String(given), "DEFAULT", writer);
  const set = writer.runtime("parameters/read", "setText");
  switch (type) {
    case "integer":
      return [`store<u64>(${draft}, ${given}, ${at});`];
    case "duration":
      return [
        `store<u64>(${draft}, ${parseDuration(String(given)) ?? 0n}, ${at});`,
        `${set}(${draft} + ${at + 8}, ${text});`,
      ];
    case "string":
      return [`${set}(${draft} + ${at}, ${text});`];
  }
}

function literal(text: string, wish: string, writer: Writer): string {
  return writer.literals.of(byteString(text), wish).arguments;
}

/** Emits `deriveValues()`: what follows from the values, and whether they go together. */
function emitDeriving(plan: Plan, names: readonly LimitNames[], draft: string, writer: Writer): void {
  const { values } = writer;
  writer.line(
    "",
    "/** What follows from the values: the tables of limits, and the texts of their quotas. False: they do not go together. */",
    "function deriveValues(): bool {",
  );
  for (const one of plan.limits) {
    const { cost, rates, origin } = one;
    if (cost.kind !== "constant") continue;
    const costs = cost.holes?.value;
    for (const { burst, holes } of rates) {
      if (!costs && !holes?.burst) continue;
      const roomy = `${values.long(costs, cost.value, draft)} <= ${values.long(holes?.burst, burst, draft)}`;
      const what = [costs, holes?.burst].flatMap((hole) => (hole ? [`\`${hole.parameter.name}\``] : []));
      const why = `must leave room for what one request of ${origin.policy} ${origin.part} costs`;
      writer.lineFor(origin.span, `  if (!(${roomy})) return ${refusal(what, why, writer)};`);
    }
  }
  for (const { rules } of plan.routes) {
    for (const { split, rule } of rules) {
      const weights = split?.arms.filter(({ holes }) => holes?.weight) ?? [];
      if (!split || weights.length < split.arms.length) continue; // some other arm has one
      const sum = split.arms.map((arm) => values.long(arm.holes?.weight, arm.weight, draft)).join(" + ");
      const what = weights.flatMap(({ holes }) =>
        holes?.weight ? [`\`${holes.weight.parameter.name}\``] : [],
      );
      const why = `must leave some arm of ${rule.origin.policy} ${rule.origin.part} a weight above zero`;
      writer.lineFor(rule.origin.span, `  if (${sum} == 0) return ${refusal(what, why, writer)};`);
    }
  }
  for (const limit of values.limits) derive(limit, names[limit.number], draft, writer);
  for (const quota of values.quotas) {
    writer.line(...quotaLines(quota, draft, writer).map((line) => `  ${line}`));
  }
  writer.line("  return true;", "}");
}

function refusal(parameters: readonly string[], why: string, writer: Writer): string {
  const names = [...new Set(parameters)].join(", ");
  const text = `tollgate: the parameter${names.includes(",") ? "s" : ""} ${names} ${why}`;
  return `${writer.runtime("parameters/refuse", "refuseParameter")}(${literal(text, "WRONG", writer)})`;
}

function derive(
  { limit, table, counts }: LimitValues,
  names: LimitNames | undefined,
  draft: string,
  writer: Writer,
): void {
  if (!names) return;
  const { values } = writer;
  const { algorithm, origin, rates } = limit;
  const use = (name: string): string => writer.runtime("limits/values", name);
  const words = limitWords(limit);
  const constants = writer.table("u64", "LIMIT", words);
  const lines = [`memory.copy(${draft} + ${table}, ${constants}, ${words.length * 8});`];
  let identity = hex(limit.identity);
  rates.forEach(({ holes, ...rate }, i) => {
    if (!holes) return;
    const fields = [
      { hole: holes.limit, value: values.long(holes.limit, rate.limit, draft) },
      { hole: holes.window, value: values.long(holes.window, rate.window, draft) },
      { hole: holes.burst, value: values.long(holes.burst, rate.burst, draft) },
    ];
    const filled = fields.flatMap(({ hole, value }) => (hole ? [{ name: hole.parameter.name, value }] : []));
    const counted = fields.slice(0, isBucket(algorithm) ? 3 : 2).map(({ value }) => value);
    const at = [`${draft} + ${table + RATES + i * RATE_BYTES}`, ...counted].join(", ");
    if (isBucket(algorithm)) {
      const why = `are too large together to count ${origin.policy} ${origin.part} exactly: use a shorter window`;
      const names = filled.map(({ name }) => `\`${name}\``);
      lines.push(`if (!${use("shapeBucket")}(${at})) return ${refusal(names, why, writer)};`);
    } else lines.push(`${use("shapeWindow")}(${at});`);
    for (const { value } of filled) identity = `${use("under")}(${identity}, ${value})`;
  });
  lines.push(...windowLines(rates, origin.part, draft, writer));
  if (limit.scope === "proxy") {
    const reserve = `${use("reserveUnder")}(${draft} + ${counts}, ${draft} + ${table}, ${names.state} + ${STATE_BYTES + SHARED_BYTES}, ${identity})`;
    lines.push(`if (!${reserve}) return false;`);
  } else lines.push(`store<u64>(${draft}, ${identity}, ${counts});`);
  writer.lineFor(origin.span, `  // ${place(origin)}`, ...lines.map((line) => `  ${line}`));
}

/** No two rates of a limit have the same window: answers would call them the same. */
function windowLines(rates: readonly Rate[], part: string, draft: string, writer: Writer): string[] {
  return rates.flatMap((rate, i) =>
    rates.slice(i + 1).flatMap((other) => {
      const holes = [rate, other].map(({ holes }) => holes?.window);
      if (holes.every((hole) => hole === undefined)) return [];
      const [one, two] = [rate, other].map(({ window, holes }) =>
        writer.values.long(holes?.window, window, draft),
      );
      const names = holes.flatMap((hole: Hole | undefined) => (hole ? [`\`${hole.parameter.name}\``] : []));
      return [
        `if (${one} == ${two}) return ${refusal(names, `must differ from the other windows of ${part}`, writer)};`,
      ];
    }),
  );
}

/** `"api-1m";q=100;w=60`. */
function quotaLines({ rate, text, nameSize, stem }: QuotaValues, draft: string, writer: Writer): string[] {
  const { values } = writer;
  const use = (name: string): string => writer.runtime("parameters/text", name);
  const to = `${draft} + ${text}`;
  const bytes = (piece: string): string => `${use("addBytes")}(${to}, ${literal(piece, "QUOTA", writer)});`;
  const window = rate.holes?.window;
  const lines = [`${use("beginText")}(${to});`, bytes(stem)];
  if (window && !stem.endsWith('"')) {
    const written = values.at(window) + 8;
    lines.push(`${use("addBytes")}(${to}, ${values.text(written, draft)});`, bytes('"'));
  }
  lines.push(
    `store<u32>(${draft}, load<u32>(${draft}, ${text}), ${nameSize});`,
    bytes(";q="),
    `${use("addDecimal")}(${to}, ${values.long(rate.holes?.limit, rate.limit, draft)});`,
  );
  const { windowSeconds } = quotaOf(rate);
  if (windowSeconds === undefined) return [...lines, bytes(';qu="concurrent-requests"')];
  const seconds = window
    ? `${writer.runtime("limits/items", "seconds")}(${values.long(window, rate.window, draft)})`
    : String(windowSeconds);
  return [...lines, bytes(";w="), `${use("addDecimal")}(${to}, ${seconds});`];
}
