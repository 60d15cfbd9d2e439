// Exports: what Envoy looks up when it loads a module, and what nobody will ever look up or call.
import { callbackNames, describeSignature, exportSignature, isCallback } from "../../../host/signatures.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/suggest.ts";
import type { CallGraph } from "./call-graph.ts";
import type { AbiVersion } from "./envoy-versions.ts";
import type { Subject } from "./subject.ts";

const markers = new Map<string, AbiVersion>([
  ["proxy_abi_version_0_1_0", "0.1.0"],
  ["proxy_abi_version_0_2_0", "0.2.0"],
  ["proxy_abi_version_0_2_1", "0.2.1"],
]);
const MARKER = /^proxy_abi_version_/;

/** Reports a missing, unknown or repeated ABI marker; returns the ABI that Envoy will take. */
export function checkMarkers(graph: CallGraph, diagnostics: Diagnostics): AbiVersion | undefined {
  const exported = exportedFunctions(graph).map(({ name }) => name);
  const known = exported.filter((name) => markers.has(name));
  const unknown = exported.filter((name) => MARKER.test(name) && !markers.has(name));
  const [taken] = known;
  if (taken === undefined) {
    diagnostics.error(
      "module-abi-marker",
      unknown.length > 0 ? `no Envoy knows the ABI of \`${unknown.join("`, `")}\`` : "no ABI is declared",
      { help: "export a function `proxy_abi_version_0_2_1`; it is never called" },
    );
  } else if (known.length + unknown.length > 1) {
    const others = [...known.slice(1), ...unknown].join("`, `");
    diagnostics.warning(
      "module-abi-marker",
      `several ABIs are declared: Envoy takes the first it knows, \`${taken}\`, not \`${others}\``,
      { help: "export one marker" },
    );
  }
  return taken === undefined ? undefined : markers.get(taken);
}

/** The functions Envoy calls to start a module, in order. `main` is called only after `_initialize`. */
export function startFunctions(graph: CallGraph): string[] {
  const has = (wanted: string): boolean => exportedFunctions(graph).some(({ name }) => name === wanted);
  return has("_initialize") ? ["_initialize", "main"].filter(has) : ["_start"].filter(has);
}

/** Everything that Envoy looks up by name must have its type, and one of the two allocators must be there. */
export function checkLookedUp({ graph, abi, diagnostics }: Subject): void {
  const exported = exportedFunctions(graph);
  const allocator = ["malloc", "proxy_on_memory_allocate"].find((wanted) =>
    exported.some(({ name }) => name === wanted),
  );
  if (allocator === undefined) {
    diagnostics.error("module-allocator", "there is no allocator for Envoy's answers", {
      help: "export `malloc` or `proxy_on_memory_allocate`, (i32) -> (i32)",
    });
  }
  const lookedUp = new Set([...startFunctions(graph), allocator]);
  for (const { name, signature } of exported) {
    if (!lookedUp.has(name) && !isLookedUp(name, abi)) continue;
    const expected = name === "main" ? "ii:i" : exportSignature(name, abi);
    if (expected === undefined || expected === signature) continue;
    diagnostics.error(
      "module-export-type",
      `\`${name}\` is exported as ${describeSignature(signature)}, Envoy calls it as ${describeSignature(expected)}`,
      { help: "give it Envoy's type" },
    );
  }
}

/** Exports that look like callbacks and are none, and callbacks that nothing will ever cause. */
export function checkCallbacks({ graph, abi, diagnostics }: Subject): void {
  const imports = new Set(graph.imported.map(({ name }) => name));
  const idle = new Map<string, string[]>();
  for (const { name } of exportedFunctions(graph)) {
    if (isLookedUp(name, abi)) {
      const reason = whyNeverCalled(name, imports);
      if (reason !== undefined) idle.set(reason, [...(idle.get(reason) ?? []), name]);
    } else if (meantAsCallback(name)) {
      const meant = nearest(name.startsWith("proxy_") ? name : `proxy_${name}`, callbackNames());
      diagnostics.warning("module-unknown-callback", `no Envoy calls the export \`${name}\``, {
        help:
          meant === undefined || meant === name
            ? `it is no callback of ABI ${abi}: leave it out`
            : `did you mean \`${meant}\`?`,
      });
    }
  }
  for (const [reason, names] of idle) {
    diagnostics.note("module-idle-callback", `\`${names.join("`, `")}\` will never be called: ${reason}`);
  }
}

function meantAsCallback(name: string): boolean {
  if (MARKER.test(name) || name === "proxy_on_memory_allocate") return false;
  return name.startsWith("proxy_") || isCallback(`proxy_${name}`);
}

/** Under 0.1.0 Envoy does not look for answers of foreign functions. */
function isLookedUp(name: string, abi: AbiVersion): boolean {
  return isCallback(name) && !(abi === "0.1.0" && name === "proxy_on_foreign_function");
}

function whyNeverCalled(name: string, imports: ReadonlySet<string>): string | undefined {
  if (neverCalled.has(name)) return "Envoy has nothing that calls it";
  const cause = causes.find(([callback]) => callback.test(name));
  if (cause === undefined || cause[1].some((wanted) => imports.has(wanted))) return undefined;
  return `the module does not import \`${cause[1].join("` or `")}\``;
}

const neverCalled = new Set(["proxy_validate_configuration", "proxy_on_foreign_function"]);
const causes: readonly [RegExp, readonly string[]][] = [
  [/^proxy_on_tick$/, ["proxy_set_tick_period_milliseconds"]],
  [/^proxy_on_http_call_response$/, ["proxy_http_call"]],
  [/^proxy_on_grpc_/, ["proxy_grpc_call", "proxy_grpc_stream"]],
  [/^proxy_on_queue_ready$/, ["proxy_register_shared_queue"]],
];

function exportedFunctions(graph: CallGraph): { name: string; signature: string }[] {
  return graph.shape.exports.filter(({ kind }) => kind === "function");
}
