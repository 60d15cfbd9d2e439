// One Envoy with a listener for each thing to be compared. Every request passes native RBAC filters that decide and do not
// enforce, and then our filter, which does; the answer's header says what each of them decided.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { directRemoteAddressFilter, routerFilter, wasmFilter } from "../../envoy/http-filters.ts";
import { startEnvoy } from "../../envoy/index.ts";
import { typed } from "../../envoy/typed.ts";
import type { Certificates } from "../../envoy/test-certificates/certificates.ts";
import type { Rbac } from "./to-rbac.ts";
import { converse, type Connection, type WireRequest } from "./wire.ts";

export interface Subject {
  /** Unique; letters, digits, hyphens. */
  readonly name: string;
  /** Our compiled filter; absent: the native ones are looked at alone. */
  readonly wasm?: Uint8Array;
  /** In the order in which they decide. */
  readonly native: readonly Rbac[];
  /** HTTP filters in front of all of these, such as `jwt_authn`. */
  readonly before?: readonly object[];
  /** Whether the native filters enforce what they decide. Default: they only tell. */
  readonly enforce?: boolean;
}

/** What became of one request. */
export interface Told {
  readonly status: number;
  /** Why the answer is what it is; `direct_response` where nobody refused. */
  readonly details: string;
  /** What each native filter decided, in order, and which of its policies matched first. */
  readonly native: readonly { readonly allowed: boolean; readonly policy: string | undefined }[];
}

export interface Rig {
  /**
   * Sends requests on one connection. Undefined where Envoy refused a request itself, before any filter could see it.
   */
  send(name: string, connection: Connection, requests: readonly WireRequest[]): Promise<(Told | undefined)[]>;
  port(name: string): number;
  /** Counters and gauges whose name starts with `prefix`. */
  stats(prefix: string): Promise<Record<string, number>>;
  log(): string;
  close(): Promise<void>;
}

const HEADER = "x-oracle";
const METADATA = "envoy.filters.http.rbac";

export async function startRig(
  envoyPath: string,
  subjects: readonly Subject[],
  certificates: Certificates,
): Promise<Rig> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-oracle-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const listeners = await Promise.all(
      subjects.map(async (subject) => {
        const wasmPath = path.join(directory, `${subject.name}.wasm`);
        if (subject.wasm) await writeFile(wasmPath, subject.wasm);
        return listener(subject, subject.wasm ? wasmPath : undefined, certificates);
      }),
    );
    const envoy = await startEnvoy({
      envoy: envoyPath,
      directory,
      bootstrap: {
        admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } },
        static_resources: { listeners },
      },
      concurrency: 1,
      readyTimeoutMs: 120_000,
    });
    const natives = new Map(subjects.map(({ name, native }) => [name, native.length]));
    const port = (name: string): number => {
      const found = envoy.ports.get(name);
      if (found === undefined) throw new Error(`no listener ${name}`);
      return found;
    };
    return {
      port,
      send: async (name, connection, requests) => {
        const answers = await converse(port(name), connection, requests, HEADER);
        return answers.map(({ status, told }) =>
          told === undefined ? undefined : toldBy(status, told, natives.get(name) ?? 0),
        );
      },
      stats: (prefix) => envoy.stats(prefix),
      log: () => envoy.log(),
      close: async () => {
        await envoy.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Undefined where no filter ran: a native one would have told, and ours would have left its name in the details. */
function toldBy(status: number, value: string, natives: number): Told | undefined {
  const [details = "", ...words] = value.split(" ");
  const native = Array.from({ length: natives }, (_, i) => ({
    allowed: words[2 * i] === "allowed",
    policy: words[2 * i + 1] === "-" ? undefined : words[2 * i + 1],
  }));
  const ran = details === "direct_response" || details.startsWith("tollgate:") || details.startsWith("rbac_");
  return ran ? { status, details, native } : undefined;
}

function listener(subject: Subject, wasmPath: string | undefined, certificates: Certificates): object {
  const manager = {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: typed(
      "filters.network.http_connection_manager.v3.HttpConnectionManager",
      connectionManager(subject, wasmPath),
    ),
  };
  return {
    name: subject.name,
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    // A busy machine is no reason to close a connection.
    listener_filters_timeout: "120s",
    listener_filters: [
      {
        name: "envoy.filters.listener.proxy_protocol",
        typed_config: typed("filters.listener.proxy_protocol.v3.ProxyProtocol", {
          allow_requests_without_proxy_protocol: true,
        }),
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

function connectionManager(subject: Subject, wasmPath: string | undefined): object {
  const { name } = subject;
  const everyStatus = { op: "GE", value: { default_value: 100, runtime_key: "oracle.every_status" } };
  const told = subject.native.flatMap((_, i) => [
    `%DYNAMIC_METADATA(${METADATA}:${prefix(i)}shadow_engine_result)%`,
    `%DYNAMIC_METADATA(${METADATA}:${prefix(i)}shadow_effective_policy_id)%`,
  ]);
  return {
    stat_prefix: name,
    codec_type: "HTTP1",
    // As our own listeners: `x-forwarded-for` names the client.
    use_remote_address: false,
    generate_request_id: false,
    normalize_path: false,
    // Policies may ask for methods that HTTP does not know.
    http_protocol_options: { allow_custom_methods: true },
    stream_idle_timeout: "60s",
    local_reply_config: {
      mappers: [
        {
          filter: { status_code_filter: { comparison: everyStatus } },
          headers_to_add: [
            {
              header: { key: HEADER, value: ["%RESPONSE_CODE_DETAILS%", ...told].join(" ") },
              append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
            },
          ],
        },
      ],
    },
    http_filters: [
      directRemoteAddressFilter(),
      ...(subject.before ?? []),
      ...subject.native.map((rules, i) => rbacFilter(rules, i, subject.enforce === true)),
      ...(wasmPath === undefined ? [] : [wasmFilter({ wasmPath, name: "tollgate", vmId: name })]),
      routerFilter(),
    ],
    route_config: {
      name,
      virtual_hosts: [
        {
          name,
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }],
        },
      ],
    },
  };
}

const prefix = (index: number): string => `native_${index}_`;

function rbacFilter(rules: object, index: number, enforce: boolean): object {
  return {
    name: `rbac-${index}`,
    typed_config: typed("filters.http.rbac.v3.RBAC", {
      ...(enforce && { rules }),
      shadow_rules: rules,
      shadow_rules_stat_prefix: prefix(index),
    }),
  };
}
