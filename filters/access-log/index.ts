// access-log: one JSON line for each request, from what the proxy knows of it: who asked, over which connection, what
// became of it, and which upstream answered.
import { Bytes, HttpContext, LogLevel, isLogged, log, registerFilter } from "proxy-wasm-assemblyscript-sdk";
import { JsonWriter } from "proxy-wasm-assemblyscript-sdk/json";
import {
  connection,
  destination,
  plugin,
  request,
  response,
  source,
  upstream,
  xds,
} from "proxy-wasm-assemblyscript-sdk/properties";

class AccessLog extends HttpContext {
  override onLog(): void {
    // Where such lines are not written, nothing is read and nothing is put together.
    if (!isLogged(LogLevel.Info)) return;
    const line = new JsonWriter();
    line.beginObject();
    text(line, "plugin", plugin.name());
    text(line, "method", request.method());
    text(line, "path", request.urlPath());
    text(line, "query", request.query());
    text(line, "host", request.host());
    text(line, "protocol", request.protocol());
    text(line, "user_agent", this.requestHeaders.get("user-agent"));
    number(line, "status", response.code());
    text(line, "details", response.codeDetails());
    number(line, "request_bytes", request.size());
    number(line, "response_bytes", response.size());
    address(line, "client", source.address());
    address(line, "listener", destination.address());
    if (connection.tlsVersion() !== null) {
      text(line, "tls", connection.tlsVersion());
      line.name("mtls").boolean(connection.mtls());
      text(line, "peer_uri", connection.uriSanPeerCertificate());
      text(line, "peer_subject", connection.subjectPeerCertificate());
    }
    text(line, "route", xds.routeName());
    text(line, "cluster", xds.clusterName());
    line.name("answered").boolean(upstream.address() !== null);
    line.endObject();
    log(LogLevel.Info, line.bytes);
  }
}

function text(line: JsonWriter, name: string, value: Bytes | null): void {
  if (value !== null) line.name(name).string(value);
}

function number(line: JsonWriter, name: string, value: i64): void {
  if (value >= 0) line.name(name).integer(value);
}

/** An address without its port, which differs from connection to connection. */
function address(line: JsonWriter, name: string, value: Bytes | null): void {
  if (value === null) return;
  let end = value.size;
  while (end > 0 && value.at(end - 1) != 0x3a) end--;
  line.name(name).string(end == 0 ? value : value.slice(0, end - 1));
}

registerFilter(() => new AccessLog());
