// W1: one header decides on another, and every response is marked.
import type { Check } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import { exchange, requestHeaders, startVm } from "./in-host.ts";
import { otherSdks, type Workload } from "./workload.ts";

const request: LoadRequest = { authority: "bench.test", path: "/", headers: { "x-tier": "gold" } };

const cases: readonly { headers: Record<string, string | null>; route: string }[] = [
  { headers: {}, route: "gold" },
  { headers: { "x-tier": "golden" }, route: "std" },
  { headers: { "x-tier": "" }, route: "std" },
  { headers: { "x-tier": null }, route: "std" },
  // What a client says of its route counts for nothing.
  { headers: { "x-tier": null, "x-route": "gold" }, route: "std" },
];

export const headerRouting: Workload = {
  name: "W1 header routing",
  about: "`x-route` is `gold` where `x-tier` is, else `std`; the response gets `x-policy: ok`",
  request,
  echoes: { "x-echo-route": "%REQ(x-route)%" },
  checks: cases.map(({ headers, route }): Check => {
    return { headers, status: 200, response: { "x-echo-route": route, "x-policy": "ok" } };
  }),
  untouched: [{ status: 200, response: { "x-echo-route": null, "x-policy": null } }],
  faultsInHost: (wasm) => {
    const vm = startVm(wasm);
    return cases.flatMap(({ headers, route }) => {
      const sent = requestHeaders(request);
      for (const [name, value] of Object.entries(headers)) {
        if (value === null) sent.remove(name);
        else sent.set(name, value);
      }
      const after = exchange(vm, sent);
      const got = `${after.result.kind} ${after.request.get("x-route")} ${after.response.get("x-policy")}`;
      const want = `continue ${route} ok`;
      return got === want ? [] : [`${JSON.stringify(headers)}: ${got} instead of ${want}`];
    });
  },
  contestants: [
    {
      name: "bare",
      about: "by hand, the header asked for by its name",
      peer: "bare",
      program: "w1",
    },
    {
      name: "bare, batched",
      about: "by hand, all headers in one read",
      peer: "bare",
      program: "w1-batched",
    },
    {
      name: "sdk",
      about: "our SDK",
      peer: "sdk",
      program: "w1",
      goals: [
        { atMost: 1.1, of: "bare, batched" },
        { atMost: 1, of: "rust" },
      ],
      mostBytes: 8 * 1024,
    },
    ...otherSdks("w1"),
  ],
};
