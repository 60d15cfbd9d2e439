// Random regular expressions over few bytes, and texts that come close to them.
import fc from "fast-check";
import type { Regex } from "../regex.ts";

const alphabet = ["a", "b", "c", "/", "\n", "\x00", "\xff"];

const ranges = fc
  .uniqueArray(fc.constantFrom(...alphabet), { maxLength: 3 })
  .map((chosen) => chosen.map((c) => [c.charCodeAt(0), c.charCodeAt(0)] as const).sort(([a], [b]) => a - b));

const wide: fc.Arbitrary<Regex> = fc.constantFrom<Regex>(
  { op: "bytes", ranges: [[0, 255]] },
  {
    op: "bytes",
    ranges: [
      [0, 9],
      [11, 255],
    ],
  },
  { op: "bytes", ranges: [[97, 99]] },
);

export const regexes: fc.Arbitrary<Regex> = fc.letrec<{ regex: Regex }>((tie) => {
  const parts = fc.array(tie("regex"), { maxLength: 3 });
  return {
    regex: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      ranges.map((r): Regex => ({ op: "bytes", ranges: r })),
      wide,
      fc.constant<Regex>({ op: "empty" }),
      parts.map((of): Regex => ({ op: "sequence", of })),
      parts.map((of): Regex => ({ op: "choice", of })),
      fc
        .tuple(tie("regex"), fc.nat(3), fc.option(fc.nat(3), { nil: undefined }))
        .map(([of, min, more]): Regex =>
          more === undefined ? { op: "repeat", of, min } : { op: "repeat", of, min, max: min + more },
        ),
    ),
  };
}).regex;

export const texts = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 });

/** The text with one byte missing, doubled or changed, in each place. */
export function nearMisses(text: string): string[] {
  return Array.from({ length: text.length + 1 }, (_, i) => [
    text.slice(0, i) + text.slice(i + 1),
    text.slice(0, i + 1) + text.slice(i),
    text.slice(0, i) + "a" + text.slice(i + 1),
    text.slice(0, i) + "/" + text.slice(i),
  ]).flat();
}
