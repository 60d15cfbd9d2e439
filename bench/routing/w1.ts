// W1 in Envoy: one header decides on another, and every response is marked.
import type { CpuGoal, Suite, Variant } from "../envoy/suite.ts";
import { w1Policy } from "../limits/policies.ts";
import { headerMutation, w1Routes } from "../limits/native.ts";
import { bareModule, compiledModule } from "../measured-modules.ts";
import type { Options } from "../options.ts";
import { luaFilter } from "../peers/lua.ts";
import { headerRouting } from "../workloads/index.ts";
import { sdkVariant } from "../workloads/sdk-variant.ts";
import { otherSdkNames } from "../workloads/workload.ts";

const BARE = "bare, batched";

const goals: readonly CpuGoal[] = [
  { atMost: 1.1, of: BARE },
  { atMost: 1, of: "rust" },
  { atMost: 1, of: "lua" },
];

export async function w1Suite(options: Options): Promise<Suite> {
  const { request, echoes, checks, untouched } = headerRouting;
  // The response header is added, as the bare filter and those of other SDKs do.
  const ours = await compiledModule("w1", () => w1Policy("add"));
  const bare = await bareModule("w1-batched", {});
  const others = await Promise.all(
    otherSdkNames.map((sdk) => sdkVariant(options, sdk, ["w1"], "the same", checks)),
  );
  const lua = await luaFilter("w1", "");
  const wasm = (name: string, about: string, path: string): Variant => ({
    name,
    about,
    wasmPaths: [path],
    filters: (parts) => parts.wasm,
    checks,
  });
  return {
    title: "routing: W1 by header, in Envoy",
    request,
    echoes,
    baseline: "none",
    times: [BARE, "rust", "lua"],
    variants: [
      { name: "none", about: "no filter but the router", filters: () => [], checks: untouched },
      wasm(BARE, "by hand, all headers in one read", bare.path),
      { ...wasm("ours", "a filter compiled from a HeaderRoutePolicy", ours.path), goals },
      {
        name: "header_mutation",
        about: "Envoy's filter, which its routes tell what to do",
        filters: () => [headerMutation],
        routes: w1Routes,
        checks,
      },
      { name: "lua", about: "Envoy's Lua filter", filters: () => [lua], checks },
      ...others.flatMap(({ variants }) => variants),
    ],
    missing: others.flatMap(({ missing }) => missing),
    notes: [`W1: ${headerRouting.about}.`],
  };
}
