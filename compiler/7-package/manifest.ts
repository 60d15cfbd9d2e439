// What a compiled filter says of itself: beside the wasm as a file, and inside it as a custom section named `tollgate`, so
// that a filter found somewhere still tells where it came from. Engines skip custom sections.
import type { Price } from "../4-plan/plan.ts";
import { parameterTypes, type Parameter } from "../ir/parameters.ts";
import type { PolicyNote } from "../ir/program.ts";
import type { Backend, RouteSetting } from "../ir/routing.ts";
import { Module, type WasmModule } from "./web-assembly.ts";

/** The part that travels inside the wasm. */
export interface FilterNote {
  /** Tollgate's version. */
  readonly tollgate: string;
  readonly bundle: string;
  /** The workload that the filter is for; absent where the bundle names none. */
  readonly workload?: string;
  readonly policies: readonly PolicyNote[];
  /** Its stages, with the number of their rules. Absent in filters of older versions. */
  readonly stages?: Stages;
  /** Request headers the filter reads, all in one host call. */
  readonly headers: readonly string[];
  /** Worst-case host calls of one request. */
  readonly hostCalls: Price;
  /** Clusters that the filter calls; absent where it calls none. */
  readonly clusters?: readonly CalledCluster[];
  /** What the routes behind the filter have to offer; absent where it chooses no cluster. */
  readonly routing?: FilterRouting;
  /** What it is given when it is loaded, through the plugin configuration; absent where it is given nothing. */
  readonly parameters?: readonly ParameterNote[];
  /** How far the listener in front has to normalise paths: Istio's word for it. */
  readonly pathNormalization: string;
}

/** How many rules, limits of either phase among them, each stage has that there is, in the order in which requests meet them. */
export type Stages = { readonly [Stage in (typeof stageNames)[number]]?: number };

export const stageNames = [
  "earlyLimits",
  "authentication",
  "deny",
  "allow",
  "observers",
  "limits",
  "httpRoutes",
  "headerRoutes",
] as const;

/** One parameter; `least` and `most` bound an integer. */
export type ParameterNote = Omit<Parameter, "minimum" | "maximum">;

/** Where a filter sends requests: the routes behind it take the cluster from the request header `x-tollgate-cluster`. */
export interface FilterRouting {
  /** Every cluster that it may choose, or a mirror of its is, and the origin that the cluster leads to. */
  readonly backends: readonly Backend[];
  /** What only routes can do: a route for each, chosen by the request header `x-tollgate-rule`. */
  readonly settings: readonly RouteSetting[];
  /** Whether each request that passes has a cluster. Else one without goes where it would go without the filter. */
  readonly always: boolean;
}

/** A cluster that a filter calls. */
export interface CalledCluster {
  readonly name: string;
  /** The origin that it has to lead to; absent where the policies leave that to Envoy's own configuration. */
  readonly url?: string;
  /** Present where it has to be asked by HTTP/2. */
  readonly protocol?: "http2";
}

/** A filter's manifest: `<name>.manifest.json`. */
export interface Manifest extends FilterNote {
  /** Proxy-Wasm ABI version. */
  readonly abi: string;
  /** `sha256:` and the digest of the wasm. Same policies, same Tollgate: same digest. */
  readonly digest: string;
  readonly wasmBytes: number;
  /** Host functions the filter imports. */
  readonly imports: readonly string[];
  /** Callbacks the filter exports. */
  readonly callbacks: readonly string[];
}

const SECTION = "tollgate";

/** The module with a note in it. */
export function embedNote(wasm: Uint8Array, note: FilterNote): Uint8Array {
  const name = Buffer.from(SECTION, "utf8");
  const payload = Buffer.from(JSON.stringify(note), "utf8");
  const content = Buffer.concat([leb128(name.length), name, payload]);
  return Buffer.concat([wasm, Buffer.from([0]), leb128(content.length), content]);
}

/** The note in a module; undefined where Tollgate did not make it. */
export function readNote(module: WasmModule): FilterNote | undefined {
  const [section] = Module.customSections(module, SECTION);
  if (!section) return undefined;
  try {
    const note: unknown = JSON.parse(Buffer.from(section).toString("utf8"));
    return isNote(note) ? note : undefined;
  } catch {
    return undefined;
  }
}

