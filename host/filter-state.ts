/**
 * The keys under which `set_envoy_filter_state` can put something: Envoy's well-known filter state objects, each of
 * which has a factory of that name. Any other name is NotFound.
 */
const keys = new Set([
  "envoy.string",
  "envoy.hashable_string",
  "envoy.network.upstream_server_name",
  "envoy.network.application_protocols",
  "envoy.network.upstream_subject_alt_names",
  "envoy.network.ip",
  "envoy.network.transport_socket.original_dst_address",
  "envoy.filters.listener.original_dst.local_ip",
  "envoy.filters.listener.original_dst.remote_ip",
  "envoy.tcp_proxy.cluster",
  "envoy.tcp_proxy.disable_tunneling",
  "envoy.tcp_proxy.per_connection_idle_timeout_ms",
  "envoy.udp_proxy.cluster",
  "envoy.upstream.dynamic_host",
  "envoy.upstream.dynamic_port",
  "envoy.ratelimit.hits_addend",
]);

export function isFilterStateKey(name: string): boolean {
  return keys.has(name);
}
