// Memory: a context for each stream, which holds strings and objects of its own until the stream is gone.
import { Context, Headers, HeadersAction, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";

class Filter extends Context {
  open: Map<u32, Stream> = new Map<u32, Stream>();

  override createContext(): Context | null {
    return new Stream(this);
  }
}

class Stream extends HttpContext {
  private notes: string[] = [];

  constructor(private filter: Filter) {
    super();
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    this.filter.open.set(this.id, this);
    const user = headers.get("x-user");
    this.notes.push(user === null ? "nobody" : user.toString());
    this.notes.push(`stream ${this.id} of ${this.filter.open.size}`);
    return HeadersAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    this.notes.push("answered");
    headers.add("x-notes", this.notes.join(", "));
    return HeadersAction.Continue;
  }

  override onDelete(): void {
    this.filter.open.delete(this.id);
  }
}

registerFilter(() => new Filter());
