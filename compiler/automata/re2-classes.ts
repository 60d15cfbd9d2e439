// Sets of characters in RE2's notation, where a character is a byte: Perl's, POSIX's and Unicode's classes, and case.
import type { Regex } from "./regex.ts";

/** By byte: 1 where it is in the set. */
export type ByteSet = Uint8Array;

export function setOf(holds: (byte: number) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(holds(byte)));
}

export const complement = (set: ByteSet): ByteSet => set.map((member) => 1 - member);

/** The set with the other case of each letter in it. On Latin-1 RE2 knows the case of ASCII letters only. */
export function folded(set: ByteSet): ByteSet {
  return setOf((byte) => set[byte] === 1 || (isLetter(byte) && set[byte ^ 0x20] === 1));
}

const isLetter = (byte: number): boolean => /[A-Za-z]/.test(String.fromCharCode(byte));

export function regexOf(set: ByteSet): Regex {
  const ranges: [number, number][] = [];
  set.forEach((member, byte) => {
    if (member === 0) return;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === byte - 1) last[1] = byte;
    else ranges.push([byte, byte]);
  });
  return { op: "bytes", ranges };
}

/** `\d` and the like, by their letter. */
export function perlClass(letter: string): ByteSet | undefined {
  const set = perl[letter.toLowerCase()];
  if (set === undefined) return undefined;
  return letter === letter.toLowerCase() ? set : complement(set);
}

/** `[:alpha:]` and the like, by what stands between the colons; `^` negates. */
export function posixClass(name: string): ByteSet | undefined {
  const set = posix[name.replace("^", "")];
  if (set === undefined || name.lastIndexOf("^") > 0) return undefined;
  return name.startsWith("^") ? complement(set) : set;
}

/** `\p{name}`: a general category of one or two letters, a script by its long name, or `Any`. */
export function unicodeClass(name: string): ByteSet | undefined {
  if (name === "Any") return setOf(() => true);
  const property = categories.has(name) ? name : isScript(name) ? `Script=${name}` : undefined;
  if (property === undefined) return undefined;
  try {
    return matching(new RegExp(`\\p{${property}}`, "u"));
  } catch {
    return undefined;
  }
}

const categories = new Set(
  "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs".split(
    " ",
  ),
);

/** JavaScript also knows the four-letter codes of scripts, RE2 does not; these scripts have names as short. */
function isScript(name: string): boolean {
  const short = /^(Cham|Han|Kawi|Lao|Lisu|Modi|Mro|Newa|Nko|Thai|Toto|Vai|Yi)$/;
  return short.test(name) || /^[A-Z][A-Za-z_]{4,}$/.test(name);
}

const matching = (pattern: RegExp): ByteSet => setOf((byte) => pattern.test(String.fromCharCode(byte)));

const perl: Readonly<Record<string, ByteSet>> = {
  d: matching(/[0-9]/),
  s: matching(/[\t\n\f\r ]/),
  w: matching(/[0-9A-Za-z_]/),
};

const posix: Readonly<Record<string, ByteSet>> = {
  alnum: matching(/[0-9A-Za-z]/),
  alpha: matching(/[A-Za-z]/),
  ascii: setOf((byte) => byte < 0x80),
  blank: matching(/[\t ]/),
  cntrl: setOf((byte) => byte < 0x20 || byte === 0x7f),
  digit: matching(/[0-9]/),
  graph: matching(/[!-~]/),
  lower: matching(/[a-z]/),
  print: matching(/[ -~]/),
  punct: matching(/[!-/:-@[-`{-~]/),
  space: matching(/[\t-\r ]/),
  upper: matching(/[A-Z]/),
  word: matching(/[0-9A-Za-z_]/),
  xdigit: matching(/[0-9A-Fa-f]/),
};
