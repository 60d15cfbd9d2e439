/** What a test expects of a text: the whole of it, a pattern, or a matcher such as `expect.stringContaining("x")`. */
export type ExpectedText = string | RegExp | AsymmetricMatcher;

/** As test runners make them. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

/** What a test expects of headers: a text, all values in order, or `null`: it is not there. */
export type ExpectedFields = Readonly<Record<string, ExpectedText | readonly ExpectedText[] | null>>;

export function fits(actual: string, expected: ExpectedText): boolean {
  if (typeof expected === "string") return actual === expected;
  if ("asymmetricMatch" in expected) return expected.asymmetricMatch(actual);
  // A pattern with the flag `g` begins where it ended last.
  return new RegExp(expected.source, expected.flags.replace(/[gy]/g, "")).test(actual);
}

/** The expectation as a test would write it. */
export function show(expected: ExpectedText | readonly ExpectedText[] | null): string {
  if (isList(expected)) return `[${expected.map(show).join(", ")}]`;
  if (expected === null) return "none";
  if (typeof expected === "string") return JSON.stringify(expected);
  return expected instanceof RegExp ? String(expected) : showAsymmetric(expected);
}

/** Such as `StringContaining "x"`. */
function showAsymmetric(matcher: AsymmetricMatcher & { sample?: unknown }): string {
  const sample = matcher.sample instanceof RegExp ? String(matcher.sample) : JSON.stringify(matcher.sample);
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- those of test runners say what they are
  return `${String(matcher)} ${sample}`;
}

export function isList<T>(value: T | readonly T[] | null): value is readonly T[] {
  return Array.isArray(value);
}
