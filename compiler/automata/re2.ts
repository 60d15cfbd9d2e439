// RE2's syntax, as Envoy 1.40 compiles `safe_regex`, for matches of whole texts.
//
// Envoy 1.40 runs RE2 on Latin-1, as was seen there (envoy.test.ts): the pattern's UTF-8 bytes are its characters, `.` is
// one byte, `é` is two, `\xe9` is the byte 0xE9, `\x{100}` is no escape, and only ASCII letters have a case. Older Envoys
// ran it on UTF-8. What matches is not touched by laziness and captures, so they are only checked.
// Not enforced: Envoy's own limit on a program's size, which each mesh sets for itself; automata have budgets of their own.
import {
  choice,
  leaf,
  repeat,
  sequence,
  TooManyAnchors,
  UndecidedAnchor,
  withoutAnchors,
} from "./anchors.ts";
import type { Anchored, Edge } from "./anchors.ts";
import type { PatternFault } from "./fault.ts";
import { complement, folded, perlClass, posixClass, regexOf, setOf, unicodeClass } from "./re2-classes.ts";
import type { ByteSet } from "./re2-classes.ts";
import type { Regex } from "./regex.ts";

/**
 * The texts, as bytes, that RE2's full match of this pattern accepts; or what is wrong with it. Word boundaries, and `^`
 * and `$` in multi-line mode amid a pattern, are refused as not supported; all else that RE2 takes is taken.
 */
export function parseRe2(pattern: string): Regex | PatternFault {
  const surrogate = /\p{Surrogate}/u.exec(pattern);
  if (surrogate !== null) {
    return { fault: "half of a surrogate pair is no character", at: surrogate.index, length: 1 };
  }
  const text = Buffer.from(pattern, "utf8").toString("latin1");
  try {
    return withoutAnchors(new Parser(text).parse());
  } catch (error) {
    if (error instanceof TooManyAnchors) {
      const fault = "`^` and `$` stand in too many places to be worked out";
      return {
        fault,
        at: 0,
        length: pattern.length,
        help: "the whole value must match anyway: leave them away",
      };
    }
    const { at, length, ...what } =
      error instanceof UndecidedAnchor ? undecided(error) : asRefusal(error).fault;
    const offsets = utf16Offsets(pattern);
    const from = offsets.findLastIndex(([byte]) => byte <= at);
    const to = offsets.findIndex(([byte]) => byte >= at + length);
    const start = offsets[from]?.[1] ?? 0;
    return { ...what, at: start, length: length === 0 ? 0 : (offsets[to]?.[1] ?? pattern.length) - start };
  }
}

/** What stops the parser; places are in bytes. */
class Refusal extends Error {
  readonly fault: PatternFault;

  constructor(fault: PatternFault) {
    super(fault.fault);
    this.fault = fault;
  }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}

function undecided({ anchor }: UndecidedAnchor): PatternFault {
  return {
    fault: "in multi-line mode this is supported at the text's beginning and end only",
    at: anchor.at,
    length: anchor.length,
    help: "write `\\n` where a line ends, and leave `(?m)` away",
  };
}

/** Where each character begins, and where the text ends: in bytes of UTF-8, and in UTF-16 code units. */
function utf16Offsets(pattern: string): readonly (readonly [byte: number, unit: number])[] {
  const offsets: [number, number][] = [[0, 0]];
  let byte = 0;
  let unit = 0;
  for (const character of pattern) {
    byte += Buffer.byteLength(character);
    unit += character.length;
    offsets.push([byte, unit]);
  }
  return offsets;
}

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotMatchesNewline: boolean;
}

/** A parsed piece. RE2 bounds how many copies counted repetitions, nested in each other, may make of anything in it. */
interface Piece {
  readonly pattern: Anchored;
  readonly copies: number;
}

const MAX_REPEAT = 1000;
/** RE2 has no such limit; what walks the tree calls itself. */
const MAX_DEPTH = 250;
const LATIN1_MAX = 0xff;

const HELP_BACK_REFERENCE = "RE2 has none; write out what the group may be";
const HELP_LOOK_AROUND = "RE2 has none; write what may stand there, or use a second value or a `not` field";

class Parser {
  private readonly text: string;
  private at = 0;
  private flags: Flags = { ignoreCase: false, multiLine: false, dotMatchesNewline: false };

  constructor(text: string) {
    this.text = text;
  }

  parse(): Anchored {
    const { pattern } = this.parseChoice(0);
    if (this.at < this.text.length)
      this.refuse("`)` closes no group", this.at, "write `\\)` for the character");
    return pattern;
  }

  private parseChoice(depth: number): Piece {
    const pieces = [this.parseSequence(depth)];
    while (this.take("|")) pieces.push(this.parseSequence(depth));
    return { pattern: choice(pieces.map((piece) => piece.pattern)), copies: copiesOf(pieces) };
  }

