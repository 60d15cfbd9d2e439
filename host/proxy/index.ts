/** A local HTTP/1.1 reverse proxy with a filter in it, built to look like an Envoy listener to that filter. */
import type { Clusters } from "../callouts/cluster.ts";
import { SharedState } from "../shared-state.ts";
import { connectionProperties } from "./addresses.ts";
import type { StreamProperties } from "../properties.ts";
import {
  FilterSlot,
  type FailurePolicy,
  type FilterContext,
  type FilterFactory,
  type Lease,
} from "./filter-slot.ts";
import { listenHttp } from "./http-server.ts";
import { pathOptions, type PathNormalization } from "./path-options.ts";
import type { RequestRecord } from "./request-record.ts";
import { destination, INTERNAL_HEADERS, type ProxyRouting } from "./routing.ts";
import { Upstreams } from "./upstreams.ts";

export type { FailurePolicy, FilterContext, FilterFactory } from "./filter-slot.ts";
export type { ProxyRouting } from "./routing.ts";

/** What a reverse proxy stands in front of, where it listens, and how it treats requests. */
export interface ProxyOptions {
  /**
   * Where requests go, or with `routing` those for which the filter chooses nothing: scheme, host and port; a path in it is not
   * used. Absent: 404.
   */
  upstream?: URL;
  /** Where the filter sends requests. Default: nowhere, all go to `upstream`. */
  routing?: ProxyRouting;
  /** Port to listen on; 0: any free one. */
  port: number;
  /** Address to listen on. Default: 127.0.0.1. */
  address?: string;
  /** Starts the filter's VM. Without it the proxy passes everything. */
  filter?: FilterFactory;
  /** What a trap of the filter leads to. Default: `FAIL_RELOAD`. */
  failurePolicy?: FailurePolicy;
  /**
   * With `FAIL_RELOAD`: how old a VM that trapped must be before another takes its place; until then requests are
   * answered 503. As with Envoy up to half of it is added at random. Milliseconds. Default: 1000.
   */
  reloadBackoffMs?: number;
  /** What the filter may call out to; handed to the factory. Default: nothing. */
  clusters?: Clusters;
  /** What filters see beside the properties that the proxy knows, such as `xds.cluster_name`, by `propertyPath`. */
  properties?: StreamProperties;
  /** Told of each request when it is over. */
  onRequest?: (record: RequestRecord) => void;
  /** Adds `x-tollgate-details`, the response-code details, to responses the proxy gives itself. Default: false. */
  revealDetails?: boolean;
  /** Passes trailers on, both ways, as an Envoy with `enable_trailers` does. Default: false, they are dropped. */
  trailers?: boolean;
  /** How far paths are normalised before the filter sees them. Default: `BASE`. */
  pathNormalization?: PathNormalization;
  /**
   * Refuses requests with an underscore in a header's name, as Envoy's `headers_with_underscores_action: REJECT_REQUEST`:
   * many a service reads `x_user` and `x-user` as the same. Default: true.
   */
  refuseUnderscores?: boolean;
}

/** A running reverse proxy. */
export interface Proxy {
  readonly port: number;
  readonly address: string;
  /**
   * Starts another VM for new requests; those under way finish on theirs, and no request is dropped.
   * Throws what the factory throws, and then the old VM stays. `pathNormalization`: what the new one needs; absent, it
   * stays as it is. `routing`: where the new one sends requests; absent, nowhere.
   */
  swap(
    filter: FilterFactory,
    options?: { pathNormalization?: PathNormalization; routing?: ProxyRouting },
  ): void;
  /** Stops listening, lets requests under way finish for at most five seconds, then cuts the rest. */
  close(): Promise<void>;
}

/**
 * Starts a proxy. Rejects with Node's own error where the address cannot be listened on (`EADDRINUSE`), and with what
 * the filter's factory throws.
 *
 * @example
 * const filter = FilterModule.compile(await readFile("filter.wasm"));
 * const proxy = await startProxy({
 *   upstream: new URL("http://127.0.0.1:9000"),
 *   port: 10000,
 *   filter: () => Vm.start(filter),
 * });
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const filterContext: FilterContext = {
    clusters: options.clusters ?? new Map<string, never>(),
    shared: new SharedState(),
  };
  const policy = options.failurePolicy ?? "FAIL_RELOAD";
  const timing = { reloadBackoffMs: options.reloadBackoffMs };
  let paths = pathOptions(options.pathNormalization ?? "BASE");
  let slot = options.filter && new FilterSlot(options.filter, filterContext, policy, timing);
  const upstreams = new Upstreams();
  let routing = options.routing;
  /** Requests under way end by the routes that their filter was made for. */
  const routingOf = new WeakMap<Lease, ProxyRouting>();
  const closeAll = (): void => {
    slot?.close();
    upstreams.close();
  };
  const { properties } = options;
  const withMore = (known: StreamProperties): StreamProperties =>
    properties === undefined ? known : new Map([...known, ...properties]);
  try {
    const listener = await listenHttp({
      port: options.port,
      address: options.address,
      exchange: {
        open: (socket, headers) => {
          if (routing) for (const name of INTERNAL_HEADERS) headers.remove(name);
          const lease =
            slot?.open(withMore(connectionProperties(socket, headers.get("x-forwarded-for")))) ?? "pass";
          if (routing && typeof lease !== "string") routingOf.set(lease, routing);
          return lease;
        },
        route: (headers, lease) =>
          destination(headers, {
            upstream: options.upstream,
            routing: lease ? routingOf.get(lease) : routing,
            upstreams,
          }),
        paths: () => paths,
        refuseUnderscores: options.refuseUnderscores ?? true,
        revealDetails: options.revealDetails ?? false,
        trailers: options.trailers ?? false,
        onRequest: options.onRequest,
      },
    });
    return {
      port: listener.port,
      address: listener.address,
      swap(filter, { pathNormalization, routing: next } = {}) {
        if (slot === undefined) slot = new FilterSlot(filter, filterContext, policy, timing);
        else slot.swap(filter);
        if (pathNormalization !== undefined) paths = pathOptions(pathNormalization);
        routing = next;
      },
      async close() {
        await listener.close();
        closeAll();
      },
    };
  } catch (error) {
    closeAll();
    throw error;
  }
}
