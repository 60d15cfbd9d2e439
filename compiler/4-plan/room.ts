// What a request's values take of the room that filters/runtime/request.ts has for them. Headers and claims are counted there, and
// a request with too many is refused; how much else there can be is known from the policies.
import type { Slot } from "../ir/slots.ts";
import type { PlannedAuthentication } from "./authentication.ts";
import { PlanFault } from "./fault.ts";

/** Places behind those of headers and claims. */
const ANSWERS_MAX = 512;

/** Throws PlanFault where an answer might find no room, and what policies ask of it would go unseen. */
export function checkRoom(slots: readonly Slot[], authentication: PlannedAuthentication | undefined): void {
  const asked = slots.reduce((sum, slot) => sum + answersOf(slot), 0);
  // What a token changes takes the place of what the client sent, and has one of its own.
  const changed = authentication ? authentication.outputs.length + authentication.places.length : 0;
  if (asked + changed <= ANSWERS_MAX) return;
  throw new PlanFault(
    `the policies look at ${asked + changed} cookies, parameters, hostnames, identities, metadata and headers that tokens write, ${ANSWERS_MAX} at most`,
    "spread the policies over several filters",
  );
}

function answersOf(slot: Slot): number {
  switch (slot.from) {
    case "header":
    case "claim":
      return 0;
    case "cookie":
    case "query":
    case "hostname":
      return 1;
    case "property":
      return slot.attribute.kind === "principal" ? 3 : 1;
  }
}
