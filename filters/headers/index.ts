// headers: keeps what is internal inside. Request headers whose names begin with `x-internal-` never reach the upstream,
// the values of a repeated `x-tag` become one, and the response tells how many headers were dropped.
import {
  Bytes,
  Context,
  Headers,
  HeadersAction,
  HttpContext,
  registerFilter,
} from "proxy-wasm-assemblyscript-sdk";

class Filter extends Context {
  // What was counted in the request's phase is told in the response's: that needs an object for each stream.
  override createContext(): Context | null {
    return new Stream();
  }
}

class Stream extends HttpContext {
  private dropped: u32 = 0;

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    this.dropInternal(headers);
    const tags = headers.getAll("x-tag");
    if (tags.length > 1) headers.set("x-tag", join(tags));
    return HeadersAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    headers.set("x-dropped", this.dropped.toString());
    headers.remove("x-powered-by");
    return HeadersAction.Continue;
  }

  private dropInternal(headers: Headers): void {
    const name = new Bytes();
    let index: u32 = 0;
    while (index < headers.length) {
      headers.readNameAt(index, name);
      if (!name.startsWith("x-internal-")) {
        index++;
        continue;
      }
      // Every value goes, and what stood behind moves up.
      this.dropped += headers.count(name);
      headers.remove(name);
    }
  }
}

function join(values: Bytes[]): string {
  let text = "";
  for (let i = 0; i < values.length; i++) text += (i > 0 ? ";" : "") + values[i].toString();
  return text;
}

registerFilter(() => new Filter());
