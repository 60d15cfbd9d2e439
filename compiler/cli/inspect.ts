// tollgate inspect: what is inside a filter, from the wasm alone, and whether an Envoy would load it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { abiOf, callbacksOf, importsOf, readManifest, type Manifest } from "../7-package/manifest.ts";
import { Module } from "../7-package/web-assembly.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";
import { diagnosticToJson, renderDiagnostics } from "../diagnostics/render.ts";
import { expectedOf } from "../ir/parameters.ts";
import { CommandFailure, ModuleAtFault } from "./failure.ts";
import { envoyVersions, newestEnvoy, type EnvoyVersion } from "./lint/envoy-versions.ts";
import { lintModule } from "./lint/lint.ts";
import { count, formatBytes, out } from "./terminal.ts";

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
        `${file}: a ${abi === undefined ? "WebAssembly module" : `Proxy-Wasm ${printable(abi)} filter`} that Tollgate did not compile`,
      );
    section("size", [`${formatBytes(wasm.length)}, ${digest}`]);
    section("imports", imports.map(printable));
    section("callbacks", callbacks.map(printable));
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
  out.line(renderDiagnostics(findings, palette));
}

function showManifest(manifest: Manifest): void {
  const { palette } = out;
  out.line(
    `${palette.bold(printable(manifest.bundle))}, compiled by Tollgate ${printable(manifest.tollgate)} for Proxy-Wasm ${printable(manifest.abi)}`,
  );
  if (manifest.workload !== undefined) out.line(`for the workload ${printable(manifest.workload)}`);
  const width = Math.max(...manifest.policies.map(({ kind }) => kind.length));
  section(
    "policies",
    manifest.policies.map(
      ({ kind, name, source }) =>
        `${printable(kind).padEnd(width)}  ${printable(name)}  ${palette.dim(printable(source))}`,
    ),
  );
  section(
    "reads",
    manifest.headers.length > 0
      ? [`${manifest.headers.map(printable).join(" ")} ${palette.dim("(one host call)")}`]
      : ["no header"],
  );
  if (manifest.clusters) {
    section(
      "calls the clusters",
      manifest.clusters.map(({ name, url, protocol }) =>
        [printable(name), url === undefined ? "" : palette.dim(printable(url)), protocol ? "by HTTP/2" : ""]
          .filter((part) => part !== "")
          .join(" "),
      ),
    );
  }
  if (manifest.parameters) {
    section(
      "is given, through the plugin configuration",
      manifest.parameters.map((parameter) => {
        const { name, default: given, description } = parameter;
        const absent = given === undefined ? "required" : `default ${printable(JSON.stringify(given))}`;
        const what = `${printable(name)} ${palette.dim(`${expectedOf(parameter)}, ${absent}`)}`;
        return description === undefined ? what : `${what}: ${printable(description)}`;
      }),
    );
  }
  section("needs of the listener", [`paths normalised as ${printable(manifest.pathNormalization)}`]);
  const { request, response, total } = manifest.hostCalls;
  section(`host calls, at most ${total} a request`, [
    ...Object.entries(request).map(([name, n]) => `${printable(name)} × ${n}`),
    ...Object.entries(response).map(([name, n]) => `${printable(name)} × ${n} ${palette.dim("(response)")}`),
  ]);
}

function section(title: string, lines: readonly string[]): void {
  out.line();
  out.line(out.palette.bold(title));
  for (const line of lines) out.line(`  ${line}`);
  if (lines.length === 0) out.line(out.palette.dim(`  ${count(0, "entry", "entries")}`));
}
