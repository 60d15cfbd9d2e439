// W3 in Envoy: a token bucket for each user, which never runs dry under load.
import type { Suite } from "../envoy/suite.ts";
import { bareModule } from "../measured-modules.ts";
import type { Options } from "../options.ts";
import { luaFilter } from "../peers/lua.ts";
import { sdkVariant } from "../workloads/sdk-variant.ts";
import { localRateLimit } from "./native.ts";
import { limitPolicy } from "./policies.ts";
import { generous, rateInLua, rateSource, stingy, unleased, type Rate } from "./rate.ts";
import { compiled, lets, none, request, twinsNote, variantsOf, type Setup, type Side } from "./sides.ts";

const BARE = "bare, batched";
const WORKER = "ours, worker";

export const sides: readonly Side[] = [
  {
    name: BARE,
    about: "by hand, all headers in one read, buckets in linear memory",
    of: bare,
  },
  {
    name: WORKER,
    about: "compiled, `scope: worker`",
    goals: [
      { atMost: 1.1, of: BARE },
      { atMost: 1, of: "rust" },
      { atMost: 1, of: "lua" },
    ],
    of: (rate) => ours("worker", rate),
  },
  {
    name: "ours, proxy",
    about: "compiled, `scope: proxy`, the limit large enough to lease from",
    goals: [{ atMost: 1.3, of: WORKER }],
    of: (rate) => ours("proxy", rate),
  },
  {
    name: "ours, proxy, small",
    about: `compiled, \`scope: proxy\`, ${unleased.limit.toLocaleString("en-US")} a millisecond: not leased, so that each request pays its compare-and-swap`,
    rate: unleased,
    of: (rate) => ours("proxy", rate),
  },
  {
    name: "local_ratelimit",
    about: "Envoy's filter, a bucket for each `x-user`",
    of: (rate) => native(localRateLimit(rate)),
  },
  {
    name: "lua",
    about: "Envoy's Lua filter, buckets in a table",
    of: async (rate) => native(await luaFilter("w3", rateInLua(rate))),
  },
];

export async function w3Suite(options: Options): Promise<Suite> {
  const { variants, twins } = await variantsOf(sides, { generous, stingy, lets });
  const { variants: rust, missing } = await sdkVariant(
    options,
    "rust",
    ["w3"],
    "buckets in shared data, written with CAS",
    lets,
  );
  return {
    title: "limits: W3 by user, in Envoy",
    request,
    echoes: {},
    baseline: none.name,
    times: [BARE, WORKER, "rust", "lua"],
    variants: [none, ...variants, ...rust],
    twins,
    missing,
    notes: [
      "W3: a token bucket for each `x-user`, which never runs dry; clients are told nothing of it (`headers: Off`).",
      twinsNote,
    ],
  };
}

/** Of one `scope` and rate there is one filter. */
function ours(scope: "worker" | "proxy", rate: Rate): Promise<Setup> {
  return compiled(`w3-${scope}-${rate.burst}`, limitPolicy({ scope, rate }));
}

async function bare(rate: Rate): Promise<Setup> {
  const { path } = await bareModule("w3-batched", { "rate.ts": rateSource(rate) });
  return { wasmPaths: [path], filters: ({ wasm }) => wasm };
}

function native(filter: object): Promise<Setup> {
  return Promise.resolve({ filters: () => [filter] });
}
