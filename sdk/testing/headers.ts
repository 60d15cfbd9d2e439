// AssemblyScript: a filter that does what the lines of its configuration say to the request's headers and logs what it
// sees, for headers.test.ts.
import {
  Bytes,
  HeaderPairs,
  Headers,
  HttpCall,
  sendLocalResponse,
  HeadersAction,
  HttpContext,
  lastStatus,
  LogLevel,
  log,
  registerFilter,
} from "proxy-wasm-assemblyscript-sdk";

class Script extends HttpContext {
  private lines: string[] = [];
  private request: Headers | null = null;

  override onConfigure(configuration: Bytes): bool {
    this.lines = configuration.toString().split("\n");
    return true;
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    this.request = headers;
    for (let i = 0; i < this.lines.length; i++) {
      const words = this.lines[i].split(" ");
      const name = words.length > 1 ? words[1] : "";
      const value = words.length > 2 ? words[2] : "";
      if (words[0] == "set") headers.set(name, value);
      else if (words[0] == "add") headers.add(name, Bytes.of(value));
      else if (words[0] == "remove") headers.remove(Bytes.of(name));
      else if (words[0] == "get") this.say(name, headers.get(name));
      else if (words[0] == "get-bytes") this.say(name, headers.get(Bytes.of(name)));
      else if (words[0] == "count")
        say(`${headers.count(name)} ${headers.has(name)} ${headers.is(name, value)}`);
      else if (words[0] == "all") say(join(headers.getAll(name)));
      else if (words[0] == "split") this.split(headers);
      else if (words[0] == "reuse") this.reuse(headers, name);
      else if (words[0] == "dump") dump(headers);
    }
    return HeadersAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    // Not readable in this phase.
    const request = this.request;
    if (request !== null) {
      this.say("x-a", request.get("x-a"));
      say(`${request.readable} ${request.length} ${<i32>request.set("x-a", "1")}`);
    }
    return HeadersAction.Continue;
  }

  /** Tries to smuggle a header in, in every way there is. */
  private split(headers: Headers): void {
    const values = ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b", "abc\tdef\n", "abcdefghi\rjkl"];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const pairs = new HeaderPairs().add("x-a", value);
      const named = new HeaderPairs().add(value, "a");
      say(
        `${<i32>headers.set("x-a", value)} ${<i32>headers.add("x-a", Bytes.of(value))} ${<i32>headers.set(value, "a")}` +
          ` ${<i32>headers.replaceAll(pairs)} ${<i32>sendLocalResponse(200, "", "", named)}` +
          ` ${<i32>this.httpCall(new HttpCall("one").header("x-a", value))} ${pairs.length}`,
      );
    }
  }

  /** Writes out of one buffer again and again, as a filter may. */
  private reuse(headers: Headers, name: string): void {
    const buffer = new Uint8Array(1);
    for (let i: u8 = 0; i < 3; i++) {
      buffer[0] = 0x61 + i;
      headers.add(`${name}-${i}`, buffer);
    }
    buffer[0] = 0x21;
  }

  private say(name: string, value: Bytes | null): void {
    say(value === null ? `${name} absent ${<i32>lastStatus()}` : `${name}=${value.toString()}`);
  }
}

function say(text: string): void {
  log(LogLevel.Info, text);
}

function join(values: Bytes[]): string {
  let text = "";
  for (let i = 0; i < values.length; i++) text += (i > 0 ? "|" : "") + values[i].toString();
  return text;
}

function dump(headers: Headers): void {
  const name = new Bytes();
  const value = new Bytes();
  for (let i: u32 = 0; i < headers.length; i++) {
    headers.readNameAt(i, name);
    headers.readValueAt(i, value);
    say(`${name.toString()}: ${value.toString()}`);
  }
  headers.readNameAt(headers.length, name);
  if (name.size > 0) say("a name beyond the last");
}

registerFilter(() => new Script());
