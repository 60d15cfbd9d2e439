// `budget.wasmBytes`: whether a filter is larger than the bundle allows, and what makes it so.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Located } from "../source/span.ts";

/** What the sections are to a reader, by their number in the binary format. */
const sections: Readonly<Record<number, string>> = {
  0: "notes such as the manifest",
  9: "the table of functions",
  10: "code",
  11: "tables and texts",
};
const MOST_NAMED = 4;

/** Reports a filter that has more bytes than the budget. */
export function checkWasmBytes(
  name: string,
  wasm: Uint8Array,
  budget: Located<number> | undefined,
  diagnostics: Diagnostics,
): void {
  if (!budget || wasm.byteLength <= budget.value) return;
  const over = wasm.byteLength - budget.value;
  const largest = [...sizes(wasm)].sort(([, a], [, b]) => b - a).slice(0, MOST_NAMED);
  diagnostics.error(
    "over-budget",
    `\`${name}.wasm\` has ${wasm.byteLength} bytes, ${over} more than the budget`,
    {
      span: budget.span,
      help: `most of them are ${largest.map(([what, size]) => `${what} (${size})`).join(", ")}`,
    },
  );
}

/** Bytes of a module's sections, in words. */
function sizes(wasm: Uint8Array): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let at = 8; at < wasm.length;) {
    const what = sections[wasm[at] ?? 0] ?? "declarations";
    let size = 0;
    let next = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[next++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    next += size;
    found.set(what, (found.get(what) ?? 0) + next - at);
    at = next;
  }
  return found;
}
