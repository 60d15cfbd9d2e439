// Which context waits for which callout. The host calls back on the root context with a token; what was made for a
// stream goes home to that stream, if it is still there.
import { proxy_grpc_cancel, proxy_set_effective_context } from "./abi/env";
import { Status } from "./abi/numbers";
import { currentContext } from "./current";

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

// Envoy hands out what one read brought of a gRPC stream piece by piece, and in between uses what a cancellation frees. So
// a stream is not cancelled in a callback about it, nor in one that may come from there, such as the end of the HTTP stream
// that it has answered; it is noted and cancelled a little later.
let delivered: u32 = 0;
let deliveredOn: u32 = 0;
let doomed: bool = false;

/** For the exported callbacks: something of a callout, but for its end, arrives on a root context. */
export function arrives(root: u32, token: u32): void {
  if (token == delivered) return;
  cancelLate();
  delivered = token;
  deliveredOn = root;
}

/** For the exported callbacks: the end of a callout arrives, and it is in order to cancel it now. */
export function ends(token: u32): void {
  if (token == delivered) cancelLate();
}

/** For the exported callbacks that Envoy makes of its own accord: cancels what could not be cancelled before. */
export function cancelLate(): void {
  if (doomed) {
    doomed = false;
    proxy_set_effective_context(deliveredOn);
    proxy_grpc_cancel(delivered);
    proxy_set_effective_context(currentContext());
  }
  delivered = 0;
}

/** Forgets a callout for which nobody waits any more, and cancels a gRPC stream, on which answers would go on coming. */
export function giveUp(token: u32, single: bool): Status {
  forget(token);
  if (single) return Status.Ok;
  if (token != delivered) return proxy_grpc_cancel(token);
  doomed = true;
  return Status.Ok;
}

/** Gives up what a context still waits for. */
export function abandon(owner: u32): void {
  const map = underWay;
  if (map === null || map.size == 0) return;
  const tokens = map.keys();
  for (let i = 0; i < tokens.length; i++) {
    const token = unchecked(tokens[i]);
    const callout = map.get(token);
    if (callout.owner == owner) giveUp(token, callout.single);
  }
}
