// body-rewrite: changes bodies in both ways there are. The request's passes through piece by piece, digits masked, so its
// size stays and nothing waits. The response's is gathered, since a word may be cut by a boundary between pieces: every
// `secret` becomes `[redacted]`, and a line goes before and behind it.
import {
  Body,
  Bytes,
  Context,
  DataAction,
  Headers,
  HeadersAction,
  HttpContext,
  registerFilter,
} from "proxy-wasm-assemblyscript-sdk";

class Filter extends Context {
  override createContext(): Context | null {
    return new Stream();
  }
}

class Stream extends HttpContext {
  private text: bool = false;

  override onRequestBody(body: Body, endOfStream: bool): DataAction {
    const piece = body.get();
    if (piece === null || piece.size == 0) return DataAction.Continue;
    const masked = piece.toArrayBuffer();
    const bytes = Uint8Array.wrap(masked);
    for (let i = 0; i < bytes.length; i++) {
      const byte = unchecked(bytes[i]);
      if (byte - 0x30 < 10) unchecked((bytes[i] = 0x23));
    }
    body.set(masked);
    return DataAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const type = headers.get("content-type");
    this.text = type !== null && type.startsWith("text/");
    // The size will be another; without this header Envoy sends the body in chunks.
    if (this.text) headers.remove("content-length");
    return HeadersAction.Continue;
  }

  override onResponseBody(body: Body, endOfStream: bool): DataAction {
    if (!this.text) return DataAction.Continue;
    // Until the end is there, Envoy keeps what came; then the callback sees all of it.
    if (!endOfStream) return DataAction.StopIterationAndBuffer;
    const whole = body.get();
    if (whole !== null) body.set(redact(whole));
    body.prepend("-- begin --\n");
    body.append("\n-- end --");
    return DataAction.Continue;
  }
}

const SECRET = "secret";
const REDACTED = Bytes.of("[redacted]");

/** The bytes with every `secret` replaced. What is no UTF-8 passes through as it is. */
function redact(text: Bytes): Bytes {
  let found = text.indexOf(SECRET);
  if (found < 0) return text;
  const parts: Bytes[] = [];
  let from: u32 = 0;
  while (found >= 0) {
    parts.push(text.slice(from, found));
    parts.push(REDACTED);
    from = found + SECRET.length;
    found = text.indexOf(SECRET, from);
  }
  parts.push(text.slice(from));
  return Bytes.join(parts);
}

registerFilter(() => new Filter());
