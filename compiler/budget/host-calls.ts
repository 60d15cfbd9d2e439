// `budget.hostCalls`: whether a request may cost more than the bundle allows, and what it is that costs.
import type { Price } from "../4-plan/plan.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Located } from "../source/span.ts";

/** A filter to be held against the budget. */
export interface Priced {
  readonly name: string;
  readonly price: Price;
  /** What the filter is made of; `without` is the price of the same without it, undefined where that cannot be planned. */
  readonly parts: readonly { readonly name: string; without(): Price | undefined }[];
}

/** Each part is planned away once; of more than these only the calls are told. */
const MOST_PARTS = 16;
const MOST_NAMED = 3;

/** Reports a filter that costs more than the budget. */
export function checkHostCalls(
  { name, price, parts }: Priced,
  budget: Located<number> | undefined,
  diagnostics: Diagnostics,
): void {
  if (!budget || price.total <= budget.value) return;
  const over = price.total - budget.value;
  diagnostics.error(
    "over-budget",
    `a request through \`${name}\` may make ${price.total} host calls, ${over} more than the budget`,
    {
      span: budget.span,
      help: [callsOf(price), savings(price, parts)].filter((text) => text !== "").join("; "),
    },
  );
}

/** The calls by name and phase, those made most often first. */
function callsOf({ request, response }: Price): string {
  const calls = [
    ...Object.entries(request).map(([call, count]) => ({ call, count, phase: "" })),
    ...Object.entries(response).map(([call, count]) => ({ call, count, phase: " for the response" })),
  ].sort((a, b) => b.count - a.count);
  return `they are ${calls.map(({ call, count, phase }) => `\`${call}\` × ${count}${phase}`).join(", ")}`;
}

/** What each part adds to the price, as far as no other part needs the same calls. */
function savings(price: Price, parts: Priced["parts"]): string {
  if (parts.length < 2 || parts.length > MOST_PARTS) return "";
  const saved = parts
    .map((part) => ({ name: part.name, calls: price.total - (part.without()?.total ?? price.total) }))
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.calls - a.calls);
  if (saved.length === 0) return "no policy alone makes the difference";
  const shown = saved
    .slice(0, MOST_NAMED)
    .map(({ name, calls }) => `${calls} ${calls === 1 ? "is" : "are"} for \`${name}\` alone`);
  return shown.join(", ");
}
