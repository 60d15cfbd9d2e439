// wasm + what is known of it → the filter as it ships, held against the laws of an emitted filter first.
import { createHash } from "node:crypto";
import type { PathNormalization } from "../2-check/path-normalization.ts";
import type { Plan } from "../4-plan/plan.ts";
import type { EmittedSource } from "../5-emit/emit.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Limit, Program } from "../ir/program.ts";
import { choosesClusters } from "../ir/route-headers.ts";
import type { RouteSetting } from "../ir/routing.ts";
import { version } from "../version.ts";
import {
  callbacksOf,
  embedNote,
  importsOf,
  readManifest,
  type CalledCluster,
  type Manifest,
  type Stages,
} from "./manifest.ts";
import { Module } from "./web-assembly.ts";

/** A compiled filter: a bundle, or what of it is for one workload. */
export interface PackagedFilter {
  /** File name stem: `<bundle>`, or `<bundle>.<workload>`. */
  readonly name: string;
  /** Envoy's `vm_id`: the workload's name, or the bundle's where it names no workloads. */
  readonly vmId: string;
  readonly wasm: Uint8Array;
  /** The emitted AssemblyScript. */
  readonly source: string;
  readonly manifest: Manifest;
  readonly limits: readonly PackagedLimit[];
  /** What the listener in front of the filter has to do to paths. */
  readonly pathNormalization: PathNormalization;
}

/** A rate limit of a filter. */
export interface PackagedLimit {
  /** `<namespace>/<policy>.<limit>` */
  readonly name: string;
  readonly scope: Limit["scope"];
  /** The same as long as what was counted means the same: the limit's name, key, algorithm and rates. */
  readonly identity: bigint;
}

/** What the filter is made of. */
interface Subject {
  readonly name: string;
  readonly workload?: string;
  readonly program: Program;
  readonly plan: Plan;
  readonly pathNormalization: PathNormalization;
}

/** The filter; faults of the module are reported, and then there is none. */
export function packageFilter(
  parts: { wasm: Uint8Array; source: EmittedSource; target: Subject },
  diagnostics: Diagnostics,
): PackagedFilter | undefined {
  const { name, workload, program, plan, pathNormalization } = parts.target;
  for (const fault of lawsBroken(parts.wasm, plan)) {
    diagnostics.error("internal-module", fault, {
      help: "this is a fault of Tollgate, not of your policy: please report it with the policy",
    });
  }
  if (diagnostics.hasErrors) return undefined;
  const wasm = embedNote(parts.wasm, {
    tollgate: version,
    bundle: program.bundle,
    ...(workload !== undefined && { workload }),
    policies: program.policies,
    stages: stagesOf(program),
    headers: headersOf(plan),
    hostCalls: plan.price,
    ...clustersOf(plan, program),
    ...routingOf(program),
    ...parametersOf(program),
    pathNormalization,
  });
  const digest = `sha256:${createHash("sha256").update(wasm).digest("hex")}`;
  const manifest = readManifest(wasm, digest);
  if (!manifest) throw new Error("the note that was just embedded cannot be read");
  const vmId = workload ?? program.bundle;
  const limits = plan.limits.map((limit) => ({
    name: `${limit.origin.policy}.${limit.name}`,
    scope: limit.scope,
    identity: limit.identity,
  }));
  return { name, vmId, wasm, source: parts.source.text, manifest, limits, pathNormalization };
}

function stagesOf({ authentication, authorization, limits, httpRoutes, routes }: Program): Stages {
  const { deny, allow, observers } = authorization;
  const early = limits.filter(({ phase }) => phase === "before-authentication").length;
  // A rule of an HTTPRoute is there once for each of its matches and hostnames.
  const written = new Set(httpRoutes?.rules.map(({ origin }) => `${origin.policy} ${origin.part}`));
  const all: Required<Stages> = {
    earlyLimits: early,
    authentication: authentication?.rules.length ?? 0,
    deny: deny.length,
    allow: allow.length,
    observers: observers.flatMap(({ rules }) => rules).length,
    limits: limits.length - early,
    httpRoutes: written.size,
    headerRoutes: routes.flatMap(({ rules }) => rules).length,
  };
  return Object.fromEntries(Object.entries(all).filter(([, rules]) => rules > 0));
}

/** The headers that are read. */
function headersOf({ slots }: Plan): string[] {
  const names = slots.flatMap((slot) => (slot.from === "header" ? [slot.name.replace(/\?$/, "")] : []));
  return [...new Set(names)];
}

/** The clusters that are called, where there are any. */
function clustersOf({ authentication }: Plan, { rateLimitService }: Program): Pick<Manifest, "clusters"> {
  const called = new Map<string, CalledCluster>();
  for (const { cluster } of authentication?.sources ?? []) {
    const { name, host, port, tls } = cluster;
    called.set(name, { name, url: `${tls ? "https" : "http"}://${authority(host, port)}` });
  }
  if (rateLimitService) {
    const { cluster: name, address } = rateLimitService;
    const url = address && `http://${authority(address.host, address.port)}`;
    called.set(name, { name, ...(url !== undefined && { url }), protocol: "http2" });
  }
  return called.size === 0 ? {} : { clusters: [...called.values()] };
}

/** What the filter is given, where it is given anything. */
function parametersOf({ parameters }: Program): Pick<Manifest, "parameters"> {
  const notes = parameters?.map(({ name, type, default: given, description, least, most, inHeader }) => ({
    ...{ name, type, least, most },
    ...(inHeader && { inHeader }),
    ...(given !== undefined && { default: given }),
    ...(description !== undefined && { description }),
  }));
  return notes ? { parameters: notes } : {};
}

/** What the filter asks of routes, where it chooses clusters. */
function routingOf(program: Program): Pick<Manifest, "routing"> {
  if (!choosesClusters(program)) return {};
  const settings = new Map<string, RouteSetting>();
  for (const { action } of program.httpRoutes?.rules ?? []) {
    if (action.kind === "forward" && action.setting) settings.set(action.setting.id, action.setting);
  }
  const always = program.httpRoutes !== undefined;
  return { routing: { backends: program.backends, settings: [...settings.values()], always } };
}

function authority(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** An emitted filter imports only host functions it was planned to call and exports only the callbacks it was planned to have. */
function lawsBroken(wasm: Uint8Array, plan: Plan): string[] {
  const module = new Module(wasm);
  const planned = new Set([
    ...Object.keys(plan.price.request),
    ...Object.keys(plan.price.response),
    ...plan.besides,
  ]);
  planned.add("proxy_send_local_response");
  const strangers = importsOf(module).filter((name) => !planned.has(name));
  const callbacks = callbacksOf(module).join(", ");
  return [
    ...strangers.map((name) => `the module imports \`${name}\`, which its plan does not call`),
    ...(callbacks === [...plan.callbacks].sort().join(", ")
      ? []
      : [`the module exports ${callbacks || "no callback"}`]),
  ];
}
