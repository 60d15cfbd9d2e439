// Limits that count no request.
import { all, any } from "../ir/conditions.ts";
import type { Limit, Program } from "../ir/program.ts";
import { satisfiable, uncovered } from "../questions/index.ts";
import { STEPS, type Finding, type Verdict } from "./finding.ts";
import { seen } from "./seen.ts";

/** Who may pass is asked again for each limit. */
const MOST_PASSING = 200;
const MOST_LIMITS = 50;

export function adviseOnLimits(program: Program): Verdict[] {
  return program.limits.map((limit) => ({ origin: limit.origin, finding: findingOf(limit, program) }));
}

function findingOf({ when, phase }: Limit, program: Program): Finding | undefined {
  const { deny, allow, anyAllowPolicy } = program.authorization;
  if (satisfiable(seen(when, program), { steps: STEPS }).kind === "never")
    return never("its `when` never holds: no request has all that it asks for");
  if (phase !== "after-authorization" || (!anyAllowPolicy && deny.length === 0)) return undefined;
  if (deny.length + allow.length > MOST_PASSING || program.limits.length > MOST_LIMITS) return undefined;
  const allowed = anyAllowPolicy ? [any(allow.map((rule) => seen(rule.when, program)))] : [];
  const denied = deny.map((rule) => rule.when);
  const passes = uncovered(all([seen(when, program), ...allowed]), denied, { steps: STEPS });
  return passes.kind === "never"
    ? never("it counts what may pass, and authorization refuses every request that its `when` is about")
    : undefined;
}

function never(help: string): Finding {
  return { severity: "warning", name: "limit-never-applies", message: "this limit counts no request", help };
}
