// An Envoy for tests of policies: listeners that believe what the engine says of a request's connection.
import { routerFilter, wasmFilter, DIRECT_REMOTE_ADDRESS } from "../../../envoy/http-filters.ts";
import { typed } from "../../../envoy/typed.ts";
import type { Certificates } from "../../../envoy/test-certificates/certificates.ts";
import { ROUTER_HEADERS } from "../../ir/route-headers.ts";

/** Request headers by which the engine says what a connection cannot. Taken away before the filter looks. */
export const PEER_HEADER = "x-tollgate-test-peer";
/** Pairs of a path and a value, as in a query; each percent-encoded, paths divided by slashes. */
export const METADATA_HEADER = "x-tollgate-test-metadata";

export interface EnvoyBootstrapOptions {
  /** Absolute. */
  readonly wasmPath: string;
  /** So many listeners, named by their numbers from 0, each with a filter of its own. */
  readonly instances: number;
  /** On 127.0.0.1. */
  readonly upstreamPort: number;
  readonly certificates: Certificates;
}

/** Envoy's v3 bootstrap. */
export function envoyBootstrap(options: EnvoyBootstrapOptions): object {
  return {
    admin: { address: address(0) },
    static_resources: {
      listeners: Array.from({ length: options.instances }, (_, i) => listener(String(i), options)),
      clusters: [
        {
          name: UPSTREAM,
          type: "STATIC",
          load_assignment: {
            cluster_name: UPSTREAM,
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(options.upstreamPort) } }] }],
          },
        },
      ],
    },
  };
}

const UPSTREAM = "upstream";

function address(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

function listener(name: string, options: EnvoyBootstrapOptions): object {
  const { certificates } = options;
  const manager = {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: typed(
      "filters.network.http_connection_manager.v3.HttpConnectionManager",
      connectionManager(name, options),
    ),
  };
  return {
    name,
    address: address(0),
    listener_filters_timeout: "60s",
    listener_filters: [
      {
        name: "envoy.filters.listener.proxy_protocol",
        typed_config: typed("filters.listener.proxy_protocol.v3.ProxyProtocol"),
      },
      {
        name: "envoy.filters.listener.tls_inspector",
        typed_config: typed("filters.listener.tls_inspector.v3.TlsInspector"),
      },
    ],
    filter_chains: [
      {
        filter_chain_match: { transport_protocol: "tls" },
        transport_socket: {
          name: "envoy.transport_sockets.tls",
          typed_config: typed("transport_sockets.tls.v3.DownstreamTlsContext", {
            common_tls_context: {
              tls_certificates: [
                {
                  certificate_chain: { filename: certificates.server.certFile },
                  private_key: { filename: certificates.server.keyFile },
                },
              ],
              validation_context: { trusted_ca: { filename: certificates.caFile } },
            },
          }),
        },
        filters: [manager],
      },
      { filters: [manager] },
    ],
  };
}

function connectionManager(name: string, { wasmPath }: EnvoyBootstrapOptions): object {
  const everyStatus = { op: "GE", value: { default_value: 100, runtime_key: "tollgate.reveal_details" } };
  return {
    stat_prefix: name,
    codec_type: "HTTP1",
    // As our own listeners: `x-forwarded-for` names the client.
    use_remote_address: false,
    // The request has its own, and its path is normalised already.
    generate_request_id: false,
    normalize_path: false,
    http_protocol_options: { allow_custom_methods: true },
    server_header_transformation: "PASS_THROUGH",
    local_reply_config: {
      mappers: [
        {
          filter: { status_code_filter: { comparison: everyStatus } },
          headers_to_add: [
            {
              header: { key: "x-tollgate-details", value: "%RESPONSE_CODE_DETAILS%" },
              append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
            },
          ],
        },
      ],
    },
    http_filters: [
      peerFilter(),
      metadataFilter(),
      removingFilter("engine", [PEER_HEADER, METADATA_HEADER]),
      wasmFilter({ wasmPath, name: "tollgate", vmId: name }),
      // However slow the machine is, and whatever the upstream answers: it is asked once.
      removingFilter("router", ROUTER_HEADERS),
      routerFilter(),
    ],
    route_config: {
      name,
      response_headers_to_remove: ["x-tollgate-details"],
      virtual_hosts: [
        { name, domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: UPSTREAM } }] },
      ],
    },
  };
}

/** As our own listeners, but for whom it believes. */
function peerFilter(): object {
  return {
    name: "envoy.filters.http.set_filter_state",
    typed_config: typed("filters.http.set_filter_state.v3.Config", {
      on_request_headers: [
        {
          object_key: DIRECT_REMOTE_ADDRESS,
          factory_key: "envoy.string",
          format_string: { text_format_source: { inline_string: `%REQ(${PEER_HEADER})%` } },
        },
      ],
    }),
  };
}

/** Takes request headers away. */
function removingFilter(name: string, headers: readonly string[]): object {
  return {
    name: `envoy.filters.http.header_mutation.${name}`,
    typed_config: typed("filters.http.header_mutation.v3.HeaderMutation", {
      mutations: { request_mutations: headers.map((remove) => ({ remove })) },
    }),
  };
}

function metadataFilter(): object {
  return {
    name: "envoy.filters.http.lua",
    typed_config: typed("filters.http.lua.v3.Lua", {
      default_source_code: { inline_string: METADATA_SCRIPT },
    }),
  };
}

const METADATA_SCRIPT = `
local function decoded(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

function envoy_on_request(handle)
  local text = handle:headers():get("${METADATA_HEADER}")
  if text == nil then return end
  local all = {}
  for path, value in text:gmatch("([^&=]+)=([^&]*)") do
    local names = {}
    for name in path:gmatch("[^/]+") do names[#names + 1] = decoded(name) end
    local at = all
    for i = 1, #names - 1 do
      at[names[i]] = at[names[i]] or {}
      at = at[names[i]]
    end
    at[names[#names]] = decoded(value)
  end
  for filter, tree in pairs(all) do
    for key, value in pairs(tree) do handle:streamInfo():dynamicMetadata():set(filter, key, value) end
  end
end
`;
