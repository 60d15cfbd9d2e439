// AssemblyScript: a filter that calls foreign functions as it is told to, for runtime-tests/foreign-functions. A request's
// body is {u32 size, bytes} for each argument, and its path says what to do with them; the response is what came of it.
// Requests below /route/ go on to the upstream.
import {
  Body,
  Bytes,
  Context,
  DataAction,
  HeaderPairs,
  Headers,
  HeadersAction,
  HttpContext,
  lastStatus,
  log,
  LogLevel,
  registerFilter,
  sendLocalResponse,
  Status,
} from "proxy-wasm-assemblyscript-sdk";
import {
  callForeignFunction,
  clearRouteCache,
  compress,
  declareProperty,
  derSignature,
  Expression,
  Hash,
  LifeSpan,
  PropertyType,
  setFilterState,
  sign,
  signatureError,
  uncompress,
  verifySignature,
} from "proxy-wasm-assemblyscript-sdk/foreign";
import { filterState, getProperty, setProperty } from "proxy-wasm-assemblyscript-sdk/properties";

const HASHES = ["sha1", "sha224", "sha256", "sha384", "sha512"];

/** An argument of the request by its place; empty where there is none. */
function argument(body: Bytes, place: u32): Bytes {
  let at: u32 = 0;
  while (at + 4 <= body.size) {
    const size = load<u32>(body.pointer + at);
    at += 4;
    if (place-- == 0) return body.slice(at, at + size);
    at += size;
  }
  return new Bytes();
}

function textOf(value: Bytes | null): string {
  return value === null ? "none" : value.toString();
}

class Tester extends HttpContext {
  private declared: string = "";
  private expressions: Map<string, Expression> = new Map();

  override onConfigure(configuration: Bytes): bool {
    const first = declareProperty("once", PropertyType.Text, true);
    const again = declareProperty("once", PropertyType.Text);
    const kept = declareProperty("kept", PropertyType.Bytes, false, LifeSpan.Connection);
    this.declared = `${first} ${again} ${kept}`;
    this.expression("truth", "request.path.startsWith('/evaluate')");
    this.expression("number", "size(request.path) + 1");
    this.expression("fraction", "1.5");
    this.expression("text", "request.method + '!'");
    this.expression("missing", "request.headers['x-none']");
    this.expression("null", "null");
    this.expression("declared", "once == 'first'");
    return true;
  }

  private expression(name: string, text: string): void {
    const expression = Expression.create(text);
    if (expression === null) log(LogLevel.Error, `no expression: ${text} ${lastStatus()}`);
    else this.expressions.set(name, expression);
  }

  override onForeignFunction(functionId: u32, argument: Body): void {
    log(LogLevel.Info, `called back by ${functionId}: ${textOf(argument.get())}`);
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const path = headers.get(":path");
    if (path === null) return HeadersAction.Continue;
    if (path.startsWith("/route/")) {
      setFilterState("envoy.string", path.slice(7));
      if (headers.has("x-clear")) clearRouteCache();
      return HeadersAction.Continue;
    }
    if (!endOfStream) return HeadersAction.StopIteration;
    this.answer(path, new Bytes());
    return HeadersAction.StopIteration;
  }

  override onRequestBody(body: Body, endOfStream: bool): DataAction {
    if (!endOfStream) return DataAction.StopIterationAndBuffer;
    const content = body.get();
    if (content !== null) this.answer(argument(content, 0), content);
    return DataAction.StopIterationAndBuffer;
  }

  private answer(path: Bytes, body: Bytes): void {
    const task = path.toString();
    if (task == "/compress") return this.bytes(compress(argument(body, 1)));
    if (task == "/uncompress") return this.bytes(uncompress(argument(body, 1)));
    if (task == "/sign") {
      const signature = sign(this.hash(body), argument(body, 2), argument(body, 3));
      return this.bytes(signature, signatureError().toString());
    }
    if (task == "/verify") {
      const valid = verifySignature(this.hash(body), argument(body, 2), argument(body, 3), argument(body, 4));
      return this.text(`${valid} ${lastStatus()} ${signatureError().toString()}`);
    }
    if (task == "/der") return this.bytes(derSignature(argument(body, 1)));
    if (task == "/unknown") return this.bytes(callForeignFunction("no_such_function", "x"));
    if (task == "/state") return this.state();
    if (task == "/kept") return this.kept();
    if (task == "/property") return this.property();
    this.evaluate();
  }

  private hash(body: Bytes): Hash {
    return HASHES.indexOf(argument(body, 1).toString());
  }

  private state(): void {
    const before = textOf(filterState.value("envoy.string"));
    const set = setFilterState("envoy.string", "grüß");
    const after = textOf(filterState.value("envoy.string"));
    const unknown = setFilterState("my.own.key", "x");
    const nonsense = setFilterState("envoy.network.ip", "no address");
    this.text(`${before} ${set} ${after} ${unknown} ${nonsense}`);
  }

  /** What a request before on the connection left, and what this one leaves. */
  private kept(): void {
    const before = `${textOf(filterState.value("envoy.string"))} ${textOf(getProperty("kept"))}`;
    const status = setFilterState("envoy.string", "kept", LifeSpan.Connection);
    this.text(`${before} ${status} ${setProperty("kept", "too")}`);
  }

  private property(): void {
    const none = textOf(getProperty("once"));
    const first = setProperty("once", "first");
    const second = setProperty("once", "second");
    const free = setProperty("free", "1") == Status.Ok ? setProperty("free", "2") : -1;
    const late = declareProperty("free", PropertyType.Text);
    const deep = setProperty("a\0b", "deep");
    const values = `${textOf(getProperty("once"))} ${textOf(getProperty("free"))} ${textOf(getProperty("a\0b"))}`;
    const type = this.expressions.get("declared").evaluateBoolean();
    this.text(`${this.declared} | ${none} ${first} ${second} ${free} ${late} ${deep} | ${values} | ${type}`);
  }

  private evaluate(): void {
    const all = this.expressions;
    const truth = all.get("truth").evaluateBoolean();
    const number = all.get("number").evaluateInteger();
    const fraction = all.get("fraction").evaluateDouble();
    const text = textOf(all.get("text").evaluate());
    const missing = `${all.get("missing").evaluate() === null} ${lastStatus()}`;
    const nothing = `${all.get("null").evaluate() === null} ${lastStatus()}`;
    const refused = `${Expression.create("request.path +") === null} ${lastStatus()}`;
    const passing = Expression.create("true");
    const ended = passing === null ? "none" : this.end(passing);
    this.text(`${truth} ${number} ${fraction} ${text} | ${missing} | ${nothing} | ${refused} | ${ended}`);
  }

  private end(expression: Expression): string {
    const before = expression.evaluateBoolean();
    const deleted = expression.delete();
    return `${before} ${deleted} ${expression.evaluateBoolean()} ${lastStatus()}`;
  }

  private text(text: string): void {
    sendLocalResponse(200, text, "tested");
  }

  /** The bytes; where there are none, why not. */
  private bytes(value: Bytes | null, error: string = ""): void {
    const status = lastStatus();
    if (value === null) return this.text(`none ${status} ${error}`);
    sendLocalResponse<Bytes, string>(
      200,
      value,
      "tested",
      new HeaderPairs().add("content-type", "application/octet-stream"),
    );
  }
}

registerFilter((): Context => new Tester());
