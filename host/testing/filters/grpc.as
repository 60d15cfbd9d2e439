// Does what the plugin configuration says with the gRPC cluster "rpc", and logs all it is told.
import * as env from "./env";
import { buffer, header, log, OUT, pairs, text } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

let mode = "";

function call(service: string, timeout: i32): i32 {
  const who = text(service);
  const name = text("shop.Greeter");
  const method = text("Hello");
  const metadata = pairs("x-user\0kim\0", 1);
  const request = text("hi");
  const at = changetype<usize>(metadata);
  return env.proxy_grpc_call(who.at, who.size, name.at, name.size, method.at, method.size, at, metadata.byteLength, request.at, request.size, timeout, OUT);
}

function stream(service: string): i32 {
  const who = text(service);
  const name = text("shop.Greeter");
  const method = text("Chat");
  return env.proxy_grpc_stream(who.at, who.size, name.at, name.size, method.at, method.size, 0, 0, OUT);
}

function send(token: i32, message: string, end: i32): i32 {
  const bytes = text(message);
  return env.proxy_grpc_send(token, bytes.at, bytes.size, end);
}

export function proxy_on_configure(context: i32, size: i32): i32 {
  mode = buffer(7, 0, size);
  if (mode.startsWith("call")) log("called=" + call("rpc", mode == "call slow" ? 50 : 0).toString() + " token=" + load<i32>(OUT).toString());
  if (mode == "service") log("service=" + call("\n\x05\n\x03rpc", 0).toString());
  if (mode == "unknown") {
    log("name=" + call("nobody", 0).toString() + " service=" + call("\n\x05\n\x03rpx", 0).toString());
    log("stream=" + stream("nobody").toString() + " send=" + send(5, "", 0).toString() + send(6, "", 0).toString());
    log("close=" + env.proxy_grpc_close(4).toString() + env.proxy_grpc_close(9).toString() + " cancel=" + env.proxy_grpc_cancel(10).toString());
  }
  if (mode.startsWith("stream") || mode == "cancel") {
    const status = stream("rpc");
    const token = load<i32>(OUT);
    log("streams=" + status.toString() + " token=" + token.toString() + " sent=" + send(token, "one", 0).toString());
    if (mode == "cancel") log("cancelled=" + env.proxy_grpc_cancel(token).toString() + " again=" + env.proxy_grpc_cancel(token).toString());
  }
  return 1;
}

export function proxy_on_grpc_receive_initial_metadata(context: i32, token: i32, count: i32): void {
  log("initial token=" + token.toString() + " count=" + count.toString() + " type=" + header(4, "content-type"));
}

export function proxy_on_grpc_receive(context: i32, token: i32, size: i32): void {
  const message = buffer(5, 0, size);
  log("message token=" + token.toString() + " " + message);
  if (message == "one!") {
    send(token, "two", 0);
    log("closed=" + env.proxy_grpc_close(token).toString());
  }
}

export function proxy_on_grpc_receive_trailing_metadata(context: i32, token: i32, count: i32): void {
  log("trailing token=" + token.toString() + " x-end=" + header(5, "x-end"));
}

export function proxy_on_grpc_close(context: i32, token: i32, status: i32): void {
  env.proxy_get_status(OUT + 12, OUT, OUT + 4);
  const message = load<u32>(OUT + 4) == 0 ? "" : String.UTF8.decodeUnsafe(load<u32>(OUT), load<u32>(OUT + 4));
  log("close token=" + token.toString() + " " + status.toString() + "=" + load<i32>(OUT + 12).toString() + " " + message);
}
