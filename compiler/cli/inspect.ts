// tollgate inspect: what is inside a filter, from the wasm alone.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { FilterModule, ModuleRejected } from "../../host/index.ts";
import { printable } from "../diagnostics/printable.ts";
import { readManifest, type Manifest } from "../7-package/manifest.ts";
import { CommandFailure } from "./failure.ts";
import { count, formatBytes, out } from "./terminal.ts";

export function addInspect(program: Command): void {
  program
    .command("inspect")
    .description("show what is inside a compiled filter")
    .argument("<file.wasm>", "a filter, made by Tollgate or by another Proxy-Wasm SDK")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      "\nExample:\n  tollgate build examples/shop -o build && tollgate inspect build/shop.wasm",
    )
    .action(async (file: string, options: { format: "text" | "json" }) => {
      const wasm = await readFile(file).catch((error: unknown) => {
        const { code, message } = error as NodeJS.ErrnoException;
        throw code === "ENOENT"
          ? new CommandFailure(`\`${file}\` is not there`, "build a filter first: tollgate build PATH -o DIR")
          : code === "EISDIR"
            ? new CommandFailure(`\`${file}\` is a folder`, "give one of the `.wasm` files in it")
            : new CommandFailure(`\`${file}\` cannot be read: ${message}`);
      });
      const module = load(file, wasm);
      const digest = `sha256:${createHash("sha256").update(wasm).digest("hex")}`;
      const manifest = readManifest(wasm, digest);
      if (options.format === "json") {
        const foreign = {
          abi: module.abiVersion,
          digest,
          wasmBytes: wasm.length,
          imports: module.imports,
          callbacks: module.callbacks,
        };
        out.line(JSON.stringify(manifest ?? foreign, null, 2));
        return;
      }
      if (manifest) showManifest(manifest);
      else out.line(`${file}: a Proxy-Wasm ${module.abiVersion} filter that Tollgate did not compile`);
      section("size", [`${formatBytes(wasm.length)}, ${digest}`]);
      section("imports", module.imports.map(printable));
      section("callbacks", module.callbacks.map(printable));
    });
}

function load(file: string, wasm: Uint8Array): FilterModule {
  try {
    return FilterModule.compile(wasm);
  } catch (error) {
    if (!(error instanceof ModuleRejected)) throw error;
    throw new CommandFailure(
      `\`${file}\` is no filter that Envoy would load: ${error.message}`,
      "inspect takes a Proxy-Wasm module, such as one that `tollgate build` wrote",
    );
  }
}

function showManifest(manifest: Manifest): void {
  const { palette } = out;
  out.line(
    `${palette.bold(printable(manifest.bundle))}, compiled by Tollgate ${printable(manifest.tollgate)} for Proxy-Wasm ${manifest.abi}`,
  );
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
