// Which context waits for which callout. The host calls back on the root context with a token; what was made for a
// stream goes home to that stream, if it is still there.
import { proxy_grpc_cancel } from "./abi/env";

/** A callout under way. */
export class Callout {
  constructor(
    /** The context that made it. */
    readonly owner: u32,
    /** The author's number for it. */
    readonly tag: u32,
    /** Whether the first answer ends it: HTTP and unary gRPC. */
    readonly single: bool,
  ) {}
}

let underWay: Map<u32, Callout> | null = null;

/** Notes a callout that the host has taken. */
export function remember(token: u32, owner: u32, tag: u32, single: bool): void {
  let map = underWay;
  if (map === null) underWay = map = new Map<u32, Callout>();
  map.set(token, new Callout(owner, tag, single));
}

/** The callout with this token, or null where nobody waits for it any more. */
export function calloutOf(token: u32): Callout | null {
  const map = underWay;
  return map !== null && map.has(token) ? map.get(token) : null;
}

/** Forgets a callout that has ended. */
export function forget(token: u32): void {
  const map = underWay;
  if (map !== null) map.delete(token);
}

/** Forgets what a context still waits for, and cancels what is a gRPC stream: nobody would hear of its answers. */
export function abandon(owner: u32): void {
  const map = underWay;
  if (map === null || map.size == 0) return;
  const tokens = map.keys();
  for (let i = 0; i < tokens.length; i++) {
    const token = unchecked(tokens[i]);
    const callout = map.get(token);
    if (callout.owner != owner) continue;
    map.delete(token);
    if (!callout.single) proxy_grpc_cancel(token);
  }
}
