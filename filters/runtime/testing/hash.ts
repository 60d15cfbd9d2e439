// AssemblyScript, for hash.test.ts.
export { mix, siphash13 } from "../hash";
export { scratch } from "./scratch";
