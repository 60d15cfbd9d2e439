// Memory: makes strings, objects, arrays and maps for each request, as careless authors do, with one object for all streams.
import {
  Bytes,
  HeaderPairs,
  Headers,
  HeadersAction,
  HttpContext,
  registerFilter,
} from "proxy-wasm-assemblyscript-sdk";

class Field {
  constructor(
    readonly name: string,
    readonly value: string,
  ) {}
}

class Allocating extends HttpContext {
  private requests: u64 = 0;
  private last: string = "";

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const fields: Field[] = [];
    const byName = new Map<string, Field>();
    const name = new Bytes();
    const value = new Bytes();
    for (let i: u32 = 0; i < headers.length; i++) {
      headers.readNameAt(i, name);
      headers.readValueAt(i, value);
      const field = new Field(name.toString(), value.toString());
      fields.push(field);
      byName.set(field.name, field);
    }
    const path = headers.get(":path");
    const segments = (path === null ? "" : path.toString()).split("/");
    this.requests++;
    // One that is kept until the next request, so that something old is always among the new.
    this.last = `${this.requests} ${fields.length} ${segments.join(".")} ${byName.has("x-user") ? "known" : "unknown"}`;
    headers.set("x-seen", this.last);
    return HeadersAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const pairs = new HeaderPairs();
    const values = this.last.split(" ");
    for (let i = 0; i < values.length; i++) pairs.add(`x-part-${i}`, values[i].toUpperCase());
    headers.add("x-parts", pairs.length.toString());
    return HeadersAction.Continue;
  }
}

registerFilter(() => new Allocating());
