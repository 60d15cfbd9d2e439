// The SDK's shared-data wrappers pass no CAS and read nothing back, so the raw imports are used for those two calls.
export * from "@solo-io/proxy-runtime/proxy";
import {
  RootContext,
  Context,
  registerRootContext,
  FilterHeadersStatusValues,
  stream_context,
  send_local_response,
  HeaderPair,
  Headers,
  GrpcStatusValues,
} from "@solo-io/proxy-runtime";
import { proxy_get_shared_data, proxy_set_shared_data } from "@solo-io/proxy-runtime/imports";
import { get_current_time_nanoseconds } from "@solo-io/proxy-runtime/runtime";
import { free } from "@solo-io/proxy-runtime/malloc";
const RATE: u64 = 1000000,
  BURST: u64 = 1000000000;
const OUT = new ArrayBuffer(16);
const VAL = new ArrayBuffer(16);
class Root extends RootContext {
  onConfigure(n: u32): bool {
    return true;
  }
  createContext(id: u32): Context {
    return new Filter(id, this);
  }
}
class Filter extends Context {
  constructor(id: u32, root: Root) {
    super(id, root);
  }
  onRequestHeaders(n: u32, eos: bool): FilterHeadersStatusValues {
    const key = String.UTF8.encode("rl:" + stream_context.headers.request.get("x-user"));
    const k = changetype<usize>(key),
      o = changetype<usize>(OUT),
      v = changetype<usize>(VAL);
    const t = get_current_time_nanoseconds();
    for (let i = 0; i < 10; i++) {
      let last = t,
        tokens = BURST;
      store<u32>(o, 0, 8);
      if (proxy_get_shared_data(k, key.byteLength, o, o + 4, o + 8) == 0) {
        const p = load<usize>(o);
        if (load<u32>(o, 4) == 16) {
          last = load<u64>(p);
          tokens = load<u64>(p, 8);
        }
        free(p);
      }
      const add: u64 = t > last ? (((t - last) / 1000) * RATE) / 1000000 : 0;
      if (add > 0) {
        tokens = tokens + add < BURST ? tokens + add : BURST;
        last = t;
      }
      if (tokens == 0) {
        const h: Headers = [];
        h.push(new HeaderPair(String.UTF8.encode("content-type"), String.UTF8.encode("application/json")));
        send_local_response(
          429,
          "limited",
          String.UTF8.encode('{"error":"limited"}'),
          h,
          GrpcStatusValues.InvalidCode,
        );
        return FilterHeadersStatusValues.StopIteration;
      }
      store<u64>(v, last);
      store<u64>(v, tokens - 1, 8);
      if (proxy_set_shared_data(k, key.byteLength, v, 16, load<u32>(o, 8)) == 0) break;
    }
    return FilterHeadersStatusValues.Continue;
  }
}
registerRootContext((id: u32) => {
  return new Root(id);
}, "bench");
