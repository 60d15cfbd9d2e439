// What the suites of limits share: sides that do the same, each under load with a limit that nobody reaches, and once more,
// only looked at, with one that two requests reach.
import type { Check, CpuGoal, Suite, Variant } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import { compiledModule } from "../measured-modules.ts";
import type { Rate } from "./rate.ts";

export interface Side {
  readonly name: string;
  readonly about: string;
  readonly goals?: readonly CpuGoal[];
  /** Under load, instead of the suite's. */
  readonly rate?: Rate;
  readonly share?: number;
  /** What it is with a limit of that rate. */
  readonly of: (rate: Rate) => Promise<Setup>;
}

export type Setup = Pick<
  Variant,
  "wasmPaths" | "filters" | "virtualHost" | "connectionManager" | "routes" | "callouts"
>;

export interface Contrast {
  readonly generous: Rate;
  readonly stingy: Rate;
  /** What each side does under load. */
  readonly lets: readonly Check[];
  /** What it does with the stingy rate. Default: it counts each user's requests. */
  readonly counts?: readonly Check[];
}

export const request: LoadRequest = { authority: "bench.test", path: "/", headers: { "x-user": "user7" } };

/** What a limit does that nobody reaches. */
export const lets: readonly Check[] = ["user7", "ann", "user7"].map((user) => ({
  headers: { "x-user": user },
  status: 200,
}));

const countsEachUser: readonly Check[] = [
  { status: 200 },
  { status: 200 },
  { status: 429 },
  { headers: { "x-user": "ann" }, status: 200 },
  { status: 429 },
];

export const none: Variant = {
  name: "none",
  about: "no filter but the router",
  filters: () => [],
  checks: [{ status: 200 }],
};

/** What is said under each table whose sides have twins. */
export const twinsNote = "Each of ours and of Envoy's was seen to count with a limit of two requests.";

export async function variantsOf(
  sides: readonly Side[],
  { generous, stingy, lets, counts = countsEachUser }: Contrast,
): Promise<Required<Pick<Suite, "variants" | "twins">>> {
  const variants: Variant[] = [];
  const twins: Variant[] = [];
  for (const { rate = generous, of, ...side } of sides) {
    variants.push({ ...side, ...(await of(rate)), checks: lets });
    twins.push({ name: `${side.name}, with a small limit`, ...(await of(stingy)), checks: counts });
  }
  return { variants, twins };
}

/** What policies compile to; `name` tells them from others of this run. */
export async function compiled(name: string, documents: string): Promise<Setup> {
  const { path } = await compiledModule(name, () => documents);
  return { wasmPaths: [path], filters: ({ wasm }) => wasm };
}
