// The name of a new filter: a package's, a file's, a metric's, and, put otherwise, a class's.
import { InvalidArgumentError } from "commander";

const LONGEST = 64;
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** npm cannot install a package as a dependency of itself. */
const TAKEN = new Set([
  "assemblyscript",
  "jest",
  "proxy-wasm-assemblyscript-sdk",
  "proxy-wasm-node-host",
  "tollgate",
]);

/** The name, or an error that says what one looks like. */
export function checkedName(text: string): string {
  if (TAKEN.has(text))
    throw new InvalidArgumentError(`a package that the filter itself needs is called \`${text}\`.`);
  if (text.length > LONGEST)
    throw new InvalidArgumentError(`a name has at most ${LONGEST} characters, this one ${text.length}.`);
  if (NAME.test(text)) return text;
  const close = withoutFaults(text);
  const suggestion = close === undefined ? "such as `doorman`" : `such as \`${close}\``;
  throw new InvalidArgumentError(
    `a name is made of lower-case letters, digits and single hyphens and begins with a letter, ${suggestion}.`,
  );
}

/** The nearest name that would do. */
function withoutFaults(text: string): string | undefined {
  const close = text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+|-+$/g, "");
  return NAME.test(close) && close.length <= LONGEST && !TAKEN.has(close) ? close : undefined;
}

/** The class's name. It ends in `Filter`, so that it is none of those that the SDK exports. */
export function className(name: string): string {
  const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("").replace(/Filter$/, "")}Filter`;
}
