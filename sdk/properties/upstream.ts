// `upstream.*`: the server that the request went to. All but the counts have values once there is a connection to it:
// from the response's headers on, unless it is the proxy or a filter that answers.
import { Bytes } from "../bytes";
import { getIntegerProperty, getProperty } from "../property";
import { below } from "./path";

/** `upstream.address`: `ip:port` of the server. From the response's headers on. */
export function address(): Bytes | null {
  return getProperty("upstream\0address");
}

/** `upstream.port`. From the response's headers on. */
export function port(otherwise: i64 = -1): i64 {
  return getIntegerProperty("upstream\0port", otherwise);
}

/** `upstream.local_address`: `ip:port` of the proxy's end. From the response's headers on. */
export function localAddress(): Bytes | null {
  return getProperty("upstream\0local_address");
}

/**
 * `upstream.locality`: where the server is, a serialised `envoy.config.core.v3.Locality`. From the response's
 * headers on.
 */
export function locality(): Bytes | null {
  return getProperty("upstream\0locality");
}

/**
 * One field of `upstream.locality`: `region`, `zone` or `sub_zone`; empty where it is not set. From the response's
 * headers on.
 */
export function localityField<F>(field: F): Bytes | null {
  return getProperty(below("upstream\0locality", field));
}

/**
 * `upstream.transport_failure_reason`: why the connection to the server, or its TLS, failed; empty where it did not.
 * From the response's headers on.
 */
export function transportFailureReason(): Bytes | null {
  return getProperty("upstream\0transport_failure_reason");
}

/**
 * `upstream.request_attempt_count`: how often the request was sent, retries included; 0: not so far. Everywhere.
 */
export function requestAttemptCount(otherwise: i64 = -1): i64 {
  return getIntegerProperty("upstream\0request_attempt_count", otherwise);
}

/**
 * `upstream.cx_pool_ready_duration`: how long the request waited for a connection, in nanoseconds. From the
 * response's headers on.
 */
export function cxPoolReadyDuration(otherwise: i64 = -1): i64 {
  return getIntegerProperty("upstream\0cx_pool_ready_duration", otherwise);
}

/**
 * `upstream.num_endpoints`: how many servers the cluster has. Where there is a route, everywhere. Since Envoy 1.37.
 */
export function numEndpoints(otherwise: i64 = -1): i64 {
  return getIntegerProperty("upstream\0num_endpoints", otherwise);
}

/**
 * `upstream.server_name`: the name that the proxy sent in its hello (SNI). From the response's headers on. Since
 * Envoy 1.39.
 */
export function serverName(): Bytes | null {
  return getProperty("upstream\0server_name");
}

/** `upstream.tls_version`: such as `TLSv1.3`. From the response's headers on; absent without TLS. */
export function tlsVersion(): Bytes | null {
  return getProperty("upstream\0tls_version");
}

/**
 * `upstream.subject_local_certificate`: the subject of the certificate that the proxy showed, in the form of RFC 2253;
 * empty where it showed none. From the response's headers on; absent without TLS.
 */
export function subjectLocalCertificate(): Bytes | null {
  return getProperty("upstream\0subject_local_certificate");
}

/**
 * `upstream.subject_peer_certificate`: the subject of the certificate that the upstream showed, in the form of RFC
 * 2253; empty where it showed none. From the response's headers on; absent without TLS.
 */
export function subjectPeerCertificate(): Bytes | null {
  return getProperty("upstream\0subject_peer_certificate");
}

/**
 * `upstream.dns_san_local_certificate`: the first DNS name of the certificate that the proxy showed. From the
 * response's headers on; absent without TLS.
 */
export function dnsSanLocalCertificate(): Bytes | null {
  return getProperty("upstream\0dns_san_local_certificate");
}

/**
 * `upstream.dns_san_peer_certificate`: the first DNS name of the certificate that the upstream showed. From the
 * response's headers on; absent without TLS.
 */
export function dnsSanPeerCertificate(): Bytes | null {
  return getProperty("upstream\0dns_san_peer_certificate");
}

/**
 * `upstream.uri_san_local_certificate`: the first URI of the certificate that the proxy showed. From the response's
 * headers on; absent without TLS.
 */
export function uriSanLocalCertificate(): Bytes | null {
  return getProperty("upstream\0uri_san_local_certificate");
}

/**
 * `upstream.uri_san_peer_certificate`: the first URI of the certificate that the upstream showed. From the response's
 * headers on; absent without TLS.
 */
export function uriSanPeerCertificate(): Bytes | null {
  return getProperty("upstream\0uri_san_peer_certificate");
}

/**
 * `upstream.sha256_peer_certificate_digest`: SHA-256 of the certificate that the upstream showed, in lower-case hex.
 * From the response's headers on; absent without TLS.
 */
export function sha256PeerCertificateDigest(): Bytes | null {
  return getProperty("upstream\0sha256_peer_certificate_digest");
}

/**
 * `upstream.peer_certificate`: the certificate that the upstream showed, as PEM. From the response's
 * headers on; absent without TLS. Since Envoy 1.38.
 */
export function peerCertificate(): Bytes | null {
  return getProperty("upstream\0peer_certificate");
}