  private parseSequence(depth: number): Piece {
    const pieces: Piece[] = [];
    /** Where the repetition began that was read last, if nothing followed it. */
    let repetition: number | undefined;
    while (this.at < this.text.length && !this.sees("|") && !this.sees(")")) {
      const from = this.at;
      const counts = this.parseRepetition();
      if (counts === undefined) {
        repetition = undefined;
        pieces.push(...this.parsePieces(depth));
        continue;
      }
      if (repetition !== undefined) {
        const whole = this.text.slice(repetition, this.at);
        const help = /^(\*|\+|\?|\{.*?\})\+$/.test(whole)
          ? "RE2 has no possessive repetition; leave the `+` away"
          : "put what is repeated first into a group";
        this.refuse(`\`${whole}\` repeats a repetition`, repetition, help);
      }
      repetition = from;
      pieces.push(this.repeated(pieces.pop(), counts, from));
    }
    return { pattern: sequence(pieces.map((piece) => piece.pattern)), copies: copiesOf(pieces) };
  }

  private repeated(piece: Piece | undefined, counts: Counts, from: number): Piece {
    const operator = this.text.slice(from, this.at);
    if (piece === undefined) {
      this.refuse(
        `there is nothing for \`${operator}\` to repeat`,
        from,
        `write \`\\${operator}\` for the character`,
      );
    }
    const { min, max, counted } = counts;
    if (!counted) return { pattern: repeat(piece.pattern, min, max), copies: piece.copies };
    if (max !== undefined && max < min) {
      this.refuse(`\`${operator}\` has its bounds the wrong way round`, from, `write \`{${max},${min}}\``);
    }
    if (Math.max(min, max ?? 0) > MAX_REPEAT) {
      this.refuse(`\`${operator}\` repeats more than ${MAX_REPEAT} times`, from);
    }
    const copies = piece.copies * Math.max(1, max ?? min);
    if (copies > MAX_REPEAT && Math.max(min, max ?? 0) >= 2) {
      const fault = `with the repetitions inside, \`${operator}\` repeats more than ${MAX_REPEAT} times`;
      this.refuse(fault, from);
    }
    return { pattern: repeat(piece.pattern, min, max), copies };
  }

  /** A repetition operator, with the `?` that makes it lazy. Braces that hold no counts are characters. */
  private parseRepetition(): Counts | undefined {
    const operator = /^(?:[*+?]|\{(0|[1-9]\d{0,8})(,(0|[1-9]\d{0,8})?)?\})\??/.exec(
      this.text.slice(this.at, this.at + 32),
    );
    if (operator === null) return undefined;
    const [all, min, comma, max] = operator;
    this.at += all.length;
    if (min !== undefined) {
      const upper = comma === undefined ? Number(min) : max === undefined ? undefined : Number(max);
      return { min: Number(min), max: upper, counted: true };
    }
    return { min: all.startsWith("+") ? 1 : 0, max: all.startsWith("?") ? 1 : undefined, counted: false };
  }

  /** None where flags are set, several where characters are quoted, else one. */
  private parsePieces(depth: number): Piece[] {
    const from = this.at;
    switch (this.text.charAt(from)) {
      case "(":
        return this.parseGroup(depth);
      case "^":
        this.at++;
        return [this.anchor("begin", this.flags.multiLine, from)];
      case "$":
        this.at++;
        return [this.anchor("end", this.flags.multiLine, from)];
      case ".":
        this.at++;
        return [oneOf(setOf((byte) => this.flags.dotMatchesNewline || byte !== 0x0a))];
      case "[":
        return [oneOf(this.parseClass())];
      case "\\":
        return this.parseEscaped();
      default:
        this.at++;
        return [this.literal(this.text.charCodeAt(from))];
    }
  }

  private parseGroup(depth: number): Piece[] {
    const from = this.at;
    const outer = this.flags;
    this.at++;
    if (this.sees("?")) {
      const inner = this.parseGroupStart(from);
      if (inner === undefined) return [];
      this.flags = inner;
    }
    if (depth === MAX_DEPTH) this.refuse(`groups are nested more than ${MAX_DEPTH} deep`, from);
    const piece = this.parseChoice(depth + 1);
    if (!this.take(")")) {
      this.refuseRange("this `(` is never closed", from, from + 1, "write `\\(` for the character");
    }
    this.flags = outer;
    return [piece];
  }

