// What rules of routing do, in a form in which equal things are equal: the order in which headers are named says nothing, nor
// how an author calls a rule.
import type { Filled } from "../ir/parameters.ts";
import type { Program } from "../ir/program.ts";
import type {
  Arm,
  Changes,
  HeaderChange,
  HttpRouteRule,
  PathChange,
  Redirect,
  RouteRule,
  StickyKey,
  Template,
  WeightedBackend,
} from "../ir/routing.ts";
import { canonical, celData, filled, type Data } from "./canonical.ts";

/** What becomes of a request's or response's headers: for each name what is done, in order. */
export type HeaderEffects = { readonly [name: string]: readonly HeaderOperation[] };

/** `remove` and `set` stand first, if at all: what came before them says nothing. */
export type HeaderOperation =
  | { readonly op: "remove" }
  | { readonly op: "set" | "add"; readonly value: readonly Data[] }
  | { readonly op: "copy"; readonly of: string }
  | { readonly op: "map"; readonly of: string; readonly table: Data; readonly otherwise: string | undefined };

/** What a part of routing does with a request. */
export type RouteEffect =
  | { readonly kind: "nothing" }
  /** No HTTPRoute takes it: 404, unless something else names a backend. */
  | { readonly kind: "not-found" }
  | {
      readonly kind: "redirect";
      readonly status: number;
      readonly scheme: string | undefined;
      readonly host: string | undefined;
      readonly port: Redirect["port"];
      readonly path: PathChange | undefined;
      readonly response: HeaderEffects;
    }
  | ForwardEffect
  /** Several parts one behind the other, of which some draw between arms. */
  | { readonly kind: "several"; readonly parts: readonly RouteEffect[] };

export interface ForwardEffect {
  readonly kind: "forward";
  /** No HTTPRoute takes it, so that without a backend it is answered 404. */
  readonly unrouted: boolean;
  /** Who decides between the arms: one behind the other, until one is present; then the request's own id. */
  readonly by: readonly StickyKey[];
  /** At least one; several draw by their names. */
  readonly arms: readonly ArmEffect[];
  readonly host: string | undefined;
  readonly path: PathChange | undefined;
  readonly timeouts: { readonly request?: number; readonly backendRequest?: number } | undefined;
  readonly retry: { readonly codes: readonly number[]; readonly attempts?: number } | undefined;
  readonly mirrors: readonly {
    readonly cluster: string;
    readonly numerator: number;
    readonly denominator: number;
  }[];
  readonly retryBackoffMs: number | undefined;
}

export interface ArmEffect {
  /** What it draws with. */
  readonly name: string;
  /** A parameter that has to be given, or the share. */
  readonly weight: Data;
  /** Absent of an HTTPRoute's backend that there is none, and of a HeaderRoutePolicy that names none. */
  readonly cluster: string | undefined;
  /** Where no such backend is: 500. */
  readonly isMissing: boolean;
  readonly request: HeaderEffects;
  readonly response: HeaderEffects;
}

export function httpEffect({ action, changes }: HttpRouteRule): RouteEffect {
  if (action.kind === "redirect") {
    const { status, scheme, host, port, path } = action;
    return {
      kind: "redirect",
      status,
      scheme,
      host,
      port,
      path,
      response: headerEffects([changes], "response"),
    };
  }
  const { backends, host, path, timeouts, retry, setting } = action;
  const missing: WeightedBackend = { cluster: undefined, weight: 1, changes: { request: [], response: [] } };
  const arms = (backends.length === 0 ? [missing] : backends).map((backend, index) => ({
    name: `${index} ${backend.cluster ?? ""}`,
    weight: backend.weight,
    cluster: backend.cluster,
    isMissing: backend.cluster === undefined,
    ...bothEffects([changes, backend.changes]),
  }));
  return {
    ...plainly,
    arms: told(arms),
    host,
    path,
    timeouts,
    retry,
    mirrors: [...(setting?.mirrors ?? [])].sort((a, b) =>
      canonical({ ...a }) < canonical({ ...b }) ? -1 : 1,
    ),
    retryBackoffMs: setting?.retryBackoffMs,
  };
}

export function routeEffect({ changes, backend, split }: RouteRule): RouteEffect {
  const written = (arm: Arm | undefined): ArmEffect => ({
    name: arm?.name ?? "",
    weight: arm ? weightOf(arm) : 1,
    cluster: arm?.backend ?? backend,
    isMissing: false,
    ...bothEffects([changes, ...(arm ? [arm.changes] : [])]),
  });
  const arms = told(split && split.arms.length > 0 ? split.arms.map(written) : [written(undefined)]);
  const [only, second] = arms;
  if (only && !second && only.cluster === undefined && isEmpty(only.request) && isEmpty(only.response))
    return { kind: "nothing" };
  return { ...plainly, by: second ? (split?.stickyBy ?? []) : [], arms };
}

const plainly: Omit<ForwardEffect, "arms"> = {
  kind: "forward",
  unrouted: false,
  by: [],
  host: undefined,
  path: undefined,
  timeouts: undefined,
  retry: undefined,
  mirrors: [],
  retryBackoffMs: undefined,
};

