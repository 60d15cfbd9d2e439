// Foreign functions are called by name, so nothing fails before the call. The names can be seen in a module's data only.
import { eachSection } from "../../../host/wasm-binary.ts";
import { isSince, youngForeignFunctions } from "./envoy-versions.ts";
import type { Subject } from "./subject.ts";

export function noteForeignFunctions({ wasm, graph, version, diagnostics }: Subject): void {
  if (!graph.imported.some(({ name }) => name === "proxy_call_foreign_function")) return;
  const texts = dataOf(wasm);
  for (const [name, since] of youngForeignFunctions) {
    const word = new RegExp(`(?<![\\w-])${name}(?![\\w-])`);
    if (isSince(version, since) || !texts.some((text) => word.test(text))) continue;
    diagnostics.note(
      "module-foreign-function",
      `the module calls foreign functions, and \`${name}\` stands in its data: Envoy ${version} has no such function`,
      { help: `it came with Envoy ${since}; before, the call answers NotFound` },
    );
  }
}

/** The data section as text, and as text of two bytes a character, which is how AssemblyScript keeps its literals. */
function dataOf(wasm: Uint8Array): string[] {
  let data = "";
  eachSection(wasm, (id, reader, end) => {
    if (id === 11) data = Buffer.from(wasm.subarray(reader.at, end)).toString("latin1");
  });
  return [data, data.replaceAll("\0", "")];
}
