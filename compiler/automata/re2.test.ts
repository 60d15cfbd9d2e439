import { describe, expect, test } from "@jest/globals";
import { isFault } from "./fault.ts";
import { matchesRegex } from "./naive.ts";
import { parseRe2 } from "./re2.ts";
import type { Regex } from "./regex.ts";

function parsed(pattern: string): Regex {
  const regex = parseRe2(pattern);
  if (isFault(regex)) throw new Error(`${pattern}: ${JSON.stringify(regex)}`);
  return regex;
}

/** The texts, given in Unicode, that the pattern matches, out of these. */
function matched(pattern: string, ...texts: string[]): string[] {
  const regex = parsed(pattern);
  return texts.filter((text) => matchesRegex(regex, Buffer.from(text).toString("latin1")));
}

/** The bytes that the pattern matches, as ranges. */
function bytes(pattern: string): string {
  const regex = parsed(pattern);
  const ranges: [number, number][] = [];
  for (let byte = 0; byte < 256; byte++) {
    if (!matchesRegex(regex, String.fromCharCode(byte))) continue;
    const last = ranges.at(-1);
    if (last?.[1] === byte - 1) last[1] = byte;
    else ranges.push([byte, byte]);
  }
  return ranges.map(([from, to]) => (from === to ? hex(from) : `${hex(from)}-${hex(to)}`)).join(" ");
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

describe("characters are bytes", () => {
  test.each([
    ["a", "61"],
    [".", "00-09 0b-ff"],
    ["(?s).", "00-ff"],
    ["\\C", "00-ff"],
    ["[^a]", "00-60 62-ff"],
    ["\\d", "30-39"],
    ["\\D", "00-2f 3a-ff"],
    ["\\s", "09-0a 0c-0d 20"],
    ["\\S", "00-08 0b 0e-1f 21-ff"],
    ["\\w", "30-39 41-5a 5f 61-7a"],
    ["\\W", "00-2f 3a-40 5b-5e 60 7b-ff"],
    ["[[:punct:]]", "21-2f 3a-40 5b-60 7b-7e"],
    ["[[:^alpha:][:alpha:]]", "00-ff"],
    ["[^[:print:]]", "00-1f 7f-ff"],
    ["[[:word:]]", "30-39 41-5a 5f 61-7a"],
    ["\\pN", "30-39 b2-b3 b9 bc-be"],
    ["\\p{Lu}", "41-5a c0-d6 d8-de"],
    ["\\p{^Lu}", "00-40 5b-bf d7 df-ff"],
    ["\\P{^Lu}", "41-5a c0-d6 d8-de"],
    ["\\p{Greek}", ""],
    ["(?i)\\p{Latin}", "41-5a 61-7a aa ba c0-d6 d8-f6 f8-ff"],
    ["(?i)\\PL", "00-40 5b-60 7b-a9 ab-b4 b6-b9 bb-bf d7 f7"],
    ["(?i)\\p{Lu}", "41-5a 61-7a c0-d6 d8-de"],
    ["(?i)k", "4b 6b"],
    ["(?i)\\xe9", "e9"],
    ["(?i)[^É]", "00-88 8a-c2 c4-ff"],
    ["[\\x80-\\xff]", "80-ff"],
    ["\\x{e9}", "e9"],
    ["\\351", "e9"],
    ["\\0", "00"],
    ["[\\a\\f\\t\\n\\r\\v]", "07 09-0d"],
    ["\\.", "2e"],
    ["[]a]", "5d 61"],
    ["[a\\]]", "5d 61"],
    ["[-a-c]", "2d 61-63"],
    ["[a-c-e]", "2d 61-63 65"],
    ["[\\d-z]", "2d 30-39 7a"],
    ["[^\\x00-\\xff]", ""],
  ])("%s", (pattern, ranges) => expect(bytes(pattern)).toBe(ranges));

  test("a character beyond ASCII is its bytes in UTF-8", () => {
    expect(matched("é", "é", "e", "Ã©")).toEqual(["é"]);
    expect(matched("a..b", "aéb", "axyb", "axb")).toEqual(["aéb", "axyb"]);
    expect(matched("(?:é)+", "éé")).toEqual(["éé"]);
    expect(matchesRegex(parsed("é+"), "\xc3\xa9\xa9")).toBe(true);
    expect(matchesRegex(parsed("(?i)é"), "\xe3\xa9")).toBe(false);
  });
});

describe("structure", () => {
  test.each([
    ["", [""], ["a"]],
    ["ab|c", ["ab", "c"], ["abc", "ac", ""]],
    ["a|", ["a", ""], ["b"]],
    ["a(b|c)*?d", ["ad", "abcd"], ["a", "abc"]],
    ["(?U)a+b??", ["aa", "ab"], ["abb"]],
    ["a{2}", ["aa"], ["a", "aaa"]],
    ["a{2,}", ["aa", "aaa"], ["a"]],
    ["a{1,2}?", ["a", "aa"], ["", "aaa"]],
    ["a{0}b", ["b"], ["ab"]],
    ["a{,2}", ["a{,2}"], ["a", ""]],
    ["a{x}{", ["a{x}{"], ["a"]],
    ["ab*", ["a", "abb"], ["abab"]],
    ["(?:ab)*", ["", "abab"], ["abb"]],
    ["(?P<x>a)(?<y>b)(?P<x>c)", ["abc"], ["ab"]],
    ["(?i)aB", ["ab", "AB", "Ab"], ["a"]],
    ["(?i:a)b", ["ab", "Ab"], ["aB"]],
    ["(a(?i)b|c)d", ["abd", "aBd", "Cd"], ["Abd", "abD"]],
    ["(?i)a(?-i)b", ["Ab"], ["AB"]],
    ["(?is-m)a.", ["A\n"], ["a"]],
    ["\\Qa.b*\\E+", ["a.b*", "a.b***"], ["a.b", "axb*"]],
    ["\\Qa\\", ["a\\"], ["a"]],
    ["a\\Q\\E*", ["", "aa"], ["b"]],
    ["a(?i)*", ["", "aa"], ["A"]],
  ])("%s", (pattern, yes, no) => expect(matched(pattern, ...yes, ...no)).toEqual(yes));
});

describe("anchors", () => {
  test.each([
    ["^a$", ["a"], ["", "^a$"]],
    ["\\Aa\\z", ["a"], ["", "aa"]],
    ["(^a|b)", ["a", "b"], ["ab"]],
    ["(^a|b)c", ["ac", "bc"], ["c"]],
    ["x(^a|b)", ["xb"], ["xa", "a"]],
    ["x*(^a|b)", ["a", "b", "xb"], ["xa"]],
    ["(a$|b)(c|)", ["a", "b", "bc"], ["ac"]],
    ["(^|.*/)foo(/.*|$)", ["foo", "/foo", "a/foo/b", "foo/"], ["afoo", "foob"]],
    ["(^a|b)*", ["", "a", "b", "ab", "abb"], ["aa", "ba"]],
    ["(a$|b)+", ["a", "ba", "bb"], ["", "ab", "aa"]],
    ["(^a?|b$){3}", ["", "a", "b", "ab"], ["ba", "aa", "bb"]],
    ["(^a|b){2,3}", ["ab", "bb", "abb", "bbb"], ["a", "aab", "ba"]],
    ["a^b", [], ["ab", "a", "b"]],
    ["$^", [""], ["a"]],
    ["^*a", ["a"], ["^a"]],
    ["a?$a?", ["", "a"], ["aa"]],
    ["a?^$b?", ["", "a", "b"].slice(0, 1), ["a", "b", "ab"]],
    // As a match anywhere in a text is written.
    ["(?s:.*)(?:^a|b$|cd)(?s:.*)", ["a", "ax", "xb", "x\ncdx"], ["xa", "bx", ""]],
    ["(?m)^a$", ["a"], ["a\n", "\na"]],
    ["(?m)(^|b)a\nb$", ["a\nb", "ba\nb"], ["a"]],
  ])("%s", (pattern, yes, no) => expect(matched(pattern, ...yes, ...no)).toEqual(yes));

  test("many of them are fine, too many are refused", () => {
    expect(matched("(^a|b){500}", "b".repeat(500), "a" + "b".repeat(499), "b".repeat(499))).toHaveLength(2);
    expect(matched("^{500}a${500}", "a", "aa")).toEqual(["a"]);
    for (const pattern of ["a?^*".repeat(50_000), "(" + "a?^*".repeat(1_900) + ")*", "(?:a^*|b$*){1000}"]) {
      expect(parseRe2(pattern)).toHaveProperty("fault");
    }
    expect(parseRe2("(^a?|b?$){1000}")).toEqual({
      fault: "`^` and `$` stand in too many places to be worked out",
      at: 0,
      length: 15,
      help: "the whole value must match anyway: leave them away",
    });
  });
});

describe("refused, with the place", () => {
  // What is meant is what stands between « and ».
  test.each([
    ["a«(»b", "this `(` is never closed"],
    ["a«)»b", "`)` closes no group"],
    ["a«[»b", "this `[` is never closed"],
    ["«[»[:alpha:]", "this `[` is never closed"],
    ["a«[:x:]»".replace("«", "[«") + "]", "`[:x:]` is no class"],
    ["[«z-a»]", "`z-a` is no range: it descends"],
    ["[a-«\\d»]", "`\\d` is no escape of RE2"],
    ["a«++»".replace("«++", "«++"), "`++` repeats a repetition"],
    ["a«*?{2}»b", "`*?{2}` repeats a repetition"],
    ["«*»a", "there is nothing for `*` to repeat"],
    ["é|«{2}»", "there is nothing for `{2}` to repeat"],
    ["a«{3,2}»", "`{3,2}` has its bounds the wrong way round"],
    ["a«{1001}»", "`{1001}` repeats more than 1000 times"],
    ["(a{100}){10}(b{501})«{2}»", "with the repetitions inside, `{2}` repeats more than 1000 times"],
    ["é«\\1»", "`\\1` is a back-reference"],
    ["é«(?=»a)", "`(?=` is a look-around"],
    ["«(?<!»a)", "`(?<!` is a look-around"],
    ["«(?>»a)", "`(?>` begins no group that RE2 knows"],
    ["«(?x»)a", "`(?x` begins no group that RE2 knows"],
    ["«(?i-)»a", "`(?i-)` begins no group that RE2 knows"],
    ["«(?P=»a)", "`(?P=` is a back-reference"],
    ["«(?P<ü>»a)", "`(?P<ü>` does not name a group"],
    ["«(?P<n»", "`(?P<n` does not name a group"],
    ["😀«\\b»a", "word boundaries (`\\b`) are not supported"],
    ["a«\\»", "a `\\` at the end escapes nothing"],
    ["«\\Z»", "`\\Z` is no escape of RE2"],
    ["«\\é»", "`\\é` is no escape of RE2"],
    ["«\\u»0041", "`\\u` is no escape of RE2"],
    ["«\\x{100}»", "`\\x{100}` is no byte"],
    ["«\\777»", "`\\777` is no byte"],
    ["«\\x»4", "`\\x` is no escape of RE2"],
    ["é«\\p{Grek}»", "`\\p{Grek}` names no class"],
    ["«\\p{Letter}»", "`\\p{Letter}` names no class"],
    ["«\\p»", "`\\p` needs the name of a class"],
    ["a(?m)«$»b", "in multi-line mode this is supported at the text's beginning and end only"],
    ["a«\ud800»", "half of a surrogate pair is no character"],
  ])("%s", (marked, fault) => {
    const at = marked.indexOf("«");
    const length = marked.indexOf("»") - at - 1;
    expect(parseRe2(marked.replace(/[«»]/g, ""))).toMatchObject({ fault, at, length });
  });

  test("most with a remedy", () => {
    expect(parseRe2("a++")).toMatchObject({ help: "RE2 has no possessive repetition; leave the `+` away" });
    expect(parseRe2("(?!a)b")).toMatchObject({ help: expect.stringContaining("`not` field") });
    expect(parseRe2("\\x{e9}\\x{1f600}")).toMatchObject({
      at: 6,
      help: expect.stringContaining("bytes in UTF-8"),
    });
  });

  test("nesting without end", () => {
    expect(isFault(parseRe2("(".repeat(250) + ")".repeat(250)))).toBe(false);
    expect(parseRe2("(".repeat(100_000))).toMatchObject({
      fault: "groups are nested more than 250 deep",
      at: 250,
    });
  });
});
