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
  /** Puts an expression into a function of its own, to be written later, and returns the function's name. */
  outlined(lines: readonly string[]): string;
}

/** Lines of an expression; nested conditions are indented, and what is too long for one expression is a call. */
export function conditionLines(condition: Condition, names: Names): string[] {
  return expression(condition, names).lines;
}

/** A part of an expression, and how many tests are in it; a call of an outlined function counts as one. */
interface Piece {
  readonly lines: readonly string[];
  readonly tests: number;
}

/**
 * The most tests in one function. A list of thousands as one expression is deeper than asc's own recursion can follow,
 * and as one function it takes Binaryen ever longer to optimise.
 */
const MAX_TESTS = 64;

function expression(condition: Condition, names: Names): { lines: string[]; tests: number } {
  switch (condition.op) {
    case "constant":
      return { lines: [String(condition.value)], tests: 1 };
    case "cel":
      throw new Error("no CEL yet");
    case "test":
      return { lines: [testCall(condition, names)], tests: 1 };
    case "not": {
      const { lines, tests } = expression(condition.of, names);
      if (lines.length === 1) return { lines: [`!${lines[0] ?? ""}`], tests };
      return { lines: ["!(", ...lines.map(indent), ")"], tests };
    }
    case "all":
    case "any": {
      const pieces = condition.of.map((part): Piece => {
        const { lines, tests } = expression(part, names);
        const group = lines.length > 1 && (part.op === "all" || part.op === "any");
        return { lines: group ? ["(", ...lines.map(indent), ")"] : lines, tests };
      });
      return joinedPieces(condition.op === "all" ? " &&" : " ||", pieces, names);
    }
  }
}

/** Expressions joined with an operator; long lists are split over functions, lists of those again. */
export function joined(operator: " &&" | " ||", operands: readonly string[], names: Names): string[] {
  const pieces = operands.map((line): Piece => ({ lines: [line], tests: 1 }));
  return joinedPieces(operator, pieces, names).lines;
}

function joinedPieces(
  operator: string,
  pieces: readonly Piece[],
  names: Names,
): { lines: string[]; tests: number } {
  for (;;) {
    const tests = pieces.reduce((sum, piece) => sum + piece.tests, 0);
    if (tests <= MAX_TESTS) return { lines: join(operator, pieces), tests };
    pieces = packed(pieces).map((group): Piece => {
      if (group.length === 1 && group[0]?.tests === 1) return group[0];
      return { lines: [`${names.outlined(join(operator, group))}()`], tests: 1 };
    });
  }
}

/** Neighbours that fit into one function together, in their order. */
function packed(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  let tests = MAX_TESTS;
  for (const piece of pieces) {
    if (tests + piece.tests > MAX_TESTS) {
      groups.push([]);
      tests = 0;
    }
    groups.at(-1)?.push(piece);
    tests += piece.tests;
  }
  return groups;
}

function join(operator: string, pieces: readonly Piece[]): string[] {
  return pieces.flatMap(({ lines }, index) =>
    index === pieces.length - 1
      ? lines
      : lines.map((line, i) => (i === lines.length - 1 ? line + operator : line)),
  );
}

const functions: Readonly<Record<Exclude<Predicate["kind"], "in-block" | "regex">, string>> = {
  exact: "is",
  prefix: "startsWith",
  suffix: "endsWith",
  present: "isPresent",
  "not-empty": "isNotEmpty",
};

function testCall({ attribute, predicate }: Test, names: Names): string {
  if (predicate.kind === "in-block") return blockCall(predicate.block, names);
  if (predicate.kind === "regex") throw new Error("no regular expressions yet");
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
