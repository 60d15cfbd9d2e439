// Clusters: one URL each, HTTP or HTTPS.
import { existsSync } from "node:fs";
import { isIP } from "node:net";
import path from "node:path";
import { typed } from "./typed.ts";

export interface UpstreamConfig {
  /** `http://` or `https://`, host and port only. Host names are resolved by DNS, again and again. */
  upstream: URL;
  /** What the upstream speaks. Default "http1"; "http2" is h2c, or h2 over TLS (gRPC needs it). */
  upstreamProtocol?: "http1" | "http2";
  /** Absolute path of a PEM file: who may sign the certificate of an https upstream. Default: the system's. */
  upstreamCa?: string;
}

/** The name of the cluster that a listener sends to. */
export function clusterName(listener: string): string {
  return `${listener}.upstream`;
}

/** A cluster as `envoy.config.cluster.v3.Cluster`. Throws TypeError for a URL it cannot honour. */
export function cluster(name: string, config: UpstreamConfig): object {
  const { upstream } = config;
  checkUrl(upstream);
  const host = upstream.hostname.replace(/^\[|\]$/g, "");
  const port = upstream.port !== "" ? Number(upstream.port) : upstream.protocol === "https:" ? 443 : 80;
  const http2 = config.upstreamProtocol === "http2";
  return {
    name,
    type: isIP(host) !== 0 ? "STATIC" : "STRICT_DNS",
    // A Node or Go server on `localhost` often listens on 127.0.0.1 only.
    ...(isIP(host) !== 0 ? {} : { dns_lookup_family: "V4_PREFERRED" }),
    connect_timeout: "2s",
    // Envoy's defaults of 1,024 would cut off a load test with a thousand parallel requests.
    circuit_breakers: {
      thresholds: [{ max_connections: 4096, max_pending_requests: 4096, max_requests: 4096 }],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [{ endpoint: { address: { socket_address: { address: host, port_value: port } } } }],
        },
      ],
    },
    ...(http2 ? { typed_extension_protocol_options: speakHttp2() } : {}),
    ...(upstream.protocol === "https:" ? { transport_socket: tls(host, http2, config.upstreamCa) } : {}),
  };
}

function checkUrl(url: URL): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`the upstream \`${url.href}\` is neither http nor https`);
  }
  // Ignoring one of these would send requests, or no credentials, where nobody meant them to go.
  if (
    url.pathname !== "/" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.username !== "" ||
    url.password !== ""
  ) {
    throw new TypeError(`the upstream \`${url.origin}\` may have a host and a port, and nothing else`);
  }
}

function speakHttp2(): object {
  return {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("upstreams.http.v3.HttpProtocolOptions", {
      explicit_http_config: { http2_protocol_options: {} },
    }),
  };
}

function tls(host: string, http2: boolean, ca: string | undefined): object {
  const isAddress = isIP(host) !== 0;
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: typed("transport_sockets.tls.v3.UpstreamTlsContext", {
      ...(isAddress ? {} : { sni: host }),
      common_tls_context: {
        alpn_protocols: [http2 ? "h2" : "http/1.1"],
        // Envoy verifies nothing unless told whom to trust, and any name unless told which.
        validation_context: {
          trusted_ca: { filename: ca ?? systemCa() },
          match_typed_subject_alt_names: [
            { san_type: isAddress ? "IP_ADDRESS" : "DNS", matcher: { exact: host } },
          ],
        },
      },
    }),
  };
}

function systemCa(): string {
  const named = process.env["SSL_CERT_FILE"];
  const candidates = [
    ...(named !== undefined && path.isAbsolute(named) ? [named] : []),
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
  ];
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined)
    throw new TypeError("no bundle of system certificates was found: set `upstreamCa`");
  return found;
}
