// The memory through which module and host speak.
import type { Subject } from "./subject.ts";

export function checkMemory({ graph, diagnostics }: Subject): void {
  const { imports, exports } = graph.shape;
  if ([...imports, ...exports].some(({ kind }) => kind === "memory")) return;
  const help = "export the memory, by convention as `memory`";
  // Envoy loads it and looks no further, until a host function wants to read an argument.
  if (graph.imported.length > 0)
    diagnostics.error("module-memory", "no memory is exported: Envoy crashes with the first host call", {
      help,
    });
  else diagnostics.warning("module-memory", "no memory is exported", { help });
}
