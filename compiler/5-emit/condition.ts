// A condition as an AssemblyScript expression: calls of the runtime's predicates, joined with &&, || and !.
import type { Block, Condition, Predicate, Test } from "../ir/program.ts";
import { headerOf } from "../ir/interpret.ts";
import { formatBlock, maskOf } from "../net/block.ts";
import { comment, type Literals } from "./literals.ts";

/** What expressions refer to. */
export interface Names {
  readonly literals: Literals;
  /** The constant that holds a header's slot number. */
  slot(header: string): string;
  /** Imports a function of the runtime and returns its name. */
  runtime(module: string, name: string): string;
}

/** Lines of an expression; nested conditions are indented. */
export function conditionLines(condition: Condition, names: Names): string[] {
  switch (condition.op) {
    case "constant":
      return [String(condition.value)];
    case "test":
      return [testCall(condition, names)];
    case "not": {
      if (condition.of.op === "test") return [`!${testCall(condition.of, names)}`];
      return ["!(", ...conditionLines(condition.of, names).map(indent), ")"];
    }
    case "all":
    case "any": {
      const operator = condition.op === "all" ? " &&" : " ||";
      return condition.of.flatMap((part, index) => {
        const lines = conditionLines(part, names);
        const grouped = part.op === "all" || part.op === "any" ? ["(", ...lines.map(indent), ")"] : lines;
        const last = grouped.length - 1;
        return index === condition.of.length - 1
          ? grouped
          : grouped.map((line, i) => (i === last ? line + operator : line));
      });
    }
  }
}

const functions: Readonly<Record<Exclude<Predicate["kind"], "in-block">, string>> = {
  exact: "is",
  prefix: "startsWith",
  suffix: "endsWith",
  present: "isPresent",
  "not-empty": "isNotEmpty",
};

function testCall({ attribute, predicate }: Test, names: Names): string {
  if (predicate.kind === "in-block") return blockCall(predicate.block, names);
  if (attribute.kind === "peer") return `${names.runtime("peer", "peerIsKnown")}()`;
  const slot = names.slot(headerOf(attribute) ?? "");
  if (attribute.kind === "cookie") return cookieCall(attribute.name, predicate, slot, names);
  if (!("text" in predicate)) return `${names.runtime("match", functions[predicate.kind])}(${slot})`;
  const fold = attribute.kind === "host" ? "IgnoringCase" : "";
  const call = names.runtime("match", functions[predicate.kind] + fold);
  return `${call}(${slot}, ${names.literals.of(predicate.text).arguments})`;
}

function cookieCall(cookie: string, predicate: Predicate, slot: string, names: Names): string {
  if (predicate.kind !== "exact") throw new Error(`no ${predicate.kind} on cookies`);
  const texts = `${names.literals.of(cookie).arguments}, ${names.literals.of(predicate.text).arguments}`;
  return `${names.runtime("cookie", "cookieIs")}(${slot}, ${texts})`;
}

function blockCall(block: Block, names: Names): string {
  const note = ` /* ${comment(formatBlock(block))} */`;
  if (block.family === 4) {
    return `${names.runtime("peer", "peerInV4")}(${hex(block.network)}, ${hex(maskOf(32, block.bits))}${note})`;
  }
  const mask = maskOf(128, block.bits);
  const halves = [block.network >> 64n, low(block.network), mask >> 64n, low(mask)];
  return `${names.runtime("peer", "peerInV6")}(${halves.map(hex).join(", ")}${note})`;
}

function low(word: bigint): bigint {
  return word & 0xffffffffffffffffn;
}

export function hex(word: bigint): string {
  return `0x${word.toString(16)}`;
}

export function indent(line: string): string {
  return line === "" ? "" : `  ${line}`;
}
