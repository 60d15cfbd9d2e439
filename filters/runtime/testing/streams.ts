// AssemblyScript, for streams.test.ts.
export { forget, recall, remember } from "../streams";
export { scratch } from "./scratch";
