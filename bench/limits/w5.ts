// W5 in Envoy: authorization, a limit and routing together, in one compiled filter beside a filter for each.
import { w2Lua, w2OnePolicy } from "../authz/native.ts";
import { decides, request as w2Request } from "../authz/w2.ts";
import type { Check, CpuGoal, Suite } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import type { Options } from "../options.ts";
import { luaFilter } from "../peers/lua.ts";
import { headerRouting } from "../workloads/index.ts";
import { sdkVariant } from "../workloads/sdk-variant.ts";
import { headerMutation, localRateLimit, w1Routes } from "./native.ts";
import { w5Policies } from "./policies.ts";
import { generous, rateInLua, stingy, type Rate } from "./rate.ts";
import {
  compiled,
  none,
  request as w3Request,
  twinsNote,
  variantsOf,
  type Setup,
  type Side,
} from "./sides.ts";

const NATIVE = "native, three filters";

const request: LoadRequest = {
  ...w2Request,
  headers: { ...headerRouting.request.headers, ...w3Request.headers },
};

/** Both what W1 does and what W2 does. */
const doesAll: readonly Check[] = [...headerRouting.checks, ...decides];

const gold = { "x-echo-route": "gold", "x-policy": "ok" };
const counts: readonly Check[] = [
  { path: "/elsewhere", status: 403 },
  { status: 200, response: gold },
  { status: 200, response: gold },
  { status: 429 },
  { path: "/elsewhere", status: 403 },
  { headers: { "x-user": "ann" }, status: 200, response: gold },
];

const goals: readonly CpuGoal[] = [
  { atMost: 1, of: NATIVE },
  { atMost: 0.4, of: "rust" },
];

function ours(scope: "worker" | "proxy"): Side {
  return {
    name: `ours, ${scope}`,
    about: `one filter compiled from three policies, the limit of \`scope: ${scope}\``,
    goals,
    of: (rate) => compiled(`w5-${scope}-${rate.burst}`, w5Policies({ scope, rate })),
  };
}

export const sides: readonly Side[] = [
  ours("worker"),
  ours("proxy"),
  {
    name: NATIVE,
    about:
      "Envoy's RBAC (the prefixes alternatives of one policy), local_ratelimit and header_mutation by routes",
    of: (rate) =>
      Promise.resolve({
        filters: () => [w2OnePolicy(), localRateLimit(rate), headerMutation],
        routes: w1Routes,
      }),
  },
  {
    name: "lua",
    about: "three of Envoy's Lua filters",
    of: lua,
  },
];

async function lua(rate: Rate): Promise<Setup> {
  const filters = [await w2Lua(), await luaFilter("w3", rateInLua(rate)), await luaFilter("w1", "")];
  return { filters: () => filters };
}

export async function w5Suite(options: Options): Promise<Suite> {
  const { variants, twins } = await variantsOf(sides, { generous, stingy, lets: doesAll, counts });
  const { variants: rust, missing } = await sdkVariant(
    options,
    "rust",
    ["w2", "w3", "w1"],
    "a filter and a VM for each",
    doesAll,
  );
  return {
    title: "limits: W5 all three together, in Envoy",
    request,
    echoes: headerRouting.echoes,
    baseline: none.name,
    times: [NATIVE, "rust", "lua"],
    variants: [none, ...variants, ...rust],
    twins,
    missing,
    notes: [
      "W5: W2, W3 and W1 one after the other: who may pass, how often, and by which road; clients are told nothing of limits.",
      twinsNote,
    ],
  };
}
