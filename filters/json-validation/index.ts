// json-validation: lets JSON through that is JSON and has the fields it must have. The body is gathered and parsed before
// the upstream sees any of it; what is wrong, and where, the client is told.
import {
  Body,
  Bytes,
  Context,
  DataAction,
  HeaderPairs,
  Headers,
  HeadersAction,
  HttpContext,
  LogLevel,
  log,
  registerFilter,
  sendLocalResponse,
} from "proxy-wasm-assemblyscript-sdk";
import { Json, JsonKind, JsonWriter } from "proxy-wasm-assemblyscript-sdk/json";

const DEFAULT_MAX_BYTES = 65536;

class Field {
  constructor(
    readonly name: string,
    readonly type: string,
  ) {}

  /** Whether a value is of this field's type. */
  accepts(value: Json): bool {
    if (this.type == "string") return value.kind == JsonKind.String;
    if (this.type == "number") return value.kind == JsonKind.Number;
    if (this.type == "integer") return value.isInteger;
    if (this.type == "boolean") return value.kind == JsonKind.Boolean;
    if (this.type == "array") return value.kind == JsonKind.Array;
    return value.kind == JsonKind.Object;
  }
}

const TYPES = ["string", "number", "integer", "boolean", "array", "object"];

class JsonValidation extends Context {
  readonly fields: Field[] = [];
  maxBytes: u32 = DEFAULT_MAX_BYTES;

  override onConfigure(configuration: Bytes): bool {
    const config = Json.parse(configuration);
    if (config === null) return refuse(Json.error());
    const maxBytes = config.get("maxBytes");
    if (maxBytes.exists && (maxBytes.asInteger(0) < 1 || maxBytes.asInteger(0) > i32.MAX_VALUE)) {
      return refuse("`maxBytes` must be a whole number above 0");
    }
    this.maxBytes = <u32>maxBytes.asInteger(DEFAULT_MAX_BYTES);
    const required = config.get("required");
    if (required.kind != JsonKind.Object) return refuse("`required` must be an object of names and types");
    for (let i: u32 = 0; i < required.length; i++) {
      const name = required.nameAt(i).toString();
      const type = required.at(i).asString();
      if (!TYPES.includes(type))
        return refuse("the type of `" + name + "` must be one of " + TYPES.join(", "));
      this.fields.push(new Field(name, type));
    }
    return true;
  }

  override createContext(): Context | null {
    return new Stream(this);
  }
}

function refuse(why: string): bool {
  log(LogLevel.Error, "json-validation: " + why);
  return false;
}

class Stream extends HttpContext {
  private checked: bool = false;

  constructor(private rules: JsonValidation) {
    super();
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const type = headers.get("content-type");
    this.checked = type !== null && isJson(type);
    if (!this.checked) return HeadersAction.Continue;
    if (endOfStream) return this.reject(400, "a JSON body is wanted", "json:no_body");
    // The announced size saves gathering what is refused anyway; the bytes themselves are counted below.
    const length = headers.get("content-length");
    if (length !== null && length.toInteger(0) > <i64>this.rules.maxBytes) return this.tooLarge();
    return HeadersAction.Continue;
  }

  override onRequestBody(body: Body, endOfStream: bool): DataAction {
    if (!this.checked) return DataAction.Continue;
    if (body.size > this.rules.maxBytes) {
      this.tooLarge();
      return DataAction.StopIterationNoBuffer;
    }
    if (!endOfStream) return DataAction.StopIterationAndBuffer;
    const bytes = body.get();
    if (bytes === null) {
      this.reject(503, "the body cannot be read", "json:unreadable");
      return DataAction.StopIterationNoBuffer;
    }
    const value = Json.parse(bytes);
    if (value === null) {
      this.reject(400, Json.error(), "json:malformed");
      return DataAction.StopIterationNoBuffer;
    }
    const fault = this.faultOf(value);
    if (fault.length > 0) {
      this.reject(422, fault, "json:invalid");
      return DataAction.StopIterationNoBuffer;
    }
    return DataAction.Continue;
  }

  /** What is missing in a value; empty where nothing is. */
  private faultOf(value: Json): string {
    if (value.kind != JsonKind.Object) return "an object is wanted";
    const fields = this.rules.fields;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      if (!field.accepts(value.get(field.name))) return "`" + field.name + "` must be of type " + field.type;
    }
    return "";
  }

  private tooLarge(): HeadersAction {
    return this.reject(
      413,
      "at most " + this.rules.maxBytes.toString() + " bytes are taken",
      "json:too_large",
    );
  }

  private reject(status: u32, message: string, details: string): HeadersAction {
    const body = new JsonWriter();
    body.beginObject().name("error").string(message).endObject();
    const headers = new HeaderPairs().add("content-type", "application/json");
    sendLocalResponse(status, body.bytes, details, headers);
    return HeadersAction.StopIteration;
  }
}

/** Whether a content type is JSON: `application/json`, or one that is built on it, with or without parameters. */
function isJson(type: Bytes): bool {
  const end = type.indexOf(";");
  const essence = (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
  return essence.equals("application/json") || essence.endsWith("+json");
}

registerFilter(() => new JsonValidation());
