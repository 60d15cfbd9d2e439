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
        { notYet: ["unauthenticated"] },
      ),
      "how refusals are answered",
    ),
  },
  { notYet: ["workloads", "backends", "budget", "parameters", "pathNormalization"] },
);

export type BundleSpec = Read<typeof bundleSpec>;
