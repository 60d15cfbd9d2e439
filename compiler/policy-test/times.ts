// Times in tests: a moment, and how long something lasts. Both in nanoseconds.
import { parseTimestamp } from "../cel/time.ts";
import { parseDuration } from "../schema/duration.ts";
import { string, type Schema } from "../schema/schema.ts";
import type { Located } from "../source/span.ts";

function parsed(
  expected: string,
  parse: (text: string) => bigint | undefined,
  example: string,
): Schema<Located<bigint>> {
  return {
    expected,
    example,
    json: () => ({ type: "string", examples: [example] }),
    read(raw, at, context) {
      const text = string().read(raw, at, context);
      if (!text) return undefined;
      const value = parse(text.value);
      if (value !== undefined) return { value, span: text.span };
      context.diagnostics.error("bad-value", `\`${text.value}\` is not ${expected}`, {
        span: text.span,
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
export const instant = parsed("a time", (text) => isLater(parseTimestamp(text)), "2026-01-01T00:00:00Z");

export const duration = parsed("a duration", parseDuration, "1s");
