// Columns as source: a function that finds out the class of any of them, and the tables that it scans values with.
import type { Column, Test } from "../4-plan/columns.ts";
import type { Interval } from "../4-plan/classes/intervals.ts";
import type { ClassedDfa } from "../4-plan/classes/dfa.ts";
import type { Trie } from "../4-plan/classes/trie.ts";
import type { Plan } from "../4-plan/plan.ts";
import { propertyPaths, slotKey, slotOf, slotTitle, type Slot } from "../ir/slots.ts";
import type { Asked, Subject } from "../4-plan/subject.ts";
import type { Attribute } from "../ir/program.ts";
import { formatBlock } from "../net/block.ts";
import { emitConditions } from "./conditions.ts";
import { automatonArguments } from "./automaton.ts";
import { comment } from "./literals.ts";
import type { Writer } from "./writer.ts";

/** Values that attributes with several may have together: headers', claims', and a few. See filters/runtime/request.ts. */
const VALUES = 576;

/** The most columns that one slot's values are classified by. */
export function widest(plan: Plan): number {
  const counts = new Map<string, number>();
  for (const { subject } of plan.columns) {
    const truth = subject.kind === "cel" || subject.kind === "nested";
    const slot = truth ? undefined : slotOf(subject);
    if (slot) counts.set(slotKey(slot), (counts.get(slotKey(slot)) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** Declares where the classes of a request are kept. */
export function classRoom(plan: Plan): string[] {
  if (plan.columns.length === 0) return [];
  return [
    "",
    "// The classes of a request: one for each column, and those of repeated values.",
    `const COLUMNS: usize = memory.data(${plan.columns.length * 8}, 4);`,
    `const CLASSES: usize = memory.data(${Math.max(1, widest(plan)) * VALUES * 4}, 4);`,
  ];
}

export function emitClassify(plan: Plan, decisions: readonly string[], writer: Writer): void {
  if (plan.columns.length === 0) return;
  const conditions = emitConditions(plan, writer);
  writer.line(
    "",
    "/** Finds out the class of a column: what of all patterns on an attribute its value matches. */",
  );
  writer.line("function classify(column: u32): u32 {", "  switch (column) {");
  plan.columns.forEach((column, number) => {
    const last = number === plan.columns.length - 1;
    writer.line(
      `    ${last ? "default" : `case ${number}`}: // ${describe(column, number, plan.tests)}`,
      ...scanLines(column, number, conditions, decisions, writer).map((line) => `      ${line}`),
    );
  });
  writer.line("  }", "}");
}

/** What a column looks at, and for what. */
function describe({ subject, classes }: Column, number: number, tests: readonly Test[]): string {
  if (subject.kind === "nested") return "a part of a rule, decided by itself";
  const title = subject.kind === "cel" ? "CEL" : titleOf(subject);
  const patterns = tests.filter(({ column }) => column === number).flatMap(({ predicates }) => predicates);
  const shown = patterns.slice(0, 4).map(predicateText).join(", ");
  const more = patterns.length > 4 ? ` and ${patterns.length - 4} more` : "";
  return comment(`${title}: ${shown}${more}; ${classes.length} classes`);
}

function titleOf(subject: Attribute): string {
  const slot = slotOf(subject);
  return slot ? slotTitle(slot) : subject.kind;
}

function predicateText(predicate: Asked): string {
  switch (predicate.kind) {
    case "exact":
      return JSON.stringify(predicate.text);
    case "prefix":
      return JSON.stringify(`${predicate.text}*`);
    case "suffix":
      return JSON.stringify(`*${predicate.text}`);
    case "in-block":
      return formatBlock(predicate.block);
    case "regex":
      return "a regular expression";
    case "present":
    case "not-empty":
    case "absent":
      return predicate.kind;
  }
}

function scanLines(
  { subject, scan }: Column,
  number: number,
  conditions: ReadonlyMap<number, string>,
  decisions: readonly string[],
  writer: Writer,
): string[] {
  if (subject.kind === "cel") {
    const outcome = `${conditions.get(number) ?? ""}()`;
    const holds = subject.condition.onError ? `${outcome} != 0` : `${outcome} == 1`;
    return [`return ${writer.runtime("columns", "setClass")}(${number}, u32(${holds}));`];
  }
  if (subject.kind === "nested") {
    const outcome = decisions[subject.decision] ?? "";
    return [`return ${writer.runtime("columns", "setClass")}(${number}, ${outcome});`];
  }
  if (scan.by === "truth") throw new Error("an attribute is no truth value");
  if (scan.by === "intervals") {
    const { none, v4, v6 } = scan.intervals;
    const tables = [none, ...intervalArguments(v4, 4, writer), ...intervalArguments(v6, 6, writer)].join(
      ", ",
    );
    const address = addressArguments(subject.kind, writer);
    return [`return ${writer.runtime("intervals", "classByAddress")}(${number}, ${address}, ${tables});`];
  }
  const slot = slotOf(subject);
  if (!slot) throw new Error(`${subject.kind} is no text`);
  const fill = fillLines(slot, writer);
  const at = writer.slotOf(slot);
  const folds = subject.kind === "host" || subject.kind === "hostname";
  if (scan.by === "dfa") {
    const call = writer.runtime("columns", "classByDfa");
    return [...fill, `return ${call}(${number}, ${at}, ${dfaArguments(scan.dfa, folds, writer)});`];
  }
  const tables = trieArguments(scan.trie, writer);
  if (scan.backwards) {
    const call = writer.runtime("columns", "classBySuffix");
    return [...fill, `return ${call}(${number}, ${at}, ${tables}, ${folds});`];
  }
  const call = writer.runtime("columns", folds ? "classByTrieIgnoringCase" : "classByTrie");
  return [...fill, `return ${call}(${number}, ${at}, ${tables});`];
}

/** Family, upper and lower half; the family first, since asking for it makes the halves known. */
function addressArguments(of: Subject["kind"], writer: Writer): string {
  if (of === "peer") {
    const [family, high, low] = ["peerFamily", "peerHigh", "peerLow"].map((name) =>
      writer.runtime("peer", name),
    );
    return `${family}(), ${high}(-1), ${low}(-1, -1)`;
  }
  const path = writer.literals.of(of === "client" ? "source\0address" : "destination\0address").arguments;
  const [high, low] = ["parsedHigh", "parsedLow"].map((name) => writer.runtime("address", name));
  return `${writer.runtime("property", "readAddress")}(${path}), ${high}(), ${low}()`;
}

/** Fetches what is not read with the headers, once a request. */
export function fillLines(slot: Slot, writer: Writer): string[] {
  const calls = fillCalls(slot, writer);
  if (calls.length === 0) return [];
  const first = `${writer.runtime("request", "isNotAsked")}(${writer.slotOf(slot)})`;
  return calls.length === 1
    ? [`if (${first}) ${calls[0] ?? ""}`]
    : [`if (${first}) {`, ...calls.map((call) => `  ${call}`), "}"];
}

function fillCalls(slot: Slot, writer: Writer): string[] {
  const at = writer.slotOf(slot);
  switch (slot.from) {
    case "header":
    case "claim":
      return [];
    case "cookie": {
      const name = writer.literals.of(slot.name).arguments;
      return [`${writer.runtime("property", "readCookie")}(${at}, ${writer.slot("cookie")}, ${name});`];
    }
    case "query": {
      const name = writer.literals.of(slot.name).arguments;
      return [
        `${writer.runtime("routing/query", "readParameter")}(${at}, ${writer.slot(":path?")}, ${name});`,
      ];
    }
    case "hostname":
      return [`${writer.runtime("routing/hostname", "readHostname")}(${at}, ${writer.slot(":authority")});`];
    case "property": {
      const read = slot.attribute.kind === "destination-port" ? "readNumber" : "readProperty";
      return propertyPaths(slot.attribute).map((path) => {
        const bytes = writer.literals.of(path.join("\0")).arguments;
        return `${writer.runtime("property", read)}(${at}, ${bytes});`;
      });
    }
  }
}

/** In so many bytes of labels it is worth looking for a short one that is part of them already. */
const SEARCHED = 65_536;

function trieArguments({ nodes }: Trie, writer: Writer): string {
  let labels = "";
  const places = new Map<string, number>();
  const place = (label: string): number => {
    let at = places.get(label);
    if (at === undefined) {
      at = label.length < 16 && labels.length < SEARCHED ? labels.indexOf(label) : -1;
      if (at < 0) {
        at = labels.length;
        labels += label;
      }
      places.set(label, at);
    }
    return at;
  };
  const words = nodes.flatMap(({ label, firstChild, children, through, end }) => {
    const rest = label.slice(1);
    return [place(rest), rest.length | (children << 16), firstChild, through | (end << 16)].map(
      (word) => word >>> 0,
    );
  });
  const bytes = nodes.map(({ label }) => (label === "" ? 0 : label.charCodeAt(0)));
  return [
    writer.table("u32", "NODES", words),
    writer.table("u8", "FIRST_BYTES", bytes),
    writer.table(
      "u8",
      "LABELS",
      Array.from(labels, (c) => c.charCodeAt(0)),
    ),
  ].join(", ");
}

function dfaArguments({ dfa, classOfState }: ClassedDfa, folds: boolean, writer: Writer): string {
  // Where case does not matter, upper-case letters are read as lower-case ones.
  const classOf = dfa.classOf.map((own, byte) =>
    folds && byte >= 0x41 && byte <= 0x5a ? (dfa.classOf[byte | 0x20] ?? own) : own,
  );
  return automatonArguments({ ...dfa, classOf }, classOfState, writer);
}

function intervalArguments(intervals: readonly Interval[], family: 4 | 6, writer: Writer): string[] {
  const starts =
    family === 4
      ? writer.table(
          "u32",
          "STARTS",
          intervals.map(({ from }) => Number(from)),
        )
      : writer.table(
          "u64",
          "STARTS",
          intervals.flatMap(({ from }) => [from >> 64n, from & 0xffffffffffffffffn]),
        );
  const classes = writer.table(
    "u32",
    "ADDRESS_CLASSES",
    intervals.map((interval) => interval.class),
  );
  return [starts, classes, String(intervals.length)];
}
