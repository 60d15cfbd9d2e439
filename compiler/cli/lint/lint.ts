// What an Envoy would find wrong with a module, and what it would silently never do with it.
import { Diagnostics, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readCallGraph } from "./call-graph.ts";
import type { EnvoyVersion } from "./envoy-versions.ts";
import { checkCallbacks, checkLookedUp, checkMarkers } from "./exports.ts";
import { noteForeignFunctions } from "./foreign-functions.ts";
import { checkImports } from "./imports.ts";
import { checkMemory } from "./memory.ts";
import { checkStart } from "./start.ts";
import type { Subject } from "./subject.ts";

/**
 * Findings on a module that has passed `WebAssembly.Module`. Errors: Envoy `version` refuses to load it, or crashes.
 * Warnings: it loads, but something will not work, or not always. Notes: worth knowing.
 */
export function lintModule(wasm: Uint8Array, version: EnvoyVersion): readonly Diagnostic[] {
  const diagnostics = new Diagnostics();
  const graph = readCallGraph(wasm);
  // Which functions there are depends on the ABI; where none is declared, the current one is meant.
  const abi = checkMarkers(graph, diagnostics) ?? "0.2.1";
  const subject: Subject = { wasm, graph, abi, version, diagnostics };
  checkImports(subject);
  checkLookedUp(subject);
  checkCallbacks(subject);
  checkMemory(subject);
  checkStart(subject);
  noteForeignFunctions(subject);
  const rank = { error: 0, warning: 1, note: 2 };
  return diagnostics.all.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
}
