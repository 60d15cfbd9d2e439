// What no YAML on a page can show: files that are no text or too large for a page, modules, and faults of the compiler.
import { Assembler } from "../../../compiler/6-assemble/assembler.ts";
import { packageFilter } from "../../../compiler/7-package/package.ts";
import { lintModule } from "../../../compiler/cli/lint/lint.ts";
import { newestEnvoy, type EnvoyVersion } from "../../../compiler/cli/lint/envoy-versions.ts";
import { Diagnostics, type Diagnostic } from "../../../compiler/diagnostics/diagnostic.ts";
import { checkPolicies } from "../../../compiler/testing/findings.ts";
import { authorization } from "../../../compiler/testing/policies.ts";
import { buildModule, i32, required, type ModuleParts } from "../../../host/testing/wasm-builder.ts";

type Cause = () => readonly Diagnostic[] | Promise<readonly Diagnostic[]>;

const check = (text: string) => (): readonly Diagnostic[] =>
  checkPolicies({ "policy.yaml": text }).diagnostics;

const lint =
  (parts: ModuleParts, envoy: EnvoyVersion = newestEnvoy) =>
  (): readonly Diagnostic[] =>
    lintModule(buildModule(parts), envoy);

const [marker, malloc] = required;
const asksTheTime = { name: "_initialize", type: ":", body: [...i32(0), 0x10, 0, 0x1a] } as const;

/** How a code comes about, for the codes whose page holds no example. */
export const causes: Readonly<Record<string, Cause>> = {
  TG1004: check(aliases()),
  TG1006: check("apiVersion: caf\uFFFD\n"),
  TG1007: check(authorization(`  rules: ${"[".repeat(300)}${"]".repeat(300)}\n`)),
  TG8001: lint({ imports: [{ name: "proxy_get_header_map_pair", type: "iii:i" }], exports: required }),
  TG8002: lint({ imports: [{ name: "proxy_increment_metric", type: "ii:i" }], exports: required }),
  TG8003: lint({ exports: [...required, { name: "proxy_on_request_headers", type: "ii:i" }] }),
  TG8004: lint({ exports: [malloc] }),
  TG8005: lint({ exports: [marker] }),
  TG8006: lint({ exports: required, memory: "hidden" }),
  TG8007: lint({
    imports: [{ name: "proxy_get_current_time_nanoseconds", type: "i:i" }],
    exports: [...required, asksTheTime],
  }),
  TG8008: lint({ exports: [...required, { name: "proxy_on_request_header", type: "iii:i" }] }),
  TG8009: lint({ exports: [...required, { name: "proxy_on_tick", type: "i:" }] }),
  TG8010: lint(
    {
      imports: [{ name: "proxy_call_foreign_function", type: "iiiiii:i" }],
      exports: required,
      data: ["s\0i\0g\0n\0\0\0"],
    },
    "1.36",
  ),
  TG9001: doesNotCompile,
  TG9002: breaksTheLaw,
};

/** A long list, in each of many rules. */
function aliases(): string {
  const hosts = Array.from({ length: 400 }, (_, i) => `${i}.shop.test`).join(", ");
  const rules = Array.from({ length: 300 }, () => "    - to: [{ operation: { hosts: *hosts } }]\n").join("");
  return authorization(`  rules:\n    - to: [{ operation: { hosts: &hosts [${hosts}] } }]\n${rules}`);
}

async function doesNotCompile(): Promise<readonly Diagnostic[]> {
  const diagnostics = new Diagnostics();
  const assembler = new Assembler();
  const text = "export function proxy_on_request_headers(): bool {\n  return missing;\n}\n";
  await assembler.assemble({ text, origins: new Map() }, diagnostics);
  await assembler.close();
  return diagnostics.sorted();
}

function breaksTheLaw(): readonly Diagnostic[] {
  const diagnostics = new Diagnostics();
  const [target] = checkPolicies(authorization("  rules: [{}]\n")).targets;
  if (!target) throw new Error("no target");
  const wasm = buildModule({
    imports: [{ name: "proxy_http_call", type: "iiiiiiiiii:i" }],
    exports: target.plan.callbacks.map((name) => ({ name, type: "iii:i" })),
  });
  packageFilter({ wasm, source: { text: "", origins: new Map() }, target }, diagnostics);
  return diagnostics.sorted();
}
