// tollgate inspect: what is inside a filter, from the wasm alone, and whether an Envoy would load it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { abiOf, callbacksOf, importsOf, readManifest } from "../7-package/manifest.ts";
import { Module } from "../7-package/web-assembly.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";
import { diagnosticToJson, renderDiagnostics } from "../diagnostics/render.ts";
import { CommandFailure, ModuleAtFault } from "./failure.ts";
import { list, section, showManifest, showSize } from "./inspect/show.ts";
import { envoyVersions, newestEnvoy, type EnvoyVersion } from "./lint/envoy-versions.ts";
import { lintModule } from "./lint/lint.ts";
import { out } from "./terminal.ts";

interface InspectOptions {
  readonly envoy: EnvoyVersion;
  readonly format: "text" | "json";
}

export function addInspect(program: Command): void {
  program
    .command("inspect")
    .description("show what is inside a compiled filter, and whether an Envoy would load it")
    .argument("<file.wasm>", "a filter, made by Tollgate or by another Proxy-Wasm SDK")
    .addOption(
      new Option("--envoy <version>", "the Envoy to check for").choices(envoyVersions).default(newestEnvoy),
    )
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      `
Shows policies, stages, what requests cost at worst (an estimate), and what its bytes are for.
Says what that Envoy would refuse the filter for, and what would not work: imports it lacks, wrong types, host
calls while starting, no allocator, callbacks that nobody calls. Exit code 1 where it would not load.

Example:
  tollgate build examples/shop -o build && tollgate inspect build/shop.wasm --envoy 1.36`,
    )
    .action(inspect);
}

async function inspect(file: string, { envoy, format }: InspectOptions): Promise<void> {
  const wasm = await readFile(file).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ENOENT"
      ? new CommandFailure(`\`${file}\` is not there`, "build a filter first: tollgate build PATH -o DIR")
      : code === "EISDIR"
        ? new CommandFailure(`\`${file}\` is a folder`, "give one of the `.wasm` files in it")
        : new CommandFailure(`\`${file}\` cannot be read: ${message}`);
  });
  const { imports, callbacks, abi } = look(file, wasm);
  const digest = `sha256:${createHash("sha256").update(wasm).digest("hex")}`;
  const manifest = readManifest(wasm, digest);
  const findings = lintModule(wasm, envoy);
  if (format === "json") {
    const module = manifest ?? { abi, digest, wasmBytes: wasm.length, imports, callbacks };
    out.line(JSON.stringify({ ...module, envoy, findings: findings.map(diagnosticToJson) }, null, 2));
  } else {
    if (manifest) showManifest(manifest);
    else
      out.line(
        `${printable(file)}: a ${abi === undefined ? "WebAssembly module" : `Proxy-Wasm ${printable(abi)} filter`} that Tollgate did not compile`,
      );
    showSize(wasm, digest, manifest !== undefined);
    section("imports");
    list(imports);
    section("callbacks");
    list(callbacks);
    showFindings(envoy, findings);
  }
  if (findings.some(({ severity }) => severity === "error")) throw new ModuleAtFault();
}

function look(
  file: string,
  wasm: Uint8Array,
): { imports: string[]; callbacks: string[]; abi: string | undefined } {
  let module;
  try {
    module = new Module(wasm);
  } catch (error) {
    throw new CommandFailure(
      `\`${file}\` is no WebAssembly module: ${error instanceof Error ? error.message : String(error)}`,
      "inspect takes a Proxy-Wasm module, such as one that `tollgate build` wrote",
    );
  }
  return { imports: importsOf(module), callbacks: callbacksOf(module), abi: abiOf(module) };
}

function showFindings(envoy: EnvoyVersion, findings: readonly Diagnostic[]): void {
  const { palette } = out;
  const refused = findings.some(({ severity }) => severity === "error");
  const verdict = refused ? palette.error("would not load it") : palette.good("would load it");
  out.line();
  out.line(palette.bold(`Envoy ${envoy} ${verdict}`));
  if (findings.length === 0) return;
  out.line();
  out.line(renderDiagnostics(findings, palette, Infinity, out.width));
}
