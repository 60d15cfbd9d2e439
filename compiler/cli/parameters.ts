// `--parameter NAME=VALUE`: what a filter is given when it is loaded. Checked here, so that a slip is told in words before
// anything starts; the filter checks it again.
import { InvalidArgumentError, Option } from "commander";
import { didYouMean } from "../diagnostics/suggest.ts";
import { isValueOf } from "../ir/filled.ts";
import { expectedOf } from "../ir/parameters.ts";
import type { PackagedFilter } from "../index.ts";
import type { ParameterNote } from "../7-package/manifest.ts";
import { CommandFailure } from "./failure.ts";

/** Options of commands that load a filter. */
export interface ParameterOptions {
  /** Values by name, as they were written. */
  readonly parameter?: ReadonlyMap<string, string>;
}

export function parameterOption(): Option {
  return new Option(
    "--parameter <name=value>",
    "the value of one of the bundle's parameters; may be given several times",
  ).argParser((written: string, before: ReadonlyMap<string, string> | undefined) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(written) ?? [];
    if (name === undefined || value === undefined)
      throw new InvalidArgumentError("write the name, `=` and the value, such as `burst=30`");
    if (before?.has(name)) throw new InvalidArgumentError(`\`${name}\` is given twice`);
    return new Map([...(before ?? []), [name, value]]);
  });
}

/** The plugin configuration; undefined where nothing was given. Throws CommandFailure where a value does not fit. */
export function configurationOf(
  { manifest: { parameters = [] } }: Pick<PackagedFilter, "manifest">,
  { parameter: given = new Map<string, string>() }: ParameterOptions,
): string | undefined {
  const known = parameters.map(({ name }) => name);
  for (const name of given.keys()) {
    if (known.includes(name)) continue;
    throw new CommandFailure(
      `this filter has no parameter \`${name}\``,
      known.length === 0
        ? "leave `--parameter` out, or declare it in the `Bundle` document, under `spec.parameters`, and use it"
        : (didYouMean(name, known) ?? `its parameters are ${known.map((one) => `\`${one}\``).join(", ")}`),
    );
  }
  const values = parameters.flatMap((parameter): [string, number | string][] => {
    const { name } = parameter;
    const written = given.get(name);
    if (written !== undefined) return [[name, valueOf(parameter, written)]];
    if (parameter.default !== undefined) return [];
    throw new CommandFailure(
      `the parameter \`${name}\` has no default`,
      `give it ${expectedOf(parameter)}: \`--parameter ${name}=VALUE\``,
    );
  });
  return values.length === 0 ? undefined : JSON.stringify({ parameters: Object.fromEntries(values) });
}

function valueOf(parameter: ParameterNote, written: string): number | string {
  if (isValueOf(parameter, written)) return parameter.type === "integer" ? Number(written) : written;
  throw new CommandFailure(
    `this is no value of the parameter \`${parameter.name}\``,
    `give it ${expectedOf(parameter)}`,
  );
}
