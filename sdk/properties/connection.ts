// `connection.*`: the client's connection, and its TLS.
import { Bytes } from "../bytes";
import { getBooleanProperty, getIntegerProperty, getProperty } from "../property";

/** `connection.id`: Envoy's number of the connection. Everywhere. */
export function id(otherwise: i64 = -1): i64 {
  return getIntegerProperty("connection\0id", otherwise);
}

/** `connection_id`: the same number, under the name that only Wasm filters know. Everywhere. */
export function connectionId(otherwise: i64 = -1): i64 {
  return getIntegerProperty("connection_id", otherwise);
}

/**
 * `connection.mtls`: whether the client showed a certificate. Whether a valid one is another question where the
 * listener takes others, too: `peerCertificateValid`. Everywhere; false without TLS.
 */
export function mtls(otherwise: bool = false): bool {
  return getBooleanProperty("connection\0mtls", otherwise);
}

/**
 * `connection.peer_certificate_valid`: whether the client showed a certificate that the listener's trusted CAs vouch
 * for. Everywhere; false without TLS. Since Envoy 1.39.
 */
export function peerCertificateValid(otherwise: bool = false): bool {
  return getBooleanProperty("connection\0peer_certificate_valid", otherwise);
}

/**
 * `connection.requested_server_name`: the name in the client's hello (SNI). Everywhere; empty where there was none, and
 * where the listener has no `envoy.filters.listener.tls_inspector` to look for it.
 */
export function requestedServerName(): Bytes | null {
  return getProperty("connection\0requested_server_name");
}

/** `connection.tls_version`: such as `TLSv1.3`. Everywhere; absent without TLS. */
export function tlsVersion(): Bytes | null {
  return getProperty("connection\0tls_version");
}

/**
 * `connection.subject_local_certificate`: the subject of the certificate that the proxy showed, in the form of RFC
 * 2253; empty where it showed none. Everywhere; absent without TLS.
 */
export function subjectLocalCertificate(): Bytes | null {
  return getProperty("connection\0subject_local_certificate");
}

/**
 * `connection.subject_peer_certificate`: the subject of the certificate that the client showed, in the form of RFC
 * 2253; empty where it showed none. Everywhere; absent without TLS.
 */
export function subjectPeerCertificate(): Bytes | null {
  return getProperty("connection\0subject_peer_certificate");
}

/**
 * `connection.dns_san_local_certificate`: the first DNS name of the certificate that the proxy showed. Everywhere;
 * absent without TLS.
 */
export function dnsSanLocalCertificate(): Bytes | null {
  return getProperty("connection\0dns_san_local_certificate");
}

/**
 * `connection.dns_san_peer_certificate`: the first DNS name of the certificate that the client showed. Everywhere;
 * absent without TLS.
 */
export function dnsSanPeerCertificate(): Bytes | null {
  return getProperty("connection\0dns_san_peer_certificate");
}

/**
 * `connection.uri_san_local_certificate`: the first URI of the certificate that the proxy showed. Everywhere; absent
 * without TLS.
 */
export function uriSanLocalCertificate(): Bytes | null {
  return getProperty("connection\0uri_san_local_certificate");
}

/**
 * `connection.uri_san_peer_certificate`: the first URI of the certificate that the client showed. Everywhere; absent
 * without TLS.
 */
export function uriSanPeerCertificate(): Bytes | null {
  return getProperty("connection\0uri_san_peer_certificate");
}

/**
 * `connection.sha256_peer_certificate_digest`: SHA-256 of the certificate that the client showed, in lower-case hex.
 * Everywhere; absent without TLS.
 */
export function sha256PeerCertificateDigest(): Bytes | null {
  return getProperty("connection\0sha256_peer_certificate_digest");
}

/**
 * `connection.peer_certificate`: the certificate that the client showed, as PEM. Everywhere; absent
 * without TLS. Since Envoy 1.38.
 */
export function peerCertificate(): Bytes | null {
  return getProperty("connection\0peer_certificate");
}

/** `connection.transport_failure_reason`: why the TLS of the connection failed; null where it did not. `onLog`. */
export function transportFailureReason(): Bytes | null {
  return getProperty("connection\0transport_failure_reason");
}

/** `connection.termination_details`: why Envoy ended the connection; null where it did not. `onLog`. */
export function terminationDetails(): Bytes | null {
  return getProperty("connection\0termination_details");
}
