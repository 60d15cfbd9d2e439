// The examples' modules, each compiled once a test file. Runs in Node.
import { compile } from "../runtime/testing/compile.ts";

const modules = new Map<string, Promise<Uint8Array>>();

/** The bytes of `filters/<example>/<part>.ts`; `example` may also be a path below `filters/`. Default part: `index`. */
export function compiled(example: string, part = "index"): Promise<Uint8Array> {
  const entry = `filters/${example}/${part}.ts`;
  let module = modules.get(entry);
  if (module === undefined) modules.set(entry, (module = compile(entry, "filter")));
  return module;
}

/** As {@link compiled}, by the name that envoy.yaml gives the file: `build/<name>.wasm` or `build/<name>-<part>.wasm`. */
export function compiledFor(example: string, filename: string): Promise<Uint8Array> {
  const name = example.split("/").at(-1) ?? "";
  const [, given = "", part] = /^build\/(.*?)\.wasm$/.exec(filename) ?? [];
  if (given === name) return compiled(example);
  if (part === undefined && given.startsWith(`${name}-`))
    return compiled(example, given.slice(name.length + 1));
  throw new Error(
    `envoy.yaml names the file \`${filename}\`: expected \`build/${name}.wasm\` (index.ts), \`build/${name}-<part>.wasm\` (<part>.ts), or one that the test gives in \`files\``,
  );
}
