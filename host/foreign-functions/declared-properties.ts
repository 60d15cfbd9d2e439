/** `declare_property` and `set_envoy_filter_state`. */
import { Status } from "../abi.ts";
import { fromBytes, NO_BYTES } from "../bytes.ts";
import { isFilterStateKey } from "../filter-state.ts";
import type { Machine } from "../machine.ts";
import { ProtobufMessage } from "../protobuf.ts";

const TYPE_STRING = 1;

/** {name 1, readonly 2, type 3, schema 4, span 5}; only CEL looks at the type, the span is always the stream. */
export function declareProperty(machine: Machine, argument: Uint8Array): Uint8Array | number {
  const args = ProtobufMessage.parse(argument);
  const name = args?.text(1);
  if (args === undefined || name === undefined) return Status.BadArgument;
  // In Envoy it is the running callback's context that remembers, and only the root's memory is ever asked.
  const { declared } = machine.current;
  const key = fromBytes(Buffer.from(name));
  if (declared.has(key)) return Status.BadArgument;
  declared.set(key, { readonly: args.boolean(2), text: args.number(3) === TYPE_STRING });
  return NO_BYTES;
}

/** {path 1, value 2, span 3} */
export function setEnvoyFilterState(machine: Machine, argument: Uint8Array): Uint8Array | number {
  const args = ProtobufMessage.parse(argument);
  const path = args?.text(1);
  if (args === undefined || path === undefined || args.text(2) === undefined) return Status.BadArgument;
  // Only names that some part of Envoy knows how to make an object for.
  if (!isFilterStateKey(path)) return Status.NotFound;
  const { context } = machine;
  if (context.isRoot) return Status.NotFound;
  context.filterState ??= new Map();
  context.filterState.set(`filter_state\0${path}`, Uint8Array.from(args.bytes(2)));
  return NO_BYTES;
}
