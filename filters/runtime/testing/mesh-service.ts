// A plain model of the rate limit service: counts in fixed windows by its own clock, refused requests included. Runs in Node.
import {
  Code,
  decodeRequest,
  encodeResponse,
  type Descriptor,
  type DescriptorStatus,
  type RateLimitResponse,
} from "../../../runtime-tests/rate-limit-service/messages.ts";

/** By the value of its first entry. */
export interface ModelRate {
  readonly name: string;
  /** Seconds. */
  readonly window: number;
  readonly requests: number;
}

const SECOND = 1_000_000_000n;
const unit = new Map([
  [1, 1],
  [60, 2],
  [3600, 3],
  [86400, 4],
]);

export class ModelService {
  /** Nanoseconds since 1970. */
  time: bigint;
  /** Whether refused requests count, as they do with envoyproxy/ratelimit unless it is told otherwise. */
  readonly countsRefused: boolean;
  readonly #rates: ReadonlyMap<string, ModelRate>;
  readonly #counts = new Map<string, number>();
  /** Keys and windows that were refused. */
  readonly refused = new Set<string>();

  constructor(rates: readonly ModelRate[], time: bigint, countsRefused = true) {
    this.#rates = new Map(rates.map((rate) => [rate.name, rate]));
    this.time = time;
    this.countsRefused = countsRefused;
  }

  answer(message: Uint8Array): Uint8Array {
    return encodeResponse(this.decide(message));
  }

  decide(message: Uint8Array): RateLimitResponse {
    const { descriptors, hitsAddend = 0 } = decodeRequest(message);
    const hits = Math.max(hitsAddend, 1);
    const fits = descriptors.every((descriptor) => this.#left(descriptor) >= hits);
    const statuses = descriptors.map((descriptor) => this.#count(descriptor, hits, fits));
    const isOver = statuses.some(({ code }) => code === Code.OverLimit);
    return { overallCode: isOver ? Code.OverLimit : Code.Ok, statuses };
  }

  #left(descriptor: Descriptor): number {
    const rate = this.#rateOf(descriptor);
    if (rate === undefined) return Infinity;
    return rate.requests - (this.#counts.get(this.#name(descriptor, rate)) ?? 0);
  }

  #count(descriptor: Descriptor, hits: number, fits: boolean): DescriptorStatus {
    const rate = this.#rateOf(descriptor);
    if (rate === undefined) return { code: Code.Ok, limitRemaining: 0 };
    const left = this.#left(descriptor);
    const name = this.#name(descriptor, rate);
    if (fits || this.countsRefused) this.#counts.set(name, rate.requests - left + hits);
    if (left < hits) this.refused.add(name);
    const seconds = Number((this.time / SECOND) % BigInt(rate.window));
    return {
      code: left < hits ? Code.OverLimit : Code.Ok,
      currentLimit: { requestsPerUnit: rate.requests, unit: unit.get(rate.window) ?? 0 },
      limitRemaining: Math.max(left - hits, 0),
      durationUntilReset: rate.window - seconds,
    };
  }

  #rateOf({ entries }: Descriptor): ModelRate | undefined {
    return this.#rates.get(entries[0]?.[1] ?? "");
  }

  #name({ entries }: Descriptor, { window }: ModelRate): string {
    return `${entries.map(([key, value]) => `${key}=${value}`).join(",")} ${this.time / (BigInt(window) * SECOND)}`;
  }
}
