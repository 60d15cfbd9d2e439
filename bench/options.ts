// The command line.
import { Command, InvalidArgumentError, Option } from "commander";

export const partNames = ["build", "host", "envoy", "memory", "sdk", "authz", "limits", "routing"] as const;
export type PartName = (typeof partNames)[number];

/** What runs where no part is named. The others need others' compilers, and time. */
const usualParts: readonly PartName[] = ["build", "host", "envoy", "memory"];

export interface Options {
  readonly parts: readonly PartName[];
  /** Absent: each part's own default. */
  readonly rounds: number | undefined;
  readonly requests: number | undefined;
  readonly memoryRequests: number | undefined;
  readonly load: "h2load" | "node" | undefined;
  /** Whether compilers that are missing are installed into the cache. */
  readonly install: boolean;
  /** Of the parts' tables only those whose name has this text in it. */
  readonly only: string | undefined;
  /** Whether figures go into the documentation. */
  readonly docs: boolean;
}

/** Parses the command line; ends the process where it asks for help or is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command("npm run bench --")
    .description(
      "measures what the compiled example costs: to build, in the Node host, in a real Envoy; and with `sdk` what filters " +
        "written on the SDK cost beside the same on other SDKs, with `authz`, `limits` and `routing` what authorization, rate limits and routing cost beside Envoy's own",
    )
    .argument("[part...]", `of ${partNames.join(", ")}; where none is named, ${usualParts.join(", ")}`, part)
    .option(
      "--rounds <n>",
      "interleaved rounds (in Envoy: 40, in the host: 30), or how many builds (7); at least 3",
      atLeast(3),
    )
    .option(
      "--requests <n>",
      "requests in each slice of a round (in Envoy: 15000, in the host: 20000)",
      atLeast(100),
    )
    .option(
      "--memory-requests <n>",
      "requests over which memory is followed (in Envoy: 1000000, in the host: 10000000)",
      atLeast(100),
    )
    .addOption(
      new Option("--load <generator>", "what loads Envoy; h2load where it is on PATH, else node").choices([
        "h2load",
        "node",
      ]),
    )
    .option(
      "--install",
      "sdk, authz, limits, routing: install a Rust, a Go or a Redis into .tollgate/cache where there is none",
      false,
    )
    .option("--only <text>", "only those of the parts' tables whose heading has this text in it")
    .option("--docs", "authz: write the figures and their chart into docs/guide", false)
    .addHelpText(
      "after",
      `
Tables go to stdout, progress to stderr, every single figure to .tollgate/bench/<time>.json.
ENVOY_PATH names the Envoy to measure. bench/README.md says what the columns mean and how to read noise.

Exit codes: 0 all measured and every goal met; 1 a goal was missed or something could not be measured;
2 something was left out: what needs Envoy where there is none, or a peer whose compiler there is not.

Examples:
  npm run bench
  npm run bench -- host
  npm run bench -- envoy memory --rounds 10
  npm run bench -- sdk --rounds 5 --memory-requests 100000
  npm run bench -- authz --docs
  npm run bench -- authz --only tokens
  npm run bench -- limits --only W3
  npm run bench -- routing`,
    );
  command.parse([...argv], { from: "user" });
  const named = command.processedArgs[0] as PartName[] | undefined;
  const {
    rounds,
    requests,
    memoryRequests,
    load,
    install = false,
    only,
    docs = false,
  } = command.opts<Partial<Omit<Options, "parts">>>();
  const wanted = named === undefined || named.length === 0 ? usualParts : named;
  const parts = partNames.filter((name) => wanted.includes(name));
  return { parts, rounds, requests, memoryRequests, load, install, only, docs };
}

function part(text: string, before: PartName[] | undefined): PartName[] {
  const known = partNames.find((name) => name === text);
  if (known === undefined) throw new InvalidArgumentError(`the parts are ${partNames.join(", ")}`);
  return [...(before ?? []), known];
}

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,9}$/.test(text) || number < least) {
      throw new InvalidArgumentError(`give a whole number, at least ${least}`);
    }
    return number;
  };
}
