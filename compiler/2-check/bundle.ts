// The `Bundle` document: what the policies together are called, and how refusals are worded.
import { integer, object, optional, string, type Read } from "../schema/schema.ts";

const answer = object({
  status: optional(integer(400, 599), "the HTTP status"),
  body: optional(string(), "the body"),
});

export const bundleSpec = object(
  {
    responses: optional(
      object(
        {
          denied: optional(answer, "what a request gets that authorization refuses"),
          limited: optional(answer, "what a request gets that is over a limit"),
        },
        { notYet: { unauthenticated: "no policy asks who a caller is yet: leave the field out" } },
      ),
      "how refusals are answered",
    ),
  },
  {
    notYet: {
      workloads:
        "without it every policy holds for every workload that loads this filter: give each workload a folder of its own",
      backends: "choose clusters in Envoy's routes",
      budget: "without it a filter may cost more than that: see `hostCalls` in its manifest",
      parameters: "write the values into the policies",
      pathNormalization:
        "without it paths are compared as the listener leaves them: set `normalize_path` and the like there, as `tollgate envoy config` shows",
    },
  },
);

export type BundleSpec = Read<typeof bundleSpec>;
