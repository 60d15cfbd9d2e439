/** A Wasm plugin as a filter or a service names it: `envoy.extensions.wasm.v3.PluginConfig`. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { FilterModule, ModuleRejected } from "../module.ts";
import type { FailurePolicy } from "../proxy/filter-slot.ts";
import type { PluginOptions } from "../vm.ts";
import { configurationBytes } from "./configuration.ts";
import { BootstrapRefused, type Message } from "./message.ts";

/** What plugins that share a VM have in common. */
export interface VmConfig {
  /** The same for plugins that share a VM: vm_id, code and VM configuration. */
  readonly key: string;
  readonly vmId: string;
  readonly module: FilterModule;
  readonly configuration: Uint8Array;
  /** Fixed at the VM's start; NUL-free names and values. */
  readonly environment: ReadonlyMap<string, string>;
}

export interface PluginConfig extends Required<PluginOptions> {
  /** Where it stands in the bootstrap. */
  readonly path: string;
  /** The same for plugins that are one: the VM's key, name, root id and configuration. */
  readonly key: string;
  readonly vm: VmConfig;
  readonly failurePolicy: FailurePolicy;
  /** How long a VM that trapped must have run before another takes its place; undefined: the host's default. */
  readonly reloadBackoffMs: number | undefined;
}

const FILTER_RUNTIMES = ["", "envoy.wasm.runtime.v8"];

/** Reads a plugin and compiles its code; a file is compiled once, whoever names it. */
export class PluginReader {
  private readonly modules = new Map<string, FilterModule>();

  readonly read = (message: Message): PluginConfig => {
    const vm = message.message("vm_config", this.readVm);
    const pluginName = message.string("name");
    const rootId = message.string("root_id");
    const pluginConfiguration = configurationBytes(message, "configuration");
    const failurePolicy = readFailurePolicy(message);
    const reloadBackoffMs = message.optional("reload_config", readReload);
    const allowOnHeadersStopIteration = message.boolean("allow_on_headers_stop_iteration");
    return {
      path: message.path,
      key: [vm.key, pluginName, rootId, digest(pluginConfiguration)].join("\0"),
      vm,
      pluginName,
      rootId,
      pluginConfiguration,
      failurePolicy,
      reloadBackoffMs,
      allowOnHeadersStopIteration,
    };
  };

  private readonly readVm = (message: Message): VmConfig => {
    const vmId = message.string("vm_id");
    const runtime = message.string("runtime");
    if (!FILTER_RUNTIMES.includes(runtime))
      message.refuse("runtime", `\`${runtime}\` is not supported by this host, only envoy.wasm.runtime.v8`);
    const configuration = configurationBytes(message, "configuration");
    const code = message.message("code", (source) => source.message("local", readCode));
    const environment =
      message.optional("environment_variables", readEnvironment) ?? new Map<string, string>();
    const codeDigest = digest(code);
    return {
      key: [vmId, codeDigest, digest(configuration)].join("\0"),
      vmId,
      module: this.compile(code, codeDigest, message.at("code")),
      configuration,
      environment,
    };
  };

  private compile(code: Uint8Array, key: string, path: string): FilterModule {
    let module = this.modules.get(key);
    try {
      if (module === undefined) this.modules.set(key, (module = FilterModule.compile(code)));
    } catch (error) {
      if (error instanceof ModuleRejected) throw new BootstrapRefused(path, error.message);
      throw error;
    }
    return module;
  }
}

/** A `DataSource`; file names are relative to the working directory, as Envoy's are. */
export function readCode(message: Message): Uint8Array {
  const filename = message.optionalString("filename");
  const inlineBytes = message.optionalString("inline_bytes");
  const inlineString = message.optionalString("inline_string");
  if (inlineBytes !== undefined) return Buffer.from(inlineBytes, "base64");
  if (inlineString !== undefined) return Buffer.from(inlineString);
  if (filename === undefined) message.refuse("filename", "is missing");
  try {
    return readFileSync(filename);
  } catch (error) {
    return message.refuse("filename", `\`${filename}\` cannot be read: ${(error as Error).message}`);
  }
}

function readFailurePolicy(message: Message): FailurePolicy {
  const policy = message.word("failure_policy", "UNSPECIFIED", "FAIL_CLOSED", "FAIL_OPEN", "FAIL_RELOAD");
  const failOpen = message.boolean("fail_open");
  if (failOpen && policy !== "UNSPECIFIED")
    message.refuse("fail_open", "goes without `failure_policy` only, as in Envoy");
  return policy === "UNSPECIFIED" ? (failOpen ? "FAIL_OPEN" : "FAIL_CLOSED") : policy;
}

function readReload(message: Message): number | undefined {
  return message.optional("backoff", (backoff) => {
    backoff.ignore("max_interval"); // the interval does not grow
    return backoff.milliseconds("base_interval");
  });
}

function readEnvironment(message: Message): Map<string, string> {
  const variables = new Map<string, string>();
  for (const name of message.strings("host_env_keys")) {
    const value = process.env[name];
    if (value !== undefined) variables.set(name, value);
  }
  const given = message.raw("key_values") ?? {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== "string") message.refuse(`key_values.${name}`, "a string is expected here");
    if (variables.has(name)) message.refuse(`key_values.${name}`, "stands under `host_env_keys`, too");
    variables.set(name, value);
  }
  return variables;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
