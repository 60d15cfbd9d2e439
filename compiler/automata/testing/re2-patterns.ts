// Random patterns in RE2's notation: whole ones that parse, and tokens in any order, most of which do not.
import fc from "fast-check";

const chars = (text: string): string[] => Array.from(text);

const atoms = [
  ...chars("abKsé.\n^$"),
  ...[
    "\\d",
    "\\w",
    "\\W",
    "[a-c]",
    "[^a]",
    "(?i:k)",
    "\\A",
    "\\z",
    "",
    "\\pL",
    "[[:upper:]]",
    "(?i)",
    "\\x{c9}",
  ],
  ...[
    "(?i:[[:^lower:]])",
    "(?i:\\PL)",
    "(?i:\\p{Greek})",
    "(?i:[^É])",
    "(?m:^)",
    "(?m:$)",
    "(?s:.)",
    "\\Q+(\\E",
  ],
];

const tokens = [
  ...chars('abKsé\\()[]{}^$*+?|.-,120:iU\n_"'),
  ...[
    "(?i)",
    "(?s:",
    "(?m)",
    "(?P<n>",
    "(?<n>",
    "(?:",
    "(?-i)",
    "(?=",
    "\\d",
    "\\W",
    "\\pL",
    "\\p{Greek}",
    "\\PL",
  ],
  ...[
    "\\p{^Lu}",
    "\\pN",
    "[[:alpha:]]",
    "[:^digit:]",
    "[^a]",
    "\\x41",
    "\\x{e9}",
    "\\101",
    "\\1",
    "\\Q",
    "\\E",
  ],
  ...["\\A", "\\z", "\\Z", "\\n", "{2}", "{1,2}", "{2,}", "{,2}", "{1001}", "{501}", "*?", "++"],
];

const structured = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.constantFrom(...atoms),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `${a}|${b}`),
    fc
      .tuple(tie("pattern"), fc.constantFrom("", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "??", "+?"))
      .map(([a, operator]) => `(${a})${operator}`),
  ),
})).pattern;

export const re2Patterns: fc.Arbitrary<string> = fc.oneof(
  structured,
  fc.array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 8 }).map((chosen) => chosen.join("")),
);

/** Short texts, a byte for each character, of bytes that the patterns tell apart. */
export const re2Texts: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...chars("abkKsSc1_\n{}-,+(\\\xc3\xa9\xe3\xe9\xc9\xb5\xff\x80\xdf")),
  maxLength: 5,
});
