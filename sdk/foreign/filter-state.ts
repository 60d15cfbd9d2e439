// Filter state that Envoy's own filters read.
import { lastStatus } from "../abi/answer";
import { Status } from "../abi/numbers";
import { ProtoWriter } from "../protobuf/writer";
import { callForeignFunction } from "./call";
import { LifeSpan } from "./life-span";

/**
 * Puts an object into the stream's filter state, made of `value` by the factory that Envoy has for `key`, such as
 * `envoy.upstream.dynamic_host` or `envoy.network.upstream_server_name`. Read it back by `filterState.value(key)`. For
 * names of one's own there is `setProperty`.
 * @returns `NotFound` where Envoy has no factory of that name, or there is no stream; `BadArgument` where the factory
 *   makes nothing of the value
 */
export function setFilterState<K, V>(key: K, value: V, span: LifeSpan = LifeSpan.FilterChain): Status {
  const argument = new ProtoWriter().string(1, key).string(2, value).uint64(3, span);
  callForeignFunction("set_envoy_filter_state", argument.bytes);
  return lastStatus();
}
