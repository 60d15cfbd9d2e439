// AssemblyScript: a filter that checks tokens' signatures as it is told to, for runtime-tests/token-signatures. A request's body is a JWK
// Set on its first line and a token on each other; the response has a digit for each token: 1 where it is good.
import {
  Body,
  DataAction,
  Headers,
  HeadersAction,
  HttpContext,
  registerFilter,
  sendLocalResponse,
} from "proxy-wasm-assemblyscript-sdk";
import { verifyToken } from "../../../filters/runtime/token/key-set";
import { keySetOf, replaceKeySet, reserveKeySet } from "../../../filters/runtime/token/remote-key-set";
import { readToken } from "../../../filters/runtime/token/token";

const KEY_SET: usize = memory.data(16, 8);
const LINE_FEED: u8 = 0x0a;

class Verifier extends HttpContext {
  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    return HeadersAction.StopIteration;
  }

  override onRequestBody(body: Body, endOfStream: bool): DataAction {
    if (!endOfStream) return DataAction.StopIterationAndBuffer;
    const content = body.get();
    if (content === null || !reserveKeySet(KEY_SET, 32768)) return DataAction.StopIterationAndBuffer;
    const end = content.pointer + content.size;
    let at = lineEnd(content.pointer, end);
    let answer = replaceKeySet(KEY_SET, content.pointer, <u32>(at - content.pointer)).toString();
    while (at < end) {
      const start = at + 1;
      at = lineEnd(start, end);
      answer += readToken(start, <u32>(at - start)) && verifyToken(keySetOf(KEY_SET)) ? "1" : "0";
    }
    sendLocalResponse(200, answer, "");
    return DataAction.StopIterationAndBuffer;
  }
}

function lineEnd(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != LINE_FEED) at++;
  return at;
}

registerFilter(() => new Verifier());
