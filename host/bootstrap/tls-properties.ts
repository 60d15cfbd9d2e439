/** What a filter can ask about the TLS of its client's connection, as Envoy tells it. */
import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { propertyPath, type PropertyValue } from "../properties.ts";

/** Properties below `connection`; of the server's name only where a TLS inspector has looked for it. */
export function tlsProperties(socket: Socket, inspected: boolean): [path: string, value: PropertyValue][] {
  const requested = (socket as { servername?: string | false }).servername || "";
  const serverName: [string, PropertyValue] = [
    propertyPath("connection", "requested_server_name"),
    inspected ? requested : "",
  ];
  if (!(socket instanceof TLSSocket)) return [serverName];
  const peer = socket.getPeerX509Certificate();
  const local = socket.getX509Certificate();
  const fields: [string, PropertyValue | undefined][] = [
    ["mtls", peer !== undefined],
    ["tls_version", socket.getProtocol() ?? undefined],
    ["subject_local_certificate", subject(local)],
    ["subject_peer_certificate", subject(peer)],
    ["dns_san_local_certificate", firstName(local, "DNS")],
    ["dns_san_peer_certificate", firstName(peer, "DNS")],
    ["uri_san_local_certificate", firstName(local, "URI")],
    ["uri_san_peer_certificate", firstName(peer, "URI")],
    ["sha256_peer_certificate_digest", peer?.fingerprint256.replaceAll(":", "").toLowerCase()],
  ];
  const known = fields.flatMap(([name, value]): [string, PropertyValue][] =>
    value === undefined ? [] : [[propertyPath("connection", name), value]],
  );
  return [serverName, ...known];
}

/** The subject in the order of RFC 2253: the last relative name first. */
function subject(certificate: X509Certificate | undefined): string {
  return certificate?.subject.split("\n").reverse().join(",") ?? "";
}

function firstName(certificate: X509Certificate | undefined, kind: "DNS" | "URI"): string | undefined {
  const names = certificate?.subjectAltName?.split(", ") ?? [];
  return names.find((name) => name.startsWith(`${kind}:`))?.slice(kind.length + 1);
}
