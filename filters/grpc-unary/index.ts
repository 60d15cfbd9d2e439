// grpc-unary: asks a gRPC service about each request (access.proto). Whatever goes wrong, the request is refused.
import {
  Body,
  Bytes,
  calloutMessage,
  Context,
  Counter,
  GrpcStatus,
  Headers,
  HeadersAction,
  HttpContext,
  isLogged,
  log,
  LogLevel,
  registerFilter,
  sendLocalResponse,
  Status,
} from "proxy-wasm-assemblyscript-sdk";
import { checkRequest, CheckResponse } from "./messages";

const CLUSTER = "access";
const SERVICE = "tollgate.example.access.v1.Access";
const METHOD = "Check";
const TIMEOUT_MILLISECONDS = 500;

class GrpcUnary extends Context {
  readonly failures: Counter = new Counter("grpc_unary.failures");

  override createContext(): Context | null {
    return new Stream(this);
  }
}

class Stream extends HttpContext {
  constructor(private readonly filter: GrpcUnary) {
    super();
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    // Nobody but this filter says who the user is.
    headers.remove("x-user");
    const asked = this.grpcCall(CLUSTER, SERVICE, METHOD, checkRequest(headers), TIMEOUT_MILLISECONDS);
    if (asked != Status.Ok) this.fail("grpc_unary:no_cluster");
    return HeadersAction.StopAllIterationAndWatermark;
  }

  // A message is a success, and the end of a unary call.
  override onGrpcMessage(tag: u32, message: Body): void {
    const bytes = message.get();
    const response = bytes !== null ? CheckResponse.read(bytes) : null;
    if (response === null) return this.fail("grpc_unary:malformed");
    if (response.denied) return this.refuse(response.status, "grpc_unary:denied");
    if (!response.allowed) return this.fail("grpc_unary:undecided");
    const user = response.user;
    if (!isHeaderValue(user)) return this.fail("grpc_unary:no_user_name");
    if (user.size > 0) this.requestHeaders.set("x-user", user);
    this.continueRequest();
  }

  // Everything else, the time that is over and the server that is away among it, is a status.
  override onGrpcClose(tag: u32, status: GrpcStatus): void {
    if (isLogged(LogLevel.Debug)) {
      log(LogLevel.Debug, "grpc-unary: status " + status.toString() + ", " + calloutMessage().toString());
    }
    if (status == GrpcStatus.PermissionDenied) this.refuse(403, "grpc_unary:denied");
    else if (status == GrpcStatus.Unauthenticated) this.refuse(401, "grpc_unary:denied");
    else this.fail("grpc_unary:status_" + status.toString());
  }

  /** Nobody has decided. */
  private fail(details: string): void {
    this.filter.failures.increment();
    this.refuse(503, details);
  }

  private refuse(status: u32, details: string): void {
    sendLocalResponse(status, "", details);
  }
}

/** Whether bytes can stand in a header: where they come from, a line end in them would begin another header. */
function isHeaderValue(bytes: Bytes): bool {
  for (let i: u32 = 0; i < bytes.size; i++) {
    const byte = bytes.at(i);
    if (byte < 0x20 || byte == 0x7f) return false;
  }
  return true;
}

registerFilter(() => new GrpcUnary());
