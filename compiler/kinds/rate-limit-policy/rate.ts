// Rates: what of each must fit the limit's algorithm, and a rate as the program has it.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { holesOf, isOpen } from "../../ir/parameters.ts";
import type { Rate } from "../../ir/program.ts";
import { bucketShape } from "../../ir/rates.ts";
import { parseDuration } from "../../schema/duration.ts";
import { firstLine } from "../../schema/schema.ts";
import { algorithmOf, hasBurst, type AlgorithmName } from "./algorithm.ts";
import { knownCost } from "./cost.ts";
import { MOST_RATES } from "./limits.ts";
import type { LimitSpec, RateSpec } from "./schema.ts";

/** The filter adds a window to the time in 64 bits without a sign. */
const LONGEST_WINDOW = 1n << 62n;

export function checkRates(limit: LimitSpec, diagnostics: Diagnostics): void {
  const algorithm = algorithmOf(limit);
  if (algorithm === undefined) return;
  if (algorithm === "concurrency") checkOnlyRate(limit.rates, diagnostics);
  else checkWindows(limit.rates, diagnostics);
  for (const rate of limit.rates.items) checkRate(rate, algorithm, limit, diagnostics);
}

function checkOnlyRate({ items }: LimitSpec["rates"], diagnostics: Diagnostics): void {
  const [, second] = items;
  if (second) {
    diagnostics.error("contradiction", "`concurrency` has one rate: how many requests may be under way", {
      span: second.keys.get("limit") ?? firstLine(second.span),
      help: "keep the smallest limit",
    });
  }
  for (const rate of items) {
    const window = rate.keys.get("window");
    if (!window) continue;
    diagnostics.error("contradiction", "`concurrency` has no `window`: it counts requests under way", {
      span: window,
      help: "leave `window` out, or choose another algorithm to count requests by time",
    });
  }
}

function checkWindows({ items, span }: LimitSpec["rates"], diagnostics: Diagnostics): void {
  if (items.length > MOST_RATES) {
    diagnostics.error(
      "limit-out-of-range",
      `${items.length} rates are too many: ${MOST_RATES} are the most`,
      {
        span: firstLine(span),
        help: "keep those that refuse what the others do not",
      },
    );
  }
  const windows = new Set<bigint>();
  for (const { window, keys, span: at } of items) {
    if (!window) {
      const slip = [...keys.keys()].some((key) => !["limit", "window", "burst"].includes(key));
      if (slip || keys.has("window")) continue; // it was reported
      diagnostics.error("missing-field", "the field `window` is missing", {
        span: firstLine(at),
        help: "add `window`: a duration such as `1s`, `1m`, `1h`; only `concurrency` has none",
      });
      continue;
    }
    const length = parseDuration(window.value);
    if (length === undefined) {
      diagnostics.error("bad-duration", `\`${window.value}\` is not a duration`, {
        span: window.span,
        help: "write a number above zero and a unit, such as `500ms`, `1s`, `1m`, `1h30m` or `1d`",
      });
      continue;
    }
    if (isOpen(window)) continue;
    if (windows.has(length)) {
      diagnostics.error("duplicate-name", "another rate of this limit has the same window", {
        span: window.span,
        help: "keep the smaller of them: a request must fit every rate",
      });
    }
    windows.add(length);
  }
}

function checkRate(
  rate: RateSpec,
  algorithm: AlgorithmName,
  limit: LimitSpec,
  diagnostics: Diagnostics,
): void {
  const burst = rate.keys.get("burst");
  if (burst && !hasBurst(algorithm)) {
    diagnostics.error("contradiction", `\`${algorithm}\` has no \`burst\`: its limit may come all at once`, {
      span: burst,
      help: "leave `burst` out, or choose `tokenBucket` to say how much may come at once",
    });
    return;
  }
  if (burst && !rate.burst) return; // it was reported
  const capacity = rate.burst ?? rate.limit;
  const cost = limit.keys.has("cost") && !limit.cost ? undefined : knownCost(limit.cost);
  const known = !isOpen(capacity) && !(limit.cost?.kind === "number" && isOpen(limit.cost));
  if (cost !== undefined && known && cost > capacity.value) {
    const room = hasBurst(algorithm) ? "the bucket holds" : "there is room for";
    diagnostics.error("limit-out-of-range", `a request costs ${cost}, but ${room} only ${capacity.value}`, {
      span: capacity.span,
      label: "no request would ever pass",
      help: `raise \`${rate.burst ? "burst" : "limit"}\` to at least ${cost}, or lower \`cost\``,
    });
    return;
  }
  const window = rate.window && parseDuration(rate.window.value);
  if (window === undefined || algorithm === "concurrency" || [rate.window, rate.limit, capacity].some(isOpen))
    return;
  const fits = hasBurst(algorithm)
    ? bucketShape(rateOf(rate, "", algorithm)) !== undefined
    : window <= LONGEST_WINDOW;
  if (fits) return;
  diagnostics.error(
    "limit-out-of-range",
    `this ${hasBurst(algorithm) ? "burst and window are too large" : "window is too long"} to count exactly`,
    {
      span: hasBurst(algorithm) ? capacity.span : (rate.window?.span ?? rate.span),
      help: "use a shorter window with a limit as much smaller: `1000` per `1h` instead of `24000` per `1d`",
    },
  );
}

/** What answers call the rates of a limit: by its name, and by their windows too where there are several. */
export function itemNames(name: string, { items }: LimitSpec["rates"]): string[] {
  return items.map(({ window }) => (items.length > 1 && window ? `${name}-${window.value}` : name));
}

/** The rate, called `item` in answers. Its window was checked. */
export function rateOf({ limit, window, burst }: RateSpec, item: string, algorithm: AlgorithmName): Rate {
  const capacity = (burst ?? limit).value;
  const holes = holesOf({ limit: limit.hole, window: window?.hole, burst: (burst ?? limit).hole });
  const rate = { item, limit: limit.value, burst: capacity, ...holes };
  if (!window) return { ...rate, window: 0n, words: `${limit.value} under way` };
  const words = `${limit.value} per ${window.value}${hasBurst(algorithm) ? `, burst ${capacity}` : ""}`;
  return { ...rate, window: parseDuration(window.value) ?? 1n, words };
}
