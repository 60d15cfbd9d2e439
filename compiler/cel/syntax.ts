// From text to syntax tree, by a kept parser, and where the parts of the tree stand in the text.
import { parse } from "@bufbuild/cel";
import type { CelFault } from "./refusals.ts";

/** A part of the syntax tree, as CEL's own `expr/syntax.proto` describes it. */
export type CelSyntax = ReturnType<typeof parse>["expr"];

/** In UTF-16 units from the expression's start. */
export interface Place {
  readonly at: number;
  readonly length: number;
}

export interface ParsedCel {
  readonly expr: CelSyntax;
  /** The place of a part: of its operator, of its function's name, or where it begins. */
  placeOf(part: CelSyntax): Place;
  /** The place of a piece of a written text; the whole text's where escapes move the pieces. */
  placeInside(part: CelSyntax, piece: Place): Place;
  /** The macro that a part was made from, or undefined. */
  macroOf(part: CelSyntax): string | undefined;
}

/** Longer ones are no conditions any more. */
const MAX_LENGTH = 20_000;

export function parseCel(text: string): ParsedCel | CelFault {
  if (text.length > MAX_LENGTH) {
    return {
      reason: "size",
      message: `the expression is longer than ${MAX_LENGTH} characters`,
      at: 0,
      length: 1,
    };
  }
  try {
    const { expr, sourceInfo } = parse(text);
    const placeOf = (part: CelSyntax): Place => tokenAt(text, sourceInfo?.positions[part.id.toString()] ?? 0);
    return {
      expr,
      placeOf,
      placeInside: (part, piece) => inside(text, placeOf(part), piece),
      macroOf: (part) => {
        const call = sourceInfo?.macroCalls[part.id.toString()]?.exprKind;
        return call?.case === "callExpr" ? call.value.function : undefined;
      },
    };
  } catch (error) {
    if (error instanceof RangeError) {
      return { reason: "size", message: "the expression is nested too deeply", at: 0, length: text.length };
    }
    return syntaxFault(text, error);
  }
}

function syntaxFault(text: string, error: unknown): CelFault {
  const start = offsetOf(error);
  if (start === undefined) {
    return { reason: "syntax", message: `this is no CEL: ${String(error)}`, at: 0, length: text.length };
  }
  const { at, length } = tokenAt(text, start);
  if (at >= text.length) {
    return { reason: "syntax", message: "the expression ends too early", at: text.length, length: 0 };
  }
  // The parser gives up where the longest expression ends that it can read.
  const message = `this cannot be read as CEL from \`${text.slice(at, at + length)}\` on`;
  return { reason: "syntax", message, at, length };
}

function offsetOf(error: unknown): number | undefined {
  const location = (error as { location?: { start?: { offset?: unknown } } }).location;
  const offset = location?.start?.offset;
  return typeof offset === "number" ? offset : undefined;
}

const SPACE = /(?:\s|\/\/[^\n]*)*/y;
const TOKEN =
  /[rRbB]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\.?(?:[A-Za-z_]\w*|`[^`]*`)|0[xX][\da-fA-F]+[uU]?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[uU]?|&&|\|\||[<>=!]=|./suy;

function inside(text: string, token: Place, piece: Place): Place {
  const [, start = ""] = /^([rRbB]*(?:"""|'''|["']))/.exec(text.slice(token.at)) ?? [];
  const written = text.slice(token.at + start.length, token.at + token.length);
  if (written.includes("\\") && !/^[rR]/.test(start)) return token;
  return { at: token.at + start.length + piece.at, length: piece.length };
}

/** The token at a place, white space and comments before it left out. */
function tokenAt(text: string, offset: number): Place {
  SPACE.lastIndex = offset;
  SPACE.test(text);
  const at = SPACE.lastIndex;
  TOKEN.lastIndex = at;
  const token = TOKEN.exec(text)?.[0] ?? "";
  return token.startsWith(".") && token.length > 1
    ? { at: at + 1, length: token.length - 1 }
    : { at, length: token.length };
}
