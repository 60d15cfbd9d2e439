/** What does not fit, line by line, so that a failure names every difference at once. */
import type { Fields } from "../fields.ts";
import { fits, isList, show, type ExpectedFields, type ExpectedText } from "./expectation.ts";

export class Faults {
  readonly lines: string[] = [];

  /** Holds a value against what is expected of it, where anything is. */
  text(what: string, actual: string | undefined, expected: ExpectedText | undefined): void {
    if (expected === undefined || (actual !== undefined && fits(actual, expected))) return;
    this.add(what, show(expected), actual === undefined ? "none" : JSON.stringify(actual));
  }

  number(what: string, actual: number | undefined, expected: number | undefined): void {
    if (expected !== undefined && actual !== expected)
      this.add(what, String(expected), actual === undefined ? "none" : String(actual));
  }

  fields(what: string, actual: Fields, expected: ExpectedFields | undefined): void {
    for (const [name, wanted] of Object.entries(expected ?? {})) {
      const values = actual.all(name);
      if (!valuesFit(values, wanted)) this.add(`${what} ${name}`, show(wanted), showValues(values));
    }
  }

  add(what: string, expected: string, actual: string): void {
    this.lines.push(`${what}: expected ${expected}, got ${actual}`);
  }
}

function valuesFit(
  values: readonly string[],
  wanted: ExpectedText | readonly ExpectedText[] | null,
): boolean {
  if (wanted === null) return values.length === 0;
  // One expectation is of the header as a whole, as Envoy joins it.
  if (!isList(wanted)) return values.length > 0 && fits(values.join(","), wanted);
  return values.length === wanted.length && wanted.every((each, i) => fits(values[i] ?? "", each));
}

function showValues(values: readonly string[]): string {
  if (values.length === 0) return "none";
  return values.length === 1 ? JSON.stringify(values[0]) : JSON.stringify(values);
}
