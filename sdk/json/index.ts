// JSON read and written.
export { ByteWriter } from "../byte-writer";
export { Json } from "./json";
export { JsonKind } from "./kind";
export { JsonWriter } from "./writer";
