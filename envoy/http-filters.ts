// The HTTP filters of a generated listener, in Envoy's terms.
import { fromFile, typed } from "./typed.ts";

export interface FilterConfig {
  /** Absolute path. Envoy reads the file once: changed content needs a changed name. */
  wasmPath: string;
  /** The filter's and the plugin's name, as in Envoy's logs and the property `plugin_name`. */
  name: string;
  /** Filters with the same vm_id, code and VM configuration share one VM in each worker. */
  vmId: string;
  /** Default: empty. */
  rootId?: string;
  /** What the filter reads as its plugin configuration; absent: nothing. */
  configuration?: string;
}

/** The filter-state key under which our filters find the address of the direct peer. */
export const DIRECT_REMOTE_ADDRESS = "tollgate.direct_remote_address";

/** A proxy-wasm filter from a local file. */
export function wasmFilter(config: FilterConfig): object {
  const plugin = {
    name: config.name,
    root_id: config.rootId ?? "",
    // A trap costs its one request; the other policies answer 503 for ever, or let everything through.
    failure_policy: "FAIL_RELOAD",
    vm_config: {
      vm_id: config.vmId,
      runtime: "envoy.wasm.runtime.v8",
      code: { local: { filename: config.wasmPath } },
    },
    ...(config.configuration === undefined
      ? {}
      : {
          configuration: {
            "@type": "type.googleapis.com/google.protobuf.StringValue",
            value: config.configuration,
          },
        }),
  };
  return { name: config.name, typed_config: typed(WASM_FILTER, { config: plugin }) };
}

const WASM_FILTER = "filters.http.wasm.v3.Wasm";

/**
 * A Wasm filter that Envoy reads from a file, as `TypedExtensionConfig`, and again whenever the file changes: requests under way
 * keep the one they began with. Until there is a first one that Envoy takes, requests are answered 500.
 */
export function followedFilter(name: string, file: string): object {
  return {
    name,
    config_discovery: {
      config_source: fromFile(file),
      type_urls: [typed(WASM_FILTER)["@type"]],
      apply_default_config_without_warming: false,
    },
  };
}

/**
 * Writes the direct peer's address into filter state, ahead of every Wasm filter. The Wasm property `source.address`
 * will not do: a client's own `x-forwarded-for` decides it.
 */
export function directRemoteAddressFilter(): object {
  return {
    name: "envoy.filters.http.set_filter_state",
    typed_config: typed("filters.http.set_filter_state.v3.Config", {
      on_request_headers: [
        {
          object_key: DIRECT_REMOTE_ADDRESS,
          factory_key: "envoy.string",
          format_string: {
            text_format_source: { inline_string: "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%" },
          },
        },
      ],
    }),
  };
}

/** The router, last. It adds no x-envoy-* headers: the upstream sees what the client and the filters sent. */
export function routerFilter(): object {
  return {
    name: "envoy.filters.http.router",
    typed_config: typed("filters.http.router.v3.Router", { suppress_envoy_headers: true }),
  };
}