/** Anybody can write a section of this name. */
function isNote(value: unknown): value is FilterNote {
  const {
    tollgate,
    bundle,
    workload = "",
    policies,
    stages,
    headers,
    hostCalls,
    pathNormalization,
    clusters = [],
    routing,
    parameters = [],
  } = record(value);
  const { request, response, total } = record(hostCalls);
  const counts = [record(request), record(response), record(stages)].flatMap((of) => Object.values(of));
  return (
    [tollgate, bundle, workload, pathNormalization].every((text) => typeof text === "string") &&
    Array.isArray(policies) &&
    policies.every((policy) =>
      ["kind", "name", "source"].every((field) => typeof record(policy)[field] === "string"),
    ) &&
    Array.isArray(clusters) &&
    clusters
      .map(record)
      .every(
        ({ name, url = "", protocol = "http2" }) =>
          typeof name === "string" && typeof url === "string" && protocol === "http2",
      ) &&
    (routing === undefined || isRouting(record(routing))) &&
    Array.isArray(parameters) &&
    parameters.map(record).every(isParameter) &&
    Array.isArray(headers) &&
    headers.every((header) => typeof header === "string") &&
    [...counts, total].every((count) => typeof count === "number")
  );
}

function isParameter({
  name,
  type,
  default: given = "",
  description = "",
  least,
  most,
  inHeader = true,
}: Readonly<Record<string, unknown>>): boolean {
  return (
    [name, description].every((text) => typeof text === "string") &&
    parameterTypes.some((known) => known === type) &&
    (typeof given === "string" || typeof given === "number") &&
    inHeader === true &&
    [least, most].every((bound) => typeof bound === "number")
  );
}

function isRouting({ backends, settings, always }: Readonly<Record<string, unknown>>): boolean {
  const all = (list: unknown, holds: (entry: Readonly<Record<string, unknown>>) => boolean): boolean =>
    Array.isArray(list) && list.map(record).every(holds);
  return (
    typeof always === "boolean" &&
    all(backends, ({ cluster, url }) => typeof cluster === "string" && typeof url === "string") &&
    all(
      settings,
      ({ id, mirrors, retryBackoffMs = 0 }) =>
        typeof id === "string" &&
        typeof retryBackoffMs === "number" &&
        all(
          mirrors,
          ({ cluster, numerator, denominator }) =>
            typeof cluster === "string" && typeof numerator === "number" && typeof denominator === "number",
        ),
    )
  );
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Names of the host functions a module imports. */
export function importsOf(module: WasmModule): string[] {
  return Module.imports(module)
    .map(({ module: from, name }) => (from === "env" ? name : `${from}.${name}`))
    .sort();
}

/** Names of the `proxy_on_…` callbacks a module exports, the allocator aside. */
export function callbacksOf(module: WasmModule): string[] {
  return Module.exports(module)
    .map(({ name }) => name)
    .filter((name) => name.startsWith("proxy_on_") && name !== "proxy_on_memory_allocate")
    .sort();
}

/** The Proxy-Wasm ABI that a module declares, such as `0.2.1`. */
export function abiOf(module: WasmModule): string | undefined {
  const marker = Module.exports(module).find(({ name }) => name.startsWith("proxy_abi_version_"));
  return marker?.name.replace("proxy_abi_version_", "").replaceAll("_", ".");
}

/** The manifest of a module whose note is in it; undefined where Tollgate did not make it. */
export function readManifest(wasm: Uint8Array, digest: string): Manifest | undefined {
  const module = new Module(wasm);
  const note = readNote(module);
  if (!note) return undefined;
  return {
    ...note,
    abi: abiOf(module) ?? "",
    digest,
    wasmBytes: wasm.byteLength,
    imports: importsOf(module),
    callbacks: callbacksOf(module),
  };
}

function leb128(value: number): Buffer {
  const bytes: number[] = [];
  do {
    const rest = value >>> 7;
    bytes.push((value & 0x7f) | (rest > 0 ? 0x80 : 0));
    value = rest;
  } while (value > 0);
  return Buffer.from(bytes);
}
