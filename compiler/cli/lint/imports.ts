// Imports: whether this Envoy has them, and with which types.
import { abiVersionsOffering, describeSignature, importNames } from "../../../host/signatures.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { hostFunction, isSince, type AbiVersion } from "./envoy-versions.ts";
import type { Subject } from "./subject.ts";

export function checkImports({ graph, abi, version, diagnostics }: Subject): void {
  for (const { module, name, kind, signature } of graph.shape.imports) {
    // Envoy makes a memory or a table where one is wanted.
    if (kind === "memory" || kind === "table") continue;
    const where = `\`${module}.${name}\``;
    const offered = kind === "function" ? hostFunction(module, name, abi) : undefined;
    if (kind !== "function") {
      diagnostics.error(
        "module-import",
        `the ${kind} ${where} is imported, and Envoy offers functions only`,
        {
          help: "define it in the module",
        },
      );
    } else if (!offered) {
      diagnostics.error("module-import", `no Envoy has ${where}`, { help: unknownHelp(module, name, abi) });
    } else if (!isSince(version, offered.since)) {
      diagnostics.error("module-import", `Envoy ${version} has no ${where}`, {
        help: `it came with Envoy ${offered.since}: lint for that with \`--envoy ${offered.since}\`, or do without it`,
      });
    } else if (offered.signature !== signature) {
      diagnostics.error(
        "module-import-type",
        `${where} is imported as ${describeSignature(signature)}, Envoy has it as ${describeSignature(offered.signature)}`,
        { help: "declare it with Envoy's type" },
      );
    }
  }
}

function unknownHelp(module: string, name: string, abi: AbiVersion): string {
  if (name === "abort")
    return "AssemblyScript imports it for failed assertions: compile with `--use abort=` and the name of a function of your own";
  if (module === "env" && ["seed", "trace"].includes(name))
    return `AssemblyScript imports it where \`${name === "seed" ? "Math.random" : "trace"}\` is used: do without it`;
  const abis = abiVersionsOffering(name);
  if (module === "env" && abis.length > 0)
    return `it exists under ABI ${abis.join(" and ")} only, and this module declares ${abi}`;
  if (module !== "env" && hostFunction("env", name, abi))
    return `Envoy looks for it in the module \`env\`: AssemblyScript takes the module's name from the source file's`;
  const meant = didYouMean(name, importNames(abi));
  return meant ?? "a Proxy-Wasm module may import the `proxy_…` functions of `env`, and WASI";
}