/** What parts do one after the other: the last that names a backend decides, and who changes a header last has the last word. */
export function composed(parts: readonly RouteEffect[]): RouteEffect {
  const [first = { kind: "nothing" }, ...others] = parts.filter(({ kind }) => kind !== "nothing");
  if (first.kind === "redirect" || others.length === 0) return first;
  const forwards = [first, ...others].map(asForward);
  if (forwards.some((forward) => !forward || forward.arms.length > 1))
    return { kind: "several", parts: [first, ...others] };
  return forwards.reduce<RouteEffect>((before, after) => {
    const [one] = before.kind === "forward" ? before.arms : [];
    const [other] = after?.arms ?? [];
    if (before.kind !== "forward" || !one || !other) return after ?? before;
    const arm: ArmEffect = {
      ...one,
      cluster: other.cluster ?? one.cluster,
      isMissing: other.cluster === undefined && one.isMissing,
      request: behind(one.request, other.request),
      response: behind(one.response, other.response),
    };
    return { ...before, arms: [arm] };
  }, forwards[0] ?? first);
}

function asForward(effect: RouteEffect): ForwardEffect | undefined {
  if (effect.kind === "forward") return effect;
  if (effect.kind !== "not-found") return undefined;
  const arm = { name: "", weight: 1, cluster: undefined, isMissing: false, request: {}, response: {} };
  return { ...plainly, unrouted: true, arms: [arm] };
}

function behind(before: HeaderEffects, after: HeaderEffects): HeaderEffects {
  const result = new Map(Object.entries(before));
  for (const [name, operations] of Object.entries(after)) {
    const goesOn = operations[0]?.op === "add";
    result.set(name, goesOn ? [...(result.get(name) ?? []), ...operations] : operations);
  }
  return Object.fromEntries(result);
}

/** What a part does of whose rules none matches. */
export function effectOfNone(program: Program, part: "http" | "policy"): RouteEffect {
  return { kind: part === "http" && program.httpRoutes ? "not-found" : "nothing" };
}

export function effectLabel(effect: RouteEffect): string {
  return canonical(effect);
}

function weightOf(arm: Arm & Filled<"weight">): Data {
  return filled(arm.weight, arm.holes?.weight);
}

/**
 * Arms as they draw: those without a weight never win; of several that all do the same only one is left; shares are what
 * counts, not their scale, and the order is of no account.
 */
function told(arms: readonly ArmEffect[]): readonly ArmEffect[] {
  const known = arms.every(({ weight }) => typeof weight === "number");
  const winning =
    known && arms.some(({ weight }) => weight !== 0) ? arms.filter(({ weight }) => weight !== 0) : arms;
  const does = ({ cluster, isMissing, request, response }: ArmEffect): string =>
    canonical({ cluster, isMissing, request, response });
  const [first] = winning;
  if (!first) return arms;
  // Where no weight is above zero the first has everything.
  const all = known && winning.every(({ weight }) => weight === 0);
  if (all || winning.every((arm) => does(arm) === does(first))) return [{ ...first, name: "", weight: 1 }];
  const divisor = known ? winning.reduce((a, { weight }) => gcd(a, Number(weight)), 0) : 1;
  const shares = winning.map((arm) => ({
    ...arm,
    weight: typeof arm.weight === "number" ? arm.weight / divisor : arm.weight,
  }));
  return shares.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function bothEffects(changes: readonly Changes[]): Pick<ArmEffect, "request" | "response"> {
  return { request: headerEffects(changes, "request"), response: headerEffects(changes, "response") };
}

/** Changes, one behind the other, told apart by the header that they change. */
export function headerEffects(all: readonly Changes[], of: keyof Changes): HeaderEffects {
  const effects = new Map<string, HeaderOperation[]>();
  const anew = (name: string, operation: HeaderOperation): void => void effects.set(name, [operation]);
  for (const change of all.flatMap((changes) => changes[of])) {
    switch (change.op) {
      case "remove":
        anew(change.name, { op: "remove" });
        break;
      case "set":
        anew(change.name, { op: "set", value: valueOf(change) });
        break;
      case "add":
        effects.set(change.name, [
          ...(effects.get(change.name) ?? []),
          { op: "add", value: valueOf(change) },
        ]);
        break;
      case "copy":
      case "rename":
        anew(change.to, { op: "copy", of: change.name });
        if (change.op === "rename") anew(change.name, { op: "remove" });
        break;
      case "map":
        anew(change.to, mapOf(change));
        break;
    }
  }
  return Object.fromEntries(effects);
}

function valueOf(change: Extract<HeaderChange, { readonly op: "set" | "add" }>): readonly Data[] {
  const { holes } = change;
  if (holes?.value?.parameter.default === undefined && holes?.value) return [filled("", holes.value)];
  return joined(change.value).map((part) => (typeof part === "string" ? part : celData(part)));
}

/** Texts that stand beside each other are one. */
function joined(template: Template): Template {
  return template.reduce<Template>((parts, part) => {
    const last = parts.at(-1);
    return typeof part === "string" && typeof last === "string"
      ? [...parts.slice(0, -1), last + part]
      : [...parts, part];
  }, []);
}

function mapOf(change: Extract<HeaderChange, { readonly op: "map" }>): HeaderOperation {
  const { name, table, otherwise } = change;
  // Of two entries for one value the first counts.
  const entries = new Map([...table].reverse());
  const sorted = [...entries].filter(([, to]) => to !== otherwise).sort(([a], [b]) => (a < b ? -1 : 1));
  return { op: "map", of: name, table: sorted, otherwise };
}

export function isEmpty(effects: HeaderEffects): boolean {
  return Object.keys(effects).length === 0;
}
