// Protocol Buffers read and written.
export { ByteWriter } from "../byte-writer";
export { ProtoReader } from "./reader";
export { WireType } from "./wire-type";
export { ProtoWriter } from "./writer";
