// How Protocol Buffers mark what follows a field's number.

/** The form of a field's value on the wire. */
export enum WireType {
  /** int32, int64, uint32, uint64, sint32, sint64, bool, enum. */
  Varint = 0,
  /** fixed64, sfixed64, double. */
  Fixed64 = 1,
  /** string, bytes, messages, maps, packed lists. */
  Bytes = 2,
  /** fixed32, sfixed32, float. */
  Fixed32 = 5,
}
