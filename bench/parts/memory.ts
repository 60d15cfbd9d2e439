// Whether Envoy's memory stays as it is with the compiled example, whatever clients send.
import { followMemory, type Scenario } from "../envoy/memory.ts";
import { shopSuite } from "../envoy/shop-suite.ts";
import type { Variant } from "../envoy/suite.ts";
import type { Environment } from "../environment.ts";
import { compileModules, limitsNote, type Modules } from "../modules.ts";
import type { Options } from "../options.ts";
import type { Report } from "../report/report.ts";

export async function measureMemory(options: Options, environment: Environment): Promise<Report> {
  const notes = [
    `${limitsNote} For the flood of users only the limit per address is raised: the users' own are the example's.`,
  ];
  const scenarios = shopScenarios(await compileModules());
  return followMemory("memory: resident memory of Envoy, MiB", scenarios, notes, options, environment);
}

function shopScenarios(modules: Modules): readonly Scenario[] {
  const { request, variants } = shopSuite(modules);
  const variant = (name: string): Variant => {
    const found = variants.find((one) => one.name === name);
    if (!found) throw new Error(`there is no variant \`${name}\``);
    return found;
  };
  return [
    { name: "none", variant: variant("none"), request, flood: false, bounded: false },
    { name: "shop, one user", variant: variant("shop"), request, flood: false, bounded: true },
    {
      name: "shop, each request another user",
      variant: { ...variant("shop"), wasmPaths: [modules["shop-address-raised"].path] },
      request,
      flood: true,
      bounded: true,
    },
  ];
}
