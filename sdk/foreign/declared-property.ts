// What kind of property `setProperty` sets.
import { lastStatus } from "../abi/answer";
import { Status } from "../abi/numbers";
import { ProtoWriter } from "../protobuf/writer";
import { callForeignFunction } from "./call";
import { LifeSpan } from "./life-span";

/**
 * What others, CEL and access logs among them, are to take a property for. `getProperty` gives its bytes in any
 * case.
 */
export enum PropertyType {
  /** Bytes. */
  Bytes = 0,
  /** UTF-8. */
  Text = 1,
  /** A FlatBuffer of the schema that goes with it. */
  FlatBuffer = 2,
  /** A message of the type whose full name is the schema. */
  Protobuf = 3,
}

/**
 * Says of a property what it will be, ahead of the first `setProperty`; one that nothing was said of is bytes, for the
 * filter chain, and can be set again. Only what is said on the filter object counts: call it in `onVmStart` or
 * `onConfigure`.
 *
 * @param name the property's name, a single segment
 * @param readonly it can be set once only
 * @param span how long it stays
 * @param schema for a Protobuf its type's full name, for a FlatBuffer its schema
 * @returns `BadArgument` where it has been declared before
 */
export function declareProperty<N>(
  name: N,
  type: PropertyType,
  readonly: bool = false,
  span: LifeSpan = LifeSpan.FilterChain,
  schema: string = "",
): Status {
  const argument = new ProtoWriter()
    .string(1, name)
    .bool(2, readonly)
    .uint64(3, type)
    .string(4, schema)
    .uint64(5, span);
  callForeignFunction("declare_property", argument.bytes);
  return lastStatus();
}
