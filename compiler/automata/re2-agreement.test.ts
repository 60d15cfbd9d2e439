// A second opinion on RE2's notation: `re2js`, a port of RE2. It knows no Latin-1, but a pattern whose bytes are made
// characters, matched against such texts, is the same. But `\C` and `\x{100}`, which are not among these patterns, and
// letters beyond ASCII where case is ignored: only in Unicode do they have one.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { acceptedBy, buildDfa } from "./dfa.ts";
import { isFault } from "./fault.ts";
import { matchesRegex } from "./naive.ts";
import { parseRe2 } from "./re2.ts";
import { re2Patterns, re2Texts } from "./testing/re2-patterns.ts";
import { witnesses } from "./witnesses.ts";

function compiled(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(Buffer.from(pattern).toString("latin1"));
  } catch {
    return undefined;
  }
}

test("the same patterns are refused, and the others match the same texts", () => {
  let taken = 0;
  fc.assert(
    fc.property(re2Patterns, fc.array(re2Texts, { minLength: 10, maxLength: 20 }), (pattern, random) => {
      fc.pre(!(/\(\?[a-z]*i/i.test(pattern) && /[^\n -~]|\\[xpP]/.test(pattern)));
      const regex = parseRe2(pattern);
      const other = compiled(pattern);
      if (isFault(regex)) {
        if (!/not supported|multi-line|too many places/.test(regex.fault))
          expect([pattern, other === undefined]).toEqual([pattern, true]);
        return;
      }
      if (other === undefined) throw new Error(`only we take ${JSON.stringify(pattern)}`);
      taken++;
      const dfa = buildDfa([regex], { maxStates: 500 });
      for (const text of [...random, ...(dfa === undefined ? [] : witnesses(dfa).slice(0, 20))]) {
        const matches = other.matches(text);
        expect([pattern, text, matchesRegex(regex, text)]).toEqual([pattern, text, matches]);
        if (dfa !== undefined) expect(acceptedBy(dfa, text)).toEqual(matches ? [0] : []);
      }
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(100);
});
