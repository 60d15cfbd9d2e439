// What a request costs in Envoy as the rules become more: ours beside Envoy's RBAC, as it may be written.
import type { Check, CpuGoal, Suite, Variant } from "../envoy/suite.ts";
import { compiledModule } from "../measured-modules.ts";
import { grouped } from "../report/format.ts";
import { matcher, onePolicy, policyForEach } from "./native.ts";
import { prefixPolicy } from "./policies.ts";
import { hit, prefix, ruleCounts } from "./prefixes.ts";

/** Ways of writing the same rules, in the order of the table and of the chart. */
export const ways = [
  { name: "ours", about: "a filter compiled from an AuthorizationPolicy" },
  { name: "rbac, policies", about: "Envoy's RBAC, a policy for each rule" },
  { name: "rbac, or-rules", about: "Envoy's RBAC, the rules alternatives of one policy" },
  { name: "rbac, matcher", about: "Envoy's RBAC by the matching API, the prefixes in a map" },
] as const;

export type Way = (typeof ways)[number]["name"];

export function variantName(way: Way, count: number): string {
  return `${way}: ${grouped(count)}`;
}

/** Of so many rules a request costs Envoy up to a millisecond: fewer requests tell as much. */
const shares: Readonly<Record<(typeof ruleCounts)[number], number>> = {
  10: 1,
  100: 1,
  1_000: 0.2,
  10_000: 0.02,
};

export async function rulesSuite(): Promise<Suite> {
  const variants: Variant[] = [];
  for (const { name } of ways) {
    for (const count of ruleCounts) variants.push(await variant(name, count));
  }
  return {
    title: "authz: more and more rules, in Envoy",
    request: requestOf(100),
    echoes: {},
    baseline: "none",
    times: [variantName("ours", 10)],
    variants: [{ name: "none", filters: () => [], checks: [{ status: 200 }] }, ...variants],
    legend: `Variants, with the number of rules: ${ways.map(({ name, about }) => `\`${name}\`: ${about}`).join("; ")}; \`none\`: no filter but the router.`,
    notes: [
      "Each rule allows what lies under one prefix; the load meets the one four fifths down the list. The slower ones of Envoy's own get fewer requests in a slice: " +
        `${percent(shares[1_000])} with 1,000 rules, ${percent(shares[10_000])} with 10,000.`,
    ],
  };
}

async function variant(way: Way, count: (typeof ruleCounts)[number]): Promise<Variant> {
  const common = {
    name: variantName(way, count),
    request: requestOf(count),
    checks: checksOf(count),
  };
  const slow = { ...common, share: shares[count] };
  switch (way) {
    case "ours": {
      const module = await compiledModule(`prefixes-${count}`, () => prefixPolicy(count));
      return {
        ...common,
        wasmPaths: [module.path],
        filters: ({ wasm }) => wasm,
        goals: goalsOf(count),
      };
    }
    case "rbac, policies":
      return { ...slow, filters: () => [policyForEach(count)] };
    case "rbac, or-rules":
      return { ...slow, filters: () => [onePolicy(count)] };
    case "rbac, matcher":
      return { ...common, filters: () => [matcher(count)] };
  }
}

/** Ours may hardly grow, and Envoy's policies must be left far behind. */
function goalsOf(count: (typeof ruleCounts)[number]): CpuGoal[] {
  const policies = variantName("rbac, policies", count);
  switch (count) {
    case 10:
    case 100:
      return [];
    case 1_000:
      return [{ atMost: 1 / 10, of: policies }];
    case 10_000:
      return [
        { atMost: 1.3, of: variantName("ours", 10) },
        { atMost: 1 / 200, of: policies },
      ];
  }
}

function requestOf(count: number): Suite["request"] {
  return { authority: "bench.test", path: `${prefix(hit(count), count)}items`, headers: {} };
}

function checksOf(count: number): Check[] {
  return [
    { status: 200 },
    { path: prefix(0, count), status: 200 },
    { path: `${prefix(count - 1, count)}x`, status: 200 },
    { path: prefix(count, count), status: 403 },
    { path: prefix(0, count).slice(0, -1), status: 403 },
    { path: "/x", status: 403 },
  ];
}

function percent(share: number): string {
  return `${share * 100} %`;
}
