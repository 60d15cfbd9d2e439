// W2 in Envoy: who may pass by method, path and role, fifty prefixes, and the load meets the fortieth.
import type { Check, Suite, Variant } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import { bareModule, compiledModule } from "../measured-modules.ts";
import type { Options } from "../options.ts";
import { sdkVariant } from "../workloads/sdk-variant.ts";
import { w2Lua, w2Matcher, w2OnePolicy, w2PolicyForEach } from "./native.ts";
import { w2Policy } from "./policies.ts";
import { hit, prefix, prefixes, W2_PREFIXES } from "./prefixes.ts";
import { trieSource } from "./trie.ts";

const admin = { "x-role": "admin" };
const elsewhere = { path: "/zzz" };

/** What every variant but `none` does. */
export const decides: readonly Check[] = [
  { status: 200 },
  { method: "POST", path: "/api/v1/res00/x", status: 200 },
  { path: "/api/v1/res49/", status: 200 },
  { path: "/api/v1/res50/x", status: 403 },
  { path: "/api/v1/res39", status: 403 },
  { method: "PUT", status: 403 },
  { ...elsewhere, status: 403 },
  { ...elsewhere, headers: admin, status: 200 },
  { ...elsewhere, headers: { "x-role": "admi" }, status: 403 },
  { ...elsewhere, method: "DELETE", headers: admin, status: 403 },
];

export const request: LoadRequest = {
  authority: "bench.test",
  path: `${prefix(hit(W2_PREFIXES), W2_PREFIXES)}items`,
  headers: {},
};

export async function w2Suite(options: Options): Promise<Suite> {
  const ours = await compiledModule("w2", w2Policy);
  const bare = await bareModule("w2-batched", { "prefixes.ts": trieSource(prefixes(W2_PREFIXES)) });
  const { variants: rust, missing } = await sdkVariant(
    options,
    "rust",
    ["w2"],
    "one prefix compared after the other",
    decides,
  );
  const lua = await w2Lua();
  const native = (name: string, about: string, filter: object): Variant => {
    return { name, about, filters: () => [filter], checks: decides };
  };
  return {
    title: "authz: W2 by path, in Envoy",
    request,
    echoes: {},
    baseline: "none",
    times: ["bare, batched", "rust", "lua"],
    variants: [
      {
        name: "none",
        about: "no filter but the router",
        filters: () => [],
        checks: [{ status: 200 }, { ...elsewhere, method: "PUT", status: 200 }],
      },
      {
        name: "bare, batched",
        about: "by hand, all headers in one read, the prefixes in a trie",
        wasmPaths: [bare.path],
        filters: ({ wasm }) => wasm,
        checks: decides,
      },
      {
        name: "ours",
        about: "a filter compiled from an AuthorizationPolicy",
        wasmPaths: [ours.path],
        filters: ({ wasm }) => wasm,
        checks: decides,
        goals: [
          { atMost: 1.1, of: "bare, batched" },
          { atMost: 1, of: "rust" },
          { atMost: 1, of: "lua" },
        ],
      },
      native("rbac, policies", "Envoy's RBAC, a policy for each prefix", w2PolicyForEach()),
      native("rbac, or-rules", "Envoy's RBAC, the prefixes alternatives of one policy", w2OnePolicy()),
      native("rbac, matcher", "Envoy's RBAC by the matching API, the prefixes in a map", w2Matcher()),
      native("lua", "Envoy's Lua filter, one prefix compared after the other", lua),
      ...rust,
    ],
    missing,
    notes: [
      `W2: GET and POST pass under one of ${W2_PREFIXES} prefixes or with \`x-role: admin\`; the load meets the ${hit(W2_PREFIXES) + 1}th.`,
    ],
  };
}
