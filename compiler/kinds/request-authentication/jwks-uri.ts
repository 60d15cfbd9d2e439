// Where a key set is fetched from: an address that the filter calls through a cluster of Envoy's.
import type { Cluster } from "../../ir/authentication.ts";

export interface JwksUri {
  readonly cluster: Cluster;
  readonly authority: string;
  readonly path: string;
}

/** Takes an address apart; a text is why it is none. */
export function parseJwksUri(text: string): JwksUri | string {
  if (!/^https?:\/\//i.test(text)) return "it does not begin with `https://` or `http://`";
  // What the standard reader of addresses would pass over in silence.
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f-\uffff\\]/.test(text))
    return "it holds white space or characters that need escapes";
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "it is no address";
  }
  if (url.username !== "" || url.password !== "") return "it holds a user name or a password";
  if (url.hash !== "") return "it holds a fragment (`#`)";
  const tls = url.protocol === "https:";
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  if (port === 0) return "0 is no port";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    cluster: { name: clusterName(host, port, tls), host, port, tls },
    authority: url.host,
    path: `${url.pathname}${url.search}`,
  };
}

/** With and without TLS a host's port is not the same cluster. */
function clusterName(host: string, port: number, tls: boolean): string {
  return `tollgate_jwks_${tls ? "" : "http_"}${host.replace(/[^a-z0-9.-]/g, "_")}_${port}`;
}
