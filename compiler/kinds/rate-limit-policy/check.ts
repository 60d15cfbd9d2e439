// What fits the shape of a RateLimitPolicy but makes no sense.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { isDnsLabel } from "../../schema/texts.ts";
import type { Located } from "../../source/span.ts";
import { algorithmOf } from "./algorithm.ts";
import { checkAnswer } from "./answer.ts";
import { checkCost } from "./cost.ts";
import { checkKey } from "./key.ts";
import { checkMesh } from "./mesh.ts";
import { checkBeforeAuthentication } from "./phase.ts";
import { checkRates, itemNames } from "./rate.ts";
import type { LimitSpec, Spec } from "./schema.ts";
import { checkWhen } from "./when.ts";

export function check(spec: Spec, diagnostics: Diagnostics): void {
  const items = new Map<string, string>();
  for (const { name, item: limit } of spec.limits.items) {
    checkName(name, diagnostics);
    checkItems(name, limit, items, diagnostics);
    checkWhen(limit.when, diagnostics);
    checkKey(limit.key?.items ?? [], diagnostics);
    if (limit.cost) checkCost(limit.cost, diagnostics);
    checkCostWhenTold(limit, diagnostics);
    checkRates(limit, diagnostics);
    checkMesh(limit, diagnostics);
    if (limit.onLimit) checkAnswer(limit.onLimit, diagnostics);
    if (spec.phase?.value === "BeforeAuthentication") checkBeforeAuthentication(limit, diagnostics);
  }
}

function checkName(name: Located<string>, diagnostics: Diagnostics): void {
  if (isDnsLabel(name.value)) return;
  diagnostics.error("bad-name", `\`${name.value}\` is not a limit's name`, {
    span: name.span,
    help: "use lower-case letters, digits and `-`, at most 63 of them; the name appears in logs and answers",
  });
}

/** Answers tell what is left by name: `api-1m` may be a limit, and the rate of `1m` of the limit `api`. */
function checkItems(
  name: Located<string>,
  { rates }: LimitSpec,
  items: Map<string, string>,
  diagnostics: Diagnostics,
): void {
  for (const item of new Set(itemNames(name.value, rates))) {
    const other = items.get(item);
    if (other !== undefined) {
      diagnostics.error(
        "duplicate-name",
        `answers would hold two items called \`${item}\`, one of the limit \`${other}\``,
        {
          span: name.span,
          help: "rename one of the limits: where there are several rates, their windows are a part of their names",
        },
      );
    }
    items.set(item, name.value);
  }
}

/** What the response tells comes too late for whoever must count beforehand. */
function checkCostWhenTold(limit: LimitSpec, diagnostics: Diagnostics): void {
  const { cost, scope } = limit;
  if (cost?.kind !== "response-header") return;
  const algorithm = algorithmOf(limit);
  if (algorithm !== "concurrency" && scope?.value !== "mesh") return;
  const why =
    algorithm === "concurrency"
      ? "`concurrency` counts requests until their streams end"
      : "the service of a `mesh` is told what a request costs when it is asked";
  diagnostics.error("contradiction", `${why}, so no response can tell the cost`, {
    span: cost.span,
    help: "write a number, or an expression over the request",
  });
}
