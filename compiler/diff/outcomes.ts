// Whether two outcomes differ in the way that a change says. Who decides is no difference, nor are the words that tell clients
// what limits have left, unless the change is about limits.
import { stageOf, type Headers, type Outcome } from "../engines/index.ts";
import { canonical } from "./canonical.ts";
import type { ChangeKind, Sides } from "./change.ts";
import { without } from "./without.ts";

export function shows(kind: ChangeKind, { old: before, new: after }: Sides<Outcome>): boolean {
  switch (kind) {
    case "now-allowed":
      return stage(before) === "authorization" && isPastAuthorization(after);
    case "now-denied":
      return isPastAuthorization(before) && stage(after) === "authorization";
    case "routed-elsewhere":
      return isRouted(before) && isRouted(after) && differ(before, after);
    case "limited-differently":
      return isPastAuthorization(before) && isPastAuthorization(after) && whole(before) !== whole(after);
    case "answered-differently":
    case "authenticated-differently":
      return differ(before, after);
  }
}

/** Whether anything that a client or an upstream gets is another, limits' fields aside. */
export function differ(before: Outcome, after: Outcome): boolean {
  return whole(unlimited(before)) !== whole(unlimited(after));
}

function stage(outcome: Outcome): string | undefined {
  return outcome.kind === "answer" ? stageOf(outcome.details) : undefined;
}

function isPastAuthorization(outcome: Outcome): boolean {
  return outcome.kind === "forward" || ["rate-limiting", "routing"].includes(stage(outcome) ?? "");
}

function isRouted(outcome: Outcome): boolean {
  return outcome.kind === "forward" || stage(outcome) === "routing";
}

function whole(outcome: Outcome): string {
  if (outcome.kind === "forward") return canonical(outcome);
  return canonical(without(outcome, "details"));
}

const LIMIT_FIELDS = /^(ratelimit|ratelimit-policy|x-ratelimit-.*)$/;

function unlimited(outcome: Outcome): Outcome {
  const without = (headers: Headers): Headers => headers.filter(([name]) => !LIMIT_FIELDS.test(name));
  return outcome.kind === "forward"
    ? { ...outcome, response: without(outcome.response) }
    : { ...outcome, headers: without(outcome.headers) };
}
