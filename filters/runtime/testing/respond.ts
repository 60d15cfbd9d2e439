// AssemblyScript, for respond.test.ts.
export { refuse, refuseForNow, removeHeader, setHeader } from "../respond";
export { scratch } from "./scratch";
