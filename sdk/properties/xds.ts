// `xds.*`: what Envoy's configuration says of the stream's way.
import { Bytes } from "../bytes";
import { getIntegerProperty, getProperty } from "../property";
import { below } from "./path";

/** Whose traffic a listener takes. */
export enum TrafficDirection {
  /** The configuration does not say. */
  Unspecified = 0,
  /** That of others with this workload. */
  Inbound = 1,
  /** That of this workload with others. */
  Outbound = 2,
}

/**
 * `xds.node`: what Envoy was told of itself, a serialised `envoy.config.core.v3.Node`. Tens of kilobytes, as it lists
 * every extension: ask for the field instead. Everywhere, the filter object included.
 */
export function node(): Bytes | null {
  return getProperty("xds\0node");
}

/**
 * One field of `xds.node`: `id`, `cluster`, or one further down, parted by NUL: `"metadata\0ROLE"`, `"locality\0zone"`.
 * Everywhere, the filter object included.
 */
export function nodeField<F>(field: F): Bytes | null {
  return getProperty(below("xds\0node", field));
}

/** `xds.cluster_name`: the cluster that the route leads to. Where there is a route, everywhere. */
export function clusterName(): Bytes | null {
  return getProperty("xds\0cluster_name");
}

/** `xds.route_name`: empty where the route has none. Where there is a route, everywhere. */
export function routeName(): Bytes | null {
  return getProperty("xds\0route_name");
}

/** `xds.virtual_host_name`. Where there is a route, everywhere. */
export function virtualHostName(): Bytes | null {
  return getProperty("xds\0virtual_host_name");
}

/**
 * `xds.filter_chain_name`: empty where the listener's filter chain has none. Everywhere but on the filter object.
 */
export function filterChainName(): Bytes | null {
  return getProperty("xds\0filter_chain_name");
}

/**
 * `xds.listener_direction`: `Unspecified` as well where the host does not say. Everywhere but on the filter object.
 */
export function listenerDirection(): TrafficDirection {
  return <TrafficDirection>getIntegerProperty("xds\0listener_direction", TrafficDirection.Unspecified);
}

/**
 * `xds.cluster_metadata`: the cluster's metadata, a serialised `envoy.config.core.v3.Metadata`. Where there is a
 * route, everywhere.
 */
export function clusterMetadata(): Bytes | null {
  return getProperty("xds\0cluster_metadata");
}

/**
 * One value of `xds.cluster_metadata`: what `namespace` says of `key`, as in `metadata.value`. Where there is a
 * route, everywhere.
 */
export function clusterMetadataValue<N, K>(namespace: N, key: K): Bytes | null {
  return getProperty(below(below("xds\0cluster_metadata\0filter_metadata", namespace), key));
}

/**
 * `xds.route_metadata`: the route's metadata, a serialised `envoy.config.core.v3.Metadata`. Where there is a route,
 * everywhere.
 */
export function routeMetadata(): Bytes | null {
  return getProperty("xds\0route_metadata");
}

/**
 * One value of `xds.route_metadata`: what `namespace` says of `key`, as in `metadata.value`. Where there is a route,
 * everywhere.
 */
export function routeMetadataValue<N, K>(namespace: N, key: K): Bytes | null {
  return getProperty(below(below("xds\0route_metadata\0filter_metadata", namespace), key));
}

/**
 * `xds.virtual_host_metadata`: the virtual host's metadata, a serialised `envoy.config.core.v3.Metadata`. Where
 * there is a route, everywhere.
 */
export function virtualHostMetadata(): Bytes | null {
  return getProperty("xds\0virtual_host_metadata");
}

/**
 * One value of `xds.virtual_host_metadata`: what `namespace` says of `key`, as in `metadata.value`. Where there is a
 * route, everywhere.
 */
export function virtualHostMetadataValue<N, K>(namespace: N, key: K): Bytes | null {
  return getProperty(below(below("xds\0virtual_host_metadata\0filter_metadata", namespace), key));
}

/**
 * `xds.upstream_host_metadata`: the server's metadata, a serialised `envoy.config.core.v3.Metadata`. From the
 * response's headers on.
 */
export function upstreamHostMetadata(): Bytes | null {
  return getProperty("xds\0upstream_host_metadata");
}

/**
 * One value of `xds.upstream_host_metadata`: what `namespace` says of `key`, as in `metadata.value`. From the
 * response's headers on.
 */
export function upstreamHostMetadataValue<N, K>(namespace: N, key: K): Bytes | null {
  return getProperty(below(below("xds\0upstream_host_metadata\0filter_metadata", namespace), key));
}

/**
 * `xds.upstream_host_locality_metadata`: the server's locality's metadata, a serialised
 * `envoy.config.core.v3.Metadata`. From the response's headers on.
 */
export function upstreamHostLocalityMetadata(): Bytes | null {
  return getProperty("xds\0upstream_host_locality_metadata");
}

/**
 * One value of `xds.upstream_host_locality_metadata`: what `namespace` says of `key`, as in `metadata.value`. From
 * the response's headers on.
 */
export function upstreamHostLocalityMetadataValue<N, K>(namespace: N, key: K): Bytes | null {
  return getProperty(below(below("xds\0upstream_host_locality_metadata\0filter_metadata", namespace), key));
}

/** `xds.listener_metadata`: the listener's metadata, a serialised `envoy.config.core.v3.Metadata`. Everywhere. */
export function listenerMetadata(): Bytes | null {
  return getProperty("xds\0listener_metadata");
}

/** One value of `xds.listener_metadata`: what `namespace` says of `key`, as in `metadata.value`. Everywhere. */
export function listenerMetadataValue<N, K>(namespace: N, key: K): Bytes | null {
  return getProperty(below(below("xds\0listener_metadata\0filter_metadata", namespace), key));
}