  /** After `(`, at `?`: the flags of the group that begins here; undefined where flags were set and nothing begins. */
  private parseGroupStart(from: number): Flags | undefined {
    const rest = this.text.slice(from);
    const look = /^\(\?(?:<[=!]|[=!])/.exec(rest)?.[0];
    if (look !== undefined) {
      this.refuseRange(`\`${look}\` is a look-around`, from, from + look.length, HELP_LOOK_AROUND);
    }
    if (/^\(\?P?</.test(rest)) {
      const name = /^\(\?P?<\w+>/.exec(rest)?.[0];
      if (name === undefined) {
        const wrong = /^[^>)]*>?/.exec(rest)?.[0] ?? "(";
        const help = "a name is made of letters, digits and `_`";
        this.refuseRange(`\`${wrong}\` does not name a group`, from, from + wrong.length, help);
      }
      this.at = from + name.length;
      return this.flags;
    }
    if (rest.startsWith("(?P="))
      this.refuseRange("`(?P=` is a back-reference", from, from + 4, HELP_BACK_REFERENCE);
    const start = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
    if (start === null) {
      const wrong = /^\(\?[imsU]*-?[imsU]*[^imsU]?/.exec(rest)?.[0] ?? "(?";
      const fault = `\`${wrong}\` begins no group that RE2 knows`;
      this.refuseRange(
        fault,
        from,
        from + wrong.length,
        "groups begin with `(`, `(?:`, `(?P<name>` or flags: `(?i)`",
      );
    }
    const [all, on = "", off = "", end] = start;
    const flag = (letter: string, now: boolean) => !off.includes(letter) && (now || on.includes(letter));
    const flags = {
      ignoreCase: flag("i", this.flags.ignoreCase),
      multiLine: flag("m", this.flags.multiLine),
      dotMatchesNewline: flag("s", this.flags.dotMatchesNewline),
    };
    this.at = from + all.length;
    if (end === ":") return flags;
    this.flags = flags;
    return undefined;
  }

  private parseEscaped(): Piece[] {
    const from = this.at;
    const letter = this.text[from + 1] ?? "";
    switch (letter) {
      case "A":
      case "z":
        this.at += 2;
        return [this.anchor(letter === "A" ? "begin" : "end", false, from)];
      case "C":
        this.at += 2;
        return [oneOf(setOf(() => true))];
      case "Q": {
        const end = this.text.indexOf("\\E", from + 2);
        const quoted = this.text.slice(from + 2, end === -1 ? undefined : end);
        this.at = end === -1 ? this.text.length : end + 2;
        return Array.from(quoted, (character) => this.literal(character.charCodeAt(0)));
      }
      case "b":
      case "B":
        this.refuseRange(
          `word boundaries (\`\\${letter}\`) are not supported`,
          from,
          from + 2,
          "write what stands beside the word, such as `(?:.*\\W)?word(?:\\W.*)?`",
        );
      // falls through
      default: {
        const set = this.parseClassEscape();
        return [set === undefined ? this.literal(this.parseEscape()) : oneOf(set)];
      }
    }
  }

  /** `\d`, `\pL` and the like; undefined, and nothing read, where something else stands here. */
  private parseClassEscape(): ByteSet | undefined {
    const from = this.at;
    if (!this.sees("\\")) return undefined;
    const letter = this.text[from + 1] ?? "";
    const perl = perlClass(letter);
    if (perl !== undefined) {
      this.at += 2;
      return perl;
    }
    if (letter !== "p" && letter !== "P") return undefined;
    const group = /^\\[pP](?:\{([^}]*)\}|([^{]))/s.exec(this.text.slice(from));
    if (group === null) {
      this.refuseRange("`\\p` needs the name of a class", from, from + 2, "such as `\\pL` or `\\p{Greek}`");
    }
    this.at += group[0].length;
    const name = group[1] ?? group[2] ?? "";
    const set = unicodeClass(name.replace(/^\^/, ""));
    if (set === undefined) {
      const help = "RE2 knows general categories (`\\pL`, `\\p{Lu}`) and scripts (`\\p{Greek}`)";
      this.refuse(`\`${group[0]}\` names no class`, from, help);
    }
    const both = this.flags.ignoreCase ? folded(set) : set;
    return (letter === "P") === name.startsWith("^") ? both : complement(both);
  }

  private parseClass(): ByteSet {
    const from = this.at++;
    const negated = this.take("^");
    let set = new Uint8Array(256);
    const add = (more: ByteSet) => (set = set.map((member, byte) => member | (more[byte] ?? 0)));
    for (let first = true; first || !this.sees("]"); first = false) {
      if (this.at >= this.text.length) {
        this.refuseRange("this `[` is never closed", from, from + 1, "write `\\[` for the character");
      }
      const named = this.parsePosixClass() ?? this.parseClassEscape();
      if (named !== undefined) {
        add(named);
        continue;
      }
      const start = this.at;
      const low = this.parseClassCharacter();
      let high = low;
      if (this.sees("-") && this.at + 1 < this.text.length && this.text[this.at + 1] !== "]") {
        this.at++;
        high = this.parseClassCharacter();
        if (high < low) this.refuse(`\`${this.text.slice(start, this.at)}\` is no range: it descends`, start);
      }
      const range = setOf((byte) => low <= byte && byte <= high);
      add(this.flags.ignoreCase ? folded(range) : range);
    }
    this.at++;
    return negated ? complement(set) : set;
  }

  private parsePosixClass(): ByteSet | undefined {
    if (!this.text.startsWith("[:", this.at)) return undefined;
    const end = this.text.indexOf(":]", this.at + 2);
    if (end === -1) return undefined;
    const from = this.at;
    const name = this.text.slice(from + 2, end);
    this.at = end + 2;
    const set = posixClass(name);
    if (set === undefined)
      this.refuse(`\`[:${name}:]\` is no class`, from, "such as `[:alpha:]` or `[:^digit:]`");
    return this.flags.ignoreCase ? foldedClass(name, set) : set;
  }

  private parseClassCharacter(): number {
    if (this.sees("\\")) return this.parseEscape();
    return this.text.charCodeAt(this.at++);
  }

  /** A backslash and what it makes of what follows: a byte. */
  private parseEscape(): number {
    const from = this.at;
    const rest = this.text.slice(from + 1, from + 40);
    if (rest === "")
      this.refuseRange("a `\\` at the end escapes nothing", from, from + 1, "write `\\\\` for the character");
    const code =
      /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest) ?? /^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/.exec(rest);
    if (code !== null) {
      this.at += 1 + code[0].length;
      const [octal, two, many] = code;
      const value =
        two === undefined && many === undefined ? parseInt(octal, 8) : parseInt(two ?? many ?? "", 16);
      if (value > LATIN1_MAX) {
        const help = "Envoy's patterns are over bytes: write the character itself, or its bytes in UTF-8";
        this.refuse(`\`\\${octal}\` is no byte`, from, help);
      }
      return value;
    }
    const letter = rest.charAt(0);
    const control = { n: 0x0a, r: 0x0d, t: 0x09, a: 0x07, f: 0x0c, v: 0x0b }[letter];
    if (control !== undefined) {
      this.at += 2;
      return control;
    }
    if (letter.charCodeAt(0) < 0x80 && !/[0-9A-Za-z]/.test(letter)) {
      this.at += 2;
      return letter.charCodeAt(0);
    }
    this.at += 2;
    if (/[1-9]/.test(letter)) {
      this.refuse(`\`\\${letter}\` is a back-reference`, from, HELP_BACK_REFERENCE);
    }
    if (letter === "Z") this.refuse("`\\Z` is no escape of RE2", from, "write `\\z` or `$`");
    const character = utf8At(this.text, from + 1);
    this.refuse(`\`\\${character}\` is no escape of RE2`, from, `write \`${character}\` for the character`);
  }

  private literal(byte: number): Piece {
    if (this.flags.ignoreCase) return oneOf(folded(setOf((other) => other === byte)));
    return { pattern: leaf({ op: "bytes", ranges: [[byte, byte]] }), copies: 1 };
  }

  private anchor(edge: Edge, line: boolean, at: number): Piece {
    return { pattern: { op: "anchor", edge, anchor: { line, at, length: this.at - at } }, copies: 1 };
  }

  private sees(character: string): boolean {
    return this.text[this.at] === character;
  }

  private take(character: string): boolean {
    const seen = this.sees(character);
    if (seen) this.at++;
    return seen;
  }

  /** Refuses what was read since `from`, or the character there if nothing was. */
  private refuse(fault: string, from: number, help?: string): never {
    this.refuseRange(fault, from, Math.max(this.at, from + 1), help);
  }

  private refuseRange(fault: string, from: number, to: number, help?: string): never {
    const words = { fault: decoded(fault), at: from, length: to - from };
    throw new Refusal(help === undefined ? words : { ...words, help: decoded(help) });
  }
}

interface Counts {
  readonly min: number;
  readonly max: number | undefined;
  /** In braces: these count towards RE2's limit. */
  readonly counted: boolean;
}

const copiesOf = (pieces: readonly Piece[]): number => Math.max(1, ...pieces.map((piece) => piece.copies));

const oneOf = (set: ByteSet): Piece => ({ pattern: leaf(regexOf(set)), copies: 1 });

/** What a class without case contains: a negated one what is in no case in the class itself. */
function foldedClass(name: string, set: ByteSet): ByteSet {
  return name.startsWith("^") ? complement(folded(complement(set))) : folded(set);
}

/** Parts of the pattern are quoted as its author wrote them. Cut within a character they stay bytes. */
function decoded(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  const utf8 = bytes.toString("utf8");
  return utf8.includes("\ufffd") ? text : utf8;
}

/** The character that begins here, as its bytes. */
function utf8At(text: string, at: number): string {
  return /^[\xc0-\xff][\x80-\xbf]+/.exec(text.slice(at))?.[0] ?? text.charAt(at);
}
