// The callbacks of Proxy-Wasm. A module exports by name those that its classes override and no others, since the host
// calls each that is exported; `proxy_abi_version_0_2_1` and `proxy_on_memory_allocate` are always needed. The transform
// (`--transform proxy-wasm-assemblyscript-sdk/transform.mjs`) writes that list by itself.
import { answerPointer, answerSize, ANSWER, succeeded } from "./abi/answer";
import { resetArena } from "./abi/arena";
import { proxy_get_buffer_bytes, proxy_set_effective_context } from "./abi/env";
import { Buffer, HeaderMap, HeadersAction } from "./abi/numbers";
import { Body } from "./body";
import { Bytes } from "./bytes";
import { deliveredTo } from "./callout-status";
import { arrives, Callout, calloutOf, cancelLate, ends, forget, giveUp } from "./callouts";
import { Context } from "./context";
import { beginCallback, goesOnAfterwards, Phase, setCurrentContext, setPhase } from "./current";
import { contextOf, createContext, deleteContext, keptObjects, mayConfigure } from "./filter";
import { Headers } from "./headers";
import { HttpCallResponse } from "./http-call-response";
import { HttpContext } from "./http-context";
import { requestHeaders, requestTrailers, responseHeaders, responseTrailers } from "./http-headers";
import { collectGarbage } from "./memory";
import { TcpContext } from "./tcp-context";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./abi/exports";

/** Every callback begins here: what the last one read is gone. */
function begin(context: u32): void {
  beginCallback(context);
  resetArena();
  collectGarbage(keptObjects());
}

function http(context: u32): HttpContext | null {
  begin(context);
  const object = contextOf(context);
  return object instanceof HttpContext ? changetype<HttpContext>(object) : null;
}

function tcp(context: u32): TcpContext | null {
  begin(context);
  const object = contextOf(context);
  return object instanceof TcpContext ? changetype<TcpContext>(object) : null;
}

// Contexts and configuration.

/**
 * A filter object, a stream or a connection begins: makes its context with the function that was registered, or
 * {@link Context.createContext}.
 */
export function proxy_on_context_create(context: u32, parent: u32): void {
  begin(context);
  cancelLate();
  createContext(context, parent);
}

/** Calls {@link Context.onDelete} and lets the context go. */
export function proxy_on_delete(context: u32): void {
  begin(context);
  setPhase(Phase.Ending);
  const object = contextOf(context);
  if (object !== null) object.onDelete();
  deleteContext(context);
}

/** Calls {@link Context.onDone}. */
export function proxy_on_done(context: u32): u32 {
  begin(context);
  setPhase(Phase.Ending);
  const object = contextOf(context);
  return object === null || object.onDone() ? 1 : 0;
}

/** Calls {@link Context.onLog}. */
export function proxy_on_log(context: u32): void {
  begin(context);
  setPhase(Phase.Ending);
  const object = contextOf(context);
  if (object !== null) object.onLog();
}

const configuration = new Bytes();

/** Points `configuration` at a configuration of `size` bytes; false where the host does not show it. */
function readConfiguration(buffer: Buffer, size: u32): bool {
  configuration.clear();
  if (size == 0) return true;
  if (!succeeded(proxy_get_buffer_bytes(buffer, 0, size, ANSWER, ANSWER + 4))) return false;
  configuration.set(answerPointer(), answerSize());
  return true;
}

/** Calls {@link Context.onVmStart}. */
export function proxy_on_vm_start(context: u32, size: u32): u32 {
  begin(context);
  const object = contextOf(context);
  if (object === null || !readConfiguration(Buffer.VmConfiguration, size)) return 0;
  return object.onVmStart(configuration) ? 1 : 0;
}

/** Calls {@link Context.onConfigure}. */
export function proxy_on_configure(context: u32, size: u32): u32 {
  begin(context);
  const object = contextOf(context);
  if (object === null || !mayConfigure(context)) return 0;
  if (!readConfiguration(Buffer.PluginConfiguration, size)) return 0;
  return object.onConfigure(configuration) ? 1 : 0;
}

