// W0: a filter that does nothing, to see what being one costs.
import type { Check } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import { exchange, requestHeaders, startVm } from "./in-host.ts";
import { otherSdks, type Workload } from "./workload.ts";

const request: LoadRequest = { authority: "bench.test", path: "/", headers: {} };

const nothing: readonly Check[] = [
  { status: 200, response: { "x-policy": null } },
  { method: "DELETE", headers: { "x-user": "ann" }, status: 200, response: { "x-policy": null } },
];

export const noOp: Workload = {
  name: "W0 no-op",
  about: "a filter that does nothing",
  request,
  echoes: {},
  checks: nothing,
  untouched: nothing,
  faultsInHost: (wasm) => {
    const before = requestHeaders(request);
    const { result, request: after, response } = exchange(startVm(wasm), before.clone());
    const untouched =
      JSON.stringify(after.entries()) === JSON.stringify(before.entries()) && response.size === 1;
    return result.kind === "continue" && untouched ? [] : [`a request is not left as it is: ${result.kind}`];
  },
  contestants: [
    {
      name: "bare",
      about: "one callback, by hand, no host calls",
      peer: "bare",
      program: "w0",
    },
    {
      name: "sdk",
      about: "our SDK, one callback",
      peer: "sdk",
      program: "w0",
      goals: [
        { atMost: 1.2, of: "bare" },
        { atMost: 0.5, of: "rust" },
      ],
      mostBytes: 4 * 1024,
    },
    ...otherSdks("w0"),
  ],
};
