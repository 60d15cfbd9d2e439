// The command line.
import { Command, InvalidArgumentError, Option } from "commander";

export const partNames = ["build", "host", "envoy", "memory"] as const;
export type PartName = (typeof partNames)[number];

export interface Options {
  readonly parts: readonly PartName[];
  /** Absent: each part's own default. */
  readonly rounds: number | undefined;
  readonly requests: number | undefined;
  readonly load: "h2load" | "node" | undefined;
}

/** Parses the command line; ends the process where it asks for help or is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command("npm run bench --")
    .description("measures what the compiled example costs: to build, in the Node host, in a real Envoy")
    .argument(
      "[part...]",
      `of ${partNames.join(", ")}; all of them, in this order, where none is named`,
      part,
    )
    .option(
      "--rounds <n>",
      "interleaved rounds (envoy: 40, host: 30), or how many builds (7); at least 3",
      atLeast(3),
    )
    .option(
      "--requests <n>",
      "requests in each slice of a round (envoy: 15000, host: 20000), or in all after the warm-up (memory: 1000000)",
      atLeast(100),
    )
    .addOption(
      new Option("--load <generator>", "what loads Envoy; h2load where it is on PATH, else node").choices([
        "h2load",
        "node",
      ]),
    )
    .addHelpText(
      "after",
      `
Tables go to stdout, progress to stderr, every single figure to .tollgate/bench/<time>.json.
ENVOY_PATH names the Envoy to measure. bench/README.md says what the columns mean and how to read noise.

Exit codes: 0 all measured and every goal met; 1 a goal was missed or something could not be measured;
2 there is no Envoy, so only the parts that need none were run.

Examples:
  npm run bench
  npm run bench -- host
  npm run bench -- envoy memory --rounds 10`,
    );
  command.parse([...argv], { from: "user" });
  const named = command.processedArgs[0] as PartName[] | undefined;
  const { rounds, requests, load } = command.opts<Partial<Omit<Options, "parts">>>();
  const parts = partNames.filter((name) => named === undefined || named.length === 0 || named.includes(name));
  return { parts, rounds, requests, load };
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
