// Hostnames of routes and listeners: which requests they mean, and what two of them have in common.
import { always, test } from "../../ir/conditions.ts";
import type { Condition } from "../../ir/program.ts";
import type { Listener } from "../gateway-api/gateway.ts";

/** A hostname as the standard has it: labels in lower case, behind `*.` where all names below are meant. */
export const HOSTNAME = /^(?:\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The standard's form of an origin: scheme, host, port. */
export const ORIGIN =
  /^([hH][tT][tT][pP][sS]?):\/\/(\*|(?:\*\.)?(?:[-a-zA-Z0-9]+\.)*[-a-zA-Z0-9]+)(?::([0-9]{1,5}))?$/;

/** Requests for a host, whatever port they name; undefined: every host. `*.a.test` is one or more labels before `.a.test`. */
export function hostIs(hostname: string | undefined): Condition {
  if (hostname === undefined) return always;
  const wild = hostname.startsWith("*.");
  return test(
    { kind: "hostname" },
    wild ? { kind: "suffix", text: hostname.slice(1) } : { kind: "exact", text: hostname },
  );
}

/** A hostname under which a route is reached. */
export interface Reached {
  /** Undefined: every host. */
  readonly hostname: string | undefined;
  /** What the route says, which is the wider one where a listener narrows it. */
  readonly written: string | undefined;
}

/**
 * The hostnames of a route that its listeners serve, each once; `listeners` undefined: as written. Two that become one are
 * the more specific as written.
 */
export function reachedHostnames(
  written: readonly string[],
  listeners: readonly Listener[] | undefined,
): Reached[] {
  const own: readonly (string | undefined)[] = written.length > 0 ? written : [undefined];
  const served = listeners?.map(({ hostname }) => hostname) ?? [undefined];
  const found = new Map<string | undefined, Reached>();
  for (const one of [...own].sort(bySpecificity)) {
    for (const other of served) {
      const hostname = common(one, other);
      if (hostname !== null && !found.has(hostname)) found.set(hostname, { hostname, written: one });
    }
  }
  return [...found.values()];
}

/** The hosts that both mean, which is the narrower of the two; null: none. Undefined is every host. */
export function common(a: string | undefined, b: string | undefined): string | undefined | null {
  if (a === undefined || a === b) return b;
  if (b === undefined || isBelow(a, b)) return a;
  return isBelow(b, a) ? b : null;
}

/** Whether all that `narrow` means a wildcard means too. */
function isBelow(narrow: string, wide: string): boolean {
  return wide.startsWith("*.") && narrow.replace(/^\*/, "").endsWith(wide.slice(1));
}

/** In the order in which requests are looked at: exact ones, wildcards, none; the longer first. */
export function hostRank(hostname: string | undefined): [kind: number, length: number] {
  if (hostname === undefined) return [2, 0];
  return [hostname.startsWith("*.") ? 1 : 0, -hostname.length];
}

function bySpecificity(a: string | undefined, b: string | undefined): number {
  const [[kindA, lengthA], [kindB, lengthB]] = [hostRank(a), hostRank(b)];
  return kindA - kindB || lengthA - lengthB;
}
