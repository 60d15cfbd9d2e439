// `Gateway` (`gateway.networking.k8s.io/v1`): read for its listeners, which say under which hostnames routes are reached.
import { integer, list, object, optional, required, string, type Read } from "../../schema/schema.ts";

const allowedRoutes = object(
  {
    namespaces: optional(
      object({ from: optional(string(), "`Same`, `All`, `Selector` or `None`") }, { open: true }),
      "the namespaces whose routes may attach",
    ),
    kinds: optional(
      list(object({ kind: required(string(), "the route's kind") }, { open: true }), { mayBeEmpty: true }),
      "the kinds of routes that may attach",
    ),
  },
  { open: true },
);

const listener = object(
  {
    name: required(string(), "the listener's name"),
    hostname: optional(string(), "the hostname that it serves"),
    port: required(integer(1, 65_535), "the port that it listens on"),
    protocol: required(string(), "`HTTP` or `HTTPS`, for HTTPRoutes"),
    allowedRoutes: optional(allowedRoutes, "which routes may attach"),
  },
  { open: true },
);

export const gatewaySpec = object(
  { listeners: optional(list(listener, { mayBeEmpty: true }), "where it listens") },
  { open: true },
);

/** A listener, as far as routes depend on it. */
export interface Listener {
  readonly name: string;
  /** Absent: every hostname. */
  readonly hostname: string | undefined;
  readonly port: number;
  readonly protocol: string;
  /** The kinds of routes that may attach; none: those of its protocol. */
  readonly kinds: readonly string[];
  /** The namespaces whose routes may attach. Which a `Selector` selects the bundle does not tell: any. */
  readonly from: "own" | "any" | "none";
}

export interface Gateway {
  readonly namespace: string;
  readonly name: string;
  readonly listeners: readonly Listener[];
}

/** The listeners of a Gateway's `spec`. */
export function listenersIn(spec: Read<typeof gatewaySpec> | undefined): Listener[] {
  return (spec?.listeners?.items ?? []).map(({ name, hostname, port, protocol, allowedRoutes: allowed }) => {
    const from = allowed?.namespaces?.from?.value ?? "Same";
    return {
      name: name.value,
      // An empty one is none, as in Kubernetes.
      hostname: hostname?.value.toLowerCase() || undefined,
      port: port.value,
      protocol: protocol.value,
      kinds: (allowed?.kinds?.items ?? []).map(({ kind }) => kind.value),
      from: from === "None" ? "none" : from === "Same" ? "own" : "any",
    };
  });
}
