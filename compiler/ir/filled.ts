// A program with the values of its parameters in their places, as a filter has it that was given them.
import { byteString, headerValueFault } from "../http/header-syntax.ts";
import { parseDuration } from "../schema/duration.ts";
import {
  LONGEST_DURATION,
  LONGEST_DURATION_TEXT,
  LONGEST_TEXT,
  type Hole,
  type Parameter,
} from "./parameters.ts";
import type { Program, Rate } from "./program.ts";

/** Whether a text, as people write it, is a value of a parameter. */
export function isValueOf(
  { type, least, most, inHeader }: Pick<Parameter, "type" | "least" | "most" | "inHeader">,
  written: string,
): boolean {
  switch (type) {
    case "integer":
      return /^\d{1,16}$/.test(written) && Number(written) >= least && Number(written) <= most;
    case "duration":
      return (
        written.length <= LONGEST_DURATION_TEXT && (parseDuration(written) ?? Infinity) <= LONGEST_DURATION
      );
    case "string":
      return (
        Buffer.byteLength(written) <= LONGEST_TEXT && (!inHeader || headerValueFault(written) === undefined)
      );
  }
}

/** What holds nothing that a parameter could fill. */
const SOLID: ReadonlySet<string> = new Set([
  "origin",
  "span",
  "when",
  "allows",
  "expression",
  "parameters",
  "policies",
]);

/**
 * The same program without holes. `values`: by name, as `isValueOf` takes them; where one is missing, what keeps its place
 * stays: the default, where there is one.
 */
export function filled(program: Program, values: ReadonlyMap<string, number | string>): Program {
  const { parameters = [] } = program;
  if (parameters.length === 0) return program;
  const open = Object.entries(program).filter(([name]) => name !== "parameters");
  return fill(Object.fromEntries(open), values) as Program;
}

function fill(part: unknown, values: ReadonlyMap<string, number | string>): unknown {
  if (Array.isArray(part)) return part.map((item) => fill(item, values));
  if (typeof part !== "object" || part === null) return part;
  const { holes, ...fields } = part as Readonly<Record<string, unknown>> & { readonly holes?: Holes };
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const hole = holes?.[name];
    const given = hole && values.get(hole.parameter.name);
    if (given !== undefined) made[name] = inPlace(value, given);
    else made[name] = SOLID.has(name) ? value : fill(value, values);
  }
  return holes && "window" in made ? worded(made as unknown as Rate) : made;
}

type Holes = Readonly<Record<string, Hole | undefined>>;

/** A value in the form of what it replaces. */
function inPlace(before: unknown, given: number | string): unknown {
  if (typeof before === "bigint") return parseDuration(String(given));
  if (Array.isArray(before)) return [byteString(String(given))];
  return typeof given === "string" ? byteString(given) : given;
}

function worded(rate: Rate): Rate {
  const seconds = Number(rate.window) / 1e9;
  return { ...rate, words: `${rate.limit} per ${seconds}s, burst ${rate.burst}` };
}
