/** TLS on a listener: `DownstreamTlsContext` with certificates from files or in line. */
import type { ServerTls } from "../proxy/http-server.ts";
import { expectType, type Message } from "./message.ts";
import { readCode } from "./plugin.ts";

const DOWNSTREAM_TLS = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";

export function readServerTls(socket: Message): ServerTls {
  socket.ignore("name");
  return socket.any("typed_config", (typed) => {
    const message = expectType(typed, DOWNSTREAM_TLS);
    const requireClientCertificate = message.boolean("require_client_certificate");
    return message.message("common_tls_context", (context) => {
      const pair = context.only("tls_certificates", (certificate) => ({
        cert: certificate.message("certificate_chain", readText),
        key: certificate.message("private_key", readText),
      }));
      const ca = context.optional("validation_context", (validation) =>
        validation.message("trusted_ca", readText),
      );
      return { ...pair, ca, requireClientCertificate };
    });
  });
}

function readText(source: Message): Buffer {
  return Buffer.from(readCode(source));
}