/** Calls {@link Context.onValidateConfiguration}. */
export function proxy_validate_configuration(context: u32, size: u32): u32 {
  begin(context);
  const object = contextOf(context);
  if (object === null || !readConfiguration(Buffer.PluginConfiguration, size)) return 0;
  return object.onValidateConfiguration(configuration) ? 1 : 0;
}

/** Calls {@link Context.onTick}. */
export function proxy_on_tick(context: u32): void {
  begin(context);
  cancelLate();
  const object = contextOf(context);
  if (object !== null) object.onTick();
}

/** Calls {@link Context.onQueueReady}. */
export function proxy_on_queue_ready(context: u32, queue: u32): void {
  begin(context);
  const object = contextOf(context);
  if (object !== null) object.onQueueReady(queue);
}

/** Calls {@link Context.onForeignFunction}. */
export function proxy_on_foreign_function(context: u32, functionId: u32, size: u32): void {
  begin(context);
  const object = contextOf(context);
  if (object === null) return;
  callData.announce(size);
  object.onForeignFunction(functionId, callData);
}

const callData = new Body(Buffer.CallData);

// HTTP streams.

const requestBody = new Body(Buffer.RequestBody);
const responseBody = new Body(Buffer.ResponseBody);

/** Calls {@link HttpContext.onRequestHeaders}. */
export function proxy_on_request_headers(context: u32, count: u32, endOfStream: u32): u32 {
  const stream = http(context);
  if (stream === null) return HeadersAction.Continue;
  setPhase(Phase.RequestHeaders);
  const action = stream.onRequestHeaders(requestHeaders, endOfStream != 0);
  return goesOnAfterwards() ? HeadersAction.Continue : action;
}

/** Calls {@link HttpContext.onRequestBody}. */
export function proxy_on_request_body(context: u32, size: u32, endOfStream: u32): u32 {
  const stream = http(context);
  requestBody.announce(size);
  return stream === null ? 0 : stream.onRequestBody(requestBody, endOfStream != 0);
}

/** Calls {@link HttpContext.onRequestTrailers}. */
export function proxy_on_request_trailers(context: u32, count: u32): u32 {
  const stream = http(context);
  return stream === null ? 0 : stream.onRequestTrailers(requestTrailers);
}

/** Calls {@link HttpContext.onRequestMetadata}. */
export function proxy_on_request_metadata(context: u32, count: u32): u32 {
  const stream = http(context);
  return stream === null ? 0 : stream.onRequestMetadata(count);
}

/** Calls {@link HttpContext.onResponseHeaders}. */
export function proxy_on_response_headers(context: u32, count: u32, endOfStream: u32): u32 {
  const stream = http(context);
  if (stream === null) return HeadersAction.Continue;
  setPhase(Phase.ResponseHeaders);
  const action = stream.onResponseHeaders(responseHeaders, endOfStream != 0);
  return goesOnAfterwards() ? HeadersAction.Continue : action;
}

/** Calls {@link HttpContext.onResponseBody}. */
export function proxy_on_response_body(context: u32, size: u32, endOfStream: u32): u32 {
  const stream = http(context);
  responseBody.announce(size);
  return stream === null ? 0 : stream.onResponseBody(responseBody, endOfStream != 0);
}

/** Calls {@link HttpContext.onResponseTrailers}. */
export function proxy_on_response_trailers(context: u32, count: u32): u32 {
  const stream = http(context);
  return stream === null ? 0 : stream.onResponseTrailers(responseTrailers);
}

/** Calls {@link HttpContext.onResponseMetadata}. */
export function proxy_on_response_metadata(context: u32, count: u32): u32 {
  const stream = http(context);
  return stream === null ? 0 : stream.onResponseMetadata(count);
}

// TCP connections.

const downstreamData = new Body(Buffer.DownstreamData);
const upstreamData = new Body(Buffer.UpstreamData);

