// Times in tests: a moment, and how long something lasts. Both in nanoseconds.
import { parseTimestamp } from "../cel/time.ts";
import { DURATION, parseDuration } from "../schema/duration.ts";
import { text, type Schema, type TextShape } from "../schema/schema.ts";
import type { Located } from "../source/span.ts";

function parsed(
  expected: string,
  parse: (text: string) => bigint | undefined,
  example: string,
  shape: TextShape,
): Schema<Located<bigint>> {
  const written = text({ ...shape, examples: [example] });
  return {
    ...written,
    expected,
    example,
    read(raw, at, context) {
      const found = written.read(raw, at, context);
      if (!found) return undefined;
      const value = parse(found.value);
      if (value !== undefined) return { value, span: found.span };
      context.diagnostics.error("bad-value", `\`${found.value}\` is not ${expected}`, {
        span: found.span,
        help: `write it such as \`${example}\``,
      });
      return undefined;
    },
  };
}

/** Before that there are no requests, and 64 bits hold what comes later. */
const isLater = (time: bigint | undefined): bigint | undefined =>
  time !== undefined && time >= 0n && time < 2n ** 63n ? time : undefined;

/** A moment (RFC 3339), since 1970. */
export const instant = parsed("a time", (text) => isLater(parseTimestamp(text)), "2026-01-01T00:00:00Z", {
  pattern:
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]" +
    "(\\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
});

export const duration = parsed("a duration", parseDuration, "1s", DURATION);
