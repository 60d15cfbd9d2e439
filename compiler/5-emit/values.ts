// Where the values of a stream's configuration stand, and how the rest of the emitted source has them: `values` is the address
// of those that hold for the stream at hand. What is derived from them (the tables of limits, the texts of quotas) stands with
// them, so that a request pays no more for a parameter than for a constant.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { Plan } from "../4-plan/plan.ts";
import { policyItem, quotaOf } from "../ir/limit-fields.ts";
import { LONGEST_DURATION_TEXT, LONGEST_TEXT, type Hole, type Parameter } from "../ir/parameters.ts";
import type { Answer, Rate } from "../ir/program.ts";
import { limitWords } from "./limit-table.ts";

/** Digits of a number that a value may be. */
const DIGITS = 20;

/** A limit whose rates are values. */
export interface LimitValues {
  readonly limit: PlannedLimit;
  /** Its number in the plan, from 0. */
  readonly number: number;
  /** Its table: see filters/runtime/limits/shape.ts. */
  readonly table: number;
  /** Its identity, and its leases: see filters/runtime/limits/values.ts. */
  readonly counts: number;
}

/** The text of a rate's quota, and how long the item's name in front is. */
export interface QuotaValues {
  readonly rate: Rate;
  readonly text: number;
  readonly nameSize: number;
  /** What stands in front of the window's text in the item's name, where that is a value; else the whole name, quoted. */
  readonly stem: string;
}

/** Places of values by their offsets. */
export class Values {
  /** Bytes of all of them. */
  readonly bytes: number;
  readonly limits: readonly LimitValues[];
  readonly quotas: readonly QuotaValues[];
  readonly #parameters: ReadonlyMap<string, number>;
  readonly #limits: ReadonlyMap<PlannedLimit, LimitValues>;
  readonly #quotas: ReadonlyMap<Rate, QuotaValues>;

  constructor({ values, limits }: Pick<Plan, "values" | "limits">) {
    let bytes = 0;
    const place = (size: number): number => {
      const at = bytes;
      bytes += (size + 7) & ~7;
      return at;
    };
    this.#parameters = new Map(values?.parameters.map((p) => [p.name, place(bytesOf(p))]));
    this.limits = limits.flatMap((limit, number) => {
      if (!limit.rates.some(({ holes }) => holes)) return [];
      return [{ limit, number, table: place(limitWords(limit).length * 8), counts: place(16) }];
    });
    this.quotas = this.limits.flatMap(({ limit }) =>
      limit.fields !== "draft" ? [] : limit.rates.flatMap((rate) => quotaPlace(limit, rate, place)),
    );
    this.#limits = new Map(this.limits.map((one) => [one.limit, one]));
    this.#quotas = new Map(this.quotas.map((one) => [one.rate, one]));
    this.bytes = bytes;
  }

  limit(limit: PlannedLimit): LimitValues | undefined {
    return this.#limits.get(limit);
  }

  quota(rate: Rate): QuotaValues | undefined {
    return this.#quotas.get(rate);
  }

  /** Where a parameter's value stands. */
  at({ parameter }: Hole): number {
    const at = this.#parameters.get(parameter.name);
    if (at === undefined) throw new Error(`${parameter.name} was not planned`);
    return at;
  }

  /** A number of 32 bits, by a hole or as it is written. */
  word(hole: Hole | undefined, written: number, from = "values"): string {
    return hole ? `load<u32>(${from}, ${this.at(hole)})` : String(written);
  }

  /** A number of 64 bits; of a duration its nanoseconds. */
  long(hole: Hole | undefined, written: number | bigint, from = "values"): string {
    return hole ? `load<u64>(${from}, ${this.at(hole)})` : String(written);
  }

  /** Address and size of a text that stands at an offset. */
  text(at: number, from = "values"): string {
    return `${from} + ${at + 4}, load<u32>(${from}, ${at})`;
  }

  /** Status and body of an answer as `literal` has its text. */
  answer(
    { status, body, holes }: Answer,
    literal: (text: string) => string,
  ): { status: string; body: string } {
    return {
      status: this.word(holes?.status, status),
      body: holes?.body ? this.text(this.at(holes.body)) : literal(body),
    };
  }
}

function bytesOf({ type }: Parameter): number {
  switch (type) {
    case "integer":
      return 8;
    case "duration":
      return 12 + LONGEST_DURATION_TEXT;
    case "string":
      return 4 + LONGEST_TEXT;
  }
}

function quotaPlace(limit: PlannedLimit, rate: Rate, place: (size: number) => number): QuotaValues[] {
  const { holes } = rate;
  if (!holes?.limit && !holes?.window) return [];
  const named = holes.window !== undefined && limit.rates.length > 1;
  const stem = named ? `"${limit.name}-` : `"${rate.item}"`;
  const size = stem.length + LONGEST_DURATION_TEXT + policyItem(quotaOf(rate)).length + 2 * DIGITS;
  return [{ rate, stem, text: place(4 + size), nameSize: place(8) }];
}
