export { noOp } from "./w0.ts";
export { headerRouting } from "./w1.ts";
export { rateLimit } from "./w3.ts";
export type { Contestant, Workload } from "./workload.ts";