/** Calls {@link TcpContext.onNewConnection}. */
export function proxy_on_new_connection(context: u32): u32 {
  const connection = tcp(context);
  return connection === null ? 0 : connection.onNewConnection();
}

/** Calls {@link TcpContext.onDownstreamData}. */
export function proxy_on_downstream_data(context: u32, size: u32, endOfStream: u32): u32 {
  const connection = tcp(context);
  downstreamData.announce(size);
  return connection === null ? 0 : connection.onDownstreamData(downstreamData, endOfStream != 0);
}

/** Calls {@link TcpContext.onUpstreamData}. */
export function proxy_on_upstream_data(context: u32, size: u32, endOfStream: u32): u32 {
  const connection = tcp(context);
  upstreamData.announce(size);
  return connection === null ? 0 : connection.onUpstreamData(upstreamData, endOfStream != 0);
}

/** Calls {@link TcpContext.onDownstreamClose}. */
export function proxy_on_downstream_connection_close(context: u32, peer: u32): void {
  const connection = tcp(context);
  if (connection !== null) connection.onDownstreamClose(peer);
}

/** Calls {@link TcpContext.onUpstreamClose}. */
export function proxy_on_upstream_connection_close(context: u32, peer: u32): void {
  const connection = tcp(context);
  if (connection !== null) connection.onUpstreamClose(peer);
}

// Callouts.

let callout: Callout = new Callout(0, 0, true);

/**
 * Finds the context that waits for a callout and puts it in effect; null where it is gone, and then the callout is given
 * up. `last` says whether nothing more can come.
 */
function home(root: u32, token: u32, last: bool): Context | null {
  begin(root);
  deliveredTo(root);
  if (last) ends(token);
  else arrives(root, token);
  const found = calloutOf(token);
  if (found === null) return null;
  callout = found;
  const owner = found.owner;
  const here = owner == root || succeeded(proxy_set_effective_context(owner));
  // Of a stream that the server has ended Envoy keeps what is the filter's until the filter ends it, too, and at last uses
  // it although it is no longer there. Ending it here is in time.
  if (last || !here) giveUp(token, found.single);
  if (!here) return null;
  setCurrentContext(owner);
  return contextOf(owner);
}

const httpCallResponse = new HttpCallResponse();

/** Calls {@link Context.onHttpCallResponse} of the context that asked. */
export function proxy_on_http_call_response(
  root: u32,
  token: u32,
  headers: u32,
  body: u32,
  trailers: u32,
): void {
  const context = home(root, token, true);
  if (context === null) return;
  httpCallResponse.announce(headers, body, trailers);
  context.onHttpCallResponse(callout.tag, httpCallResponse);
}

const initialMetadata = new Headers(HeaderMap.GrpcInitialMetadata);
const message = new Body(Buffer.GrpcMessage);
const trailingMetadata = new Headers(HeaderMap.GrpcTrailingMetadata);

/** Calls {@link Context.onGrpcInitialMetadata} of the context that asked. */
export function proxy_on_grpc_receive_initial_metadata(root: u32, token: u32, count: u32): void {
  const context = home(root, token, false);
  if (context !== null) context.onGrpcInitialMetadata(callout.tag, initialMetadata);
}

/** Calls {@link Context.onGrpcMessage} of the context that asked. */
export function proxy_on_grpc_receive(root: u32, token: u32, size: u32): void {
  const context = home(root, token, false);
  if (context === null) return;
  if (callout.single) forget(token);
  message.announce(size);
  context.onGrpcMessage(callout.tag, message);
}

/** Calls {@link Context.onGrpcTrailingMetadata} of the context that asked. */
export function proxy_on_grpc_receive_trailing_metadata(root: u32, token: u32, count: u32): void {
  const context = home(root, token, false);
  if (context !== null) context.onGrpcTrailingMetadata(callout.tag, trailingMetadata);
}

/** Calls {@link Context.onGrpcClose} of the context that asked. */
export function proxy_on_grpc_close(root: u32, token: u32, status: u32): void {
  const context = home(root, token, true);
  if (context !== null) context.onGrpcClose(callout.tag, status);
}
