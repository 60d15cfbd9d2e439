// AssemblyScript: a filter that limits by a service, for runtime-tests/mesh-limit: what a compiled policy does, and nothing
// else. The header `x-user` is the key; `x-limits` says which limits count: 1 the small one, 2 the large one, 3 both.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import {
  proxy_continue_stream,
  proxy_get_header_map_value,
  proxy_send_local_response,
} from "proxy-wasm-assemblyscript-sdk/abi/env";
import { HeaderMap, HeadersAction, Status, StreamType } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { now, seedKeys } from "../../../filters/runtime/limit-key";
import { MeshAnswer } from "../../../filters/runtime/mesh/answer";
import { addMeshKeyMark, addMeshKeyText, beginMeshKey } from "../../../filters/runtime/mesh/key";
import { reserveLeases } from "../../../filters/runtime/mesh/leases";
import { addMeshRate, beginMeshLimit } from "../../../filters/runtime/mesh/limit";
import {
  beginMesh,
  meshAnswer,
  meshAsk,
  meshClosed,
  meshGiveBack,
  meshWait,
} from "../../../filters/runtime/mesh/mesh";
import { declareMesh, describeMeshService } from "../../../filters/runtime/mesh/service";
import { nextMeshWaiting } from "../../../filters/runtime/mesh/waiting";

export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";

const DAY: u32 = 86400;
/** Milliseconds: much more than any answer takes that comes. */
const TIMEOUT: u32 = 2000;

const SERVICE: usize = memory.data(40, 8);
const SMALL: usize = memory.data(96, 8);
const LARGE: usize = memory.data(96, 8);
// "ratelimit", "shop", "shop/fair-use/small/small", "shop/fair-use/large/large"
const CLUSTER: usize = memory.data<u8>([114, 97, 116, 101, 108, 105, 109, 105, 116]);
const DOMAIN: usize = memory.data<u8>([115, 104, 111, 112]);
const SMALL_NAME: usize = memory.data<u8>([
  115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 47, 115, 109, 97, 108, 108, 47, 115, 109, 97,
  108, 108,
]);
const LARGE_NAME: usize = memory.data<u8>([
  115, 104, 111, 112, 47, 102, 97, 105, 114, 45, 117, 115, 101, 47, 108, 97, 114, 103, 101, 47, 108, 97, 114,
  103, 101,
]);
// "x-user", "x-limits"
const USER: usize = memory.data<u8>([120, 45, 117, 115, 101, 114]);
const LIMITS: usize = memory.data<u8>([120, 45, 108, 105, 109, 105, 116, 115]);
const OUT: usize = memory.data(8, 4);

export function proxy_on_configure(context: u32, size: u32): u32 {
  seedKeys();
  declareMesh(context);
  beginMeshLimit(SMALL, SERVICE);
  beginMeshLimit(LARGE, SERVICE);
  return <u32>(
    (describeMeshService(SERVICE, CLUSTER, 9, DOMAIN, 4, TIMEOUT) &&
      reserveLeases(SMALL, 64) &&
      reserveLeases(LARGE, 64) &&
      addMeshRate(SMALL, SMALL_NAME, 25, DAY, 5) &&
      addMeshRate(LARGE, LARGE_NAME, 25, DAY, 6400))
  );
}

export function proxy_on_request_headers(stream: u32, count: u32, endOfStream: u32): u32 {
  return handle(stream);
}

export function proxy_on_grpc_receive(context: u32, token: u32, size: u32): void {
  if (meshAnswer(token, size)) resume();
}

export function proxy_on_grpc_close(context: u32, token: u32, status: u32): void {
  if (meshClosed(token, status)) resume();
}

function resume(): void {
  for (let stream = nextMeshWaiting(); stream != 0; stream = nextMeshWaiting()) {
    if (handle(stream) == HeadersAction.Continue) proxy_continue_stream(StreamType.Request);
  }
}

function handle(stream: u32): HeadersAction {
  resetArena();
  const which = header(LIMITS, 8) == Status.Ok ? load<u8>(load<usize>(OUT)) & 3 : 1;
  beginMesh(stream, now());
  let answer = MeshAnswer.Allowed;
  if ((which & 1) != 0) answer = ask(SMALL);
  if ((which & 2) != 0 && (answer == MeshAnswer.Allowed || answer == MeshAnswer.Waiting)) {
    const other = ask(LARGE);
    if (other != MeshAnswer.Allowed) answer = other;
  }
  if (answer == MeshAnswer.Allowed) return HeadersAction.Continue;
  if (answer == MeshAnswer.Waiting && meshWait()) return HeadersAction.StopIteration;
  meshGiveBack();
  proxy_send_local_response(answer == MeshAnswer.Limited ? 429 : 503, 0, 0, 0, 0, 0, 0, -1);
  return HeadersAction.StopIteration;
}

function ask(limit: usize): MeshAnswer {
  beginMeshKey();
  if (header(USER, 6) == Status.Ok) addMeshKeyText(load<usize>(OUT), load<u32>(OUT, 4), false);
  else addMeshKeyMark(0);
  return meshAsk(limit, 1);
}

function header(name: usize, size: u32): Status {
  return proxy_get_header_map_value(HeaderMap.Request, name, size, OUT, OUT + 4);
}
