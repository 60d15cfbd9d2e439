// The routing stage of a picture: the rules, what they change, and where requests go.
import type { Program } from "../ir/program.ts";
import type {
  Arm,
  Changes,
  Forwarding,
  HeaderChange,
  HttpRouteRule,
  PathChange,
  Redirect,
  RouteRule,
  StickyKey,
} from "../ir/routing.ts";
import { box, boxOf, grouped, sourceOf } from "./boxes.ts";
import type { Box, Edge, End, Group } from "./picture.ts";
import { conditionLines, shown } from "./words.ts";

/** The rules of HTTPRoutes, then those of header routes, which are asked behind them. */
export function routeGroups(program: Program): Group[] {
  return [
    ...grouped(byOrigin(program).map((rules) => [`HTTPRoute ${rules[0].origin.policy}`, httpBox(rules)])),
    ...grouped(
      program.routes.flatMap(({ policy, rules }) =>
        rules.map((rule): [string, Box] => [`HeaderRoutePolicy ${policy}`, headerBox(rule)]),
      ),
    ),
  ];
}

/** Where requests go, and by which rules. */
export function roadsOf(program: Program): { ends: End[]; edges: Edge[] } {
  const ends = new Map<string, End>();
  const urls = new Map(program.backends.map(({ cluster, url }) => [cluster, url]));
  const end = (one: End): string => {
    if (!ends.has(one.id)) ends.set(one.id, one);
    return one.id;
  };
  const backend = (cluster: string): string =>
    end({
      id: `backend ${cluster}`,
      kind: "backend",
      title: shown(cluster),
      lines: [shown(urls.get(cluster) ?? "")].filter((text) => text !== ""),
    });
  const fault = (): string =>
    end({ id: "fault", kind: "fault", title: "500", lines: ["there is no such backend"] });
  const edges: Edge[] = [];
  for (const rules of byOrigin(program)) {
    const from = boxOf("route", rules[0].origin);
    const { action } = rules[0];
    if (action.kind === "redirect") {
      const title = `${action.status} ${redirectWords(action)}`;
      const to = end({ id: `redirect ${title}`, kind: "redirect", title, lines: ["a redirect"] });
      edges.push({ from, to, kind: "redirect" });
    } else edges.push(...forwardEdges(from, action, { backend, fault }));
  }
  for (const rule of program.routes.flatMap(({ rules }) => rules)) {
    const from = boxOf("header route", rule.origin);
    const arms = rule.split?.arms ?? [];
    if (rule.backend !== undefined) edges.push({ from, to: backend(rule.backend), kind: "forward" });
    for (const arm of arms) {
      if (arm.backend === undefined) continue;
      edges.push({ from, to: backend(arm.backend), kind: "forward", label: share(arm, arms) });
    }
  }
  return { ends: [...ends.values()], edges };
}

function forwardEdges(
  from: string,
  { backends, setting }: Forwarding,
  to: { backend: (cluster: string) => string; fault: () => string },
): Edge[] {
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  const several = backends.length > 1;
  return [
    ...(backends.length === 0 ? [{ from, to: to.fault(), kind: "forward" as const }] : []),
    ...backends.map(({ cluster, weight }): Edge => ({
      from,
      to: cluster === undefined ? to.fault() : to.backend(cluster),
      kind: "forward",
      ...(several && { label: percent(weight, total) }),
    })),
    ...(setting?.mirrors ?? []).map(({ cluster, numerator, denominator }): Edge => ({
      from,
      to: to.backend(cluster),
      kind: "mirror",
      label: `copies of ${percent(numerator, denominator)}`,
    })),
  ];
}

/** The rules of HTTPRoutes as they are written: each has an entry for every match and hostname. */
function byOrigin({ httpRoutes }: Program): [HttpRouteRule, ...HttpRouteRule[]][] {
  const found = new Map<string, [HttpRouteRule, ...HttpRouteRule[]]>();
  for (const rule of httpRoutes?.rules ?? []) {
    const key = boxOf("route", rule.origin);
    const known = found.get(key);
    if (known) known.push(rule);
    else found.set(key, [rule]);
  }
  return [...found.values()].sort(([a], [b]) => compare(a, b));
}

function compare(a: HttpRouteRule, b: HttpRouteRule): number {
  if (a.origin.policy !== b.origin.policy) return a.origin.policy < b.origin.policy ? -1 : 1;
  return a.origin.span.start - b.origin.span.start;
}

function httpBox(rules: readonly [HttpRouteRule, ...HttpRouteRule[]]): Box {
  const [{ origin, action, changes }] = rules;
  const all = new Map(rules.map(({ when }) => conditionLines(when)).map((asked) => [asked.join(" "), asked]));
  const [only = [], ...others] = all.values();
  const matches =
    others.length === 0 ? only : [...all.keys()].map((words, i) => (i === 0 ? words : `or ${words}`));
  return box(boxOf("route", origin), origin, {
    title: origin.part,
    source: sourceOf(origin),
    lines: [
      ...(matches.length > 0 ? matches : ["every request"]),
      ...(action.kind === "redirect"
        ? [`redirect ${action.status} ${redirectWords(action)}`]
        : forwardingLines(action)),
      ...changeLines([changes]),
    ],
  });
}

function headerBox({ origin, name, when, changes, backend, split }: RouteRule): Box {
  const arms = split?.arms ?? [];
  const asked = conditionLines(when);
  const lines = [
    ...(asked.length > 0 ? asked : ["every request"]),
    ...arms.map((arm) => `${share(arm, arms)} ${shown(arm.name)}`),
    ...(split && split.stickyBy.length > 0 ? [`by ${split.stickyBy.map(stickyWords).join(", else ")}`] : []),
    ...(backend === undefined ? [] : [`to ${shown(backend)}`]),
    ...changeLines([changes, ...arms.map((arm) => arm.changes)]),
  ];
  return box(boxOf("header route", origin), origin, { title: shown(name), source: sourceOf(origin), lines });
}

function forwardingLines({ host, path, timeouts, retry, setting }: Forwarding): string[] {
  return [
    ...(path ? [`path → ${pathWords(path)}`] : []),
    ...(host === undefined ? [] : [`host → ${shown(host)}`]),
    ...(timeouts?.request ? [`within ${timeouts.request} ms`] : []),
    ...(timeouts?.backendRequest ? [`each try within ${timeouts.backendRequest} ms`] : []),
    ...(retry ? [`again on ${retry.codes.length > 0 ? retry.codes.join(", ") : "failures"}`] : []),
    ...(setting?.retryBackoffMs === undefined ? [] : [`waits ${setting.retryBackoffMs} ms between tries`]),
  ];
}

function redirectWords({ scheme, host, port, path }: Redirect): string {
  const authority = `${host === undefined ? "" : shown(host)}${typeof port === "number" ? `:${port}` : ""}`;
  // As an author of HTML writes what keeps the scheme.
  const before = scheme === undefined ? "" : `${scheme}:`;
  const origin = before + authority === "" ? "" : `${before}//${authority === "" ? "…" : authority}`;
  return `${origin}${path ? pathWords(path) : origin === "" ? "here" : "/…"}`;
}

function pathWords(path: PathChange): string {
  return path.kind === "full" ? shown(path.path) : `${shown(path.to)}/…`;
}

function stickyWords(key: StickyKey): string {
  switch (key.kind) {
    case "peer":
      return "address";
    case "header":
      return shown(key.name);
    case "cookie":
      return `cookie ${shown(key.name)}`;
    case "claim":
      return `claim ${shown(key.path.join("."))}`;
  }
}

/** What of all requests an arm gets; where a parameter says, its name. */
function share(arm: Arm, arms: readonly Arm[]): string {
  const hole = arm.holes?.weight?.parameter.name;
  if (hole !== undefined) return `\${${shown(hole)}}`;
  if (arms.some((other) => other.holes?.weight)) return `weight ${arm.weight}`;
  return percent(
    arm.weight,
    arms.reduce((sum, { weight }) => sum + weight, 0),
  );
}

function percent(part: number, whole: number): string {
  const value = whole === 0 ? 0 : (part / whole) * 100;
  return `${value >= 10 || Number.isInteger(value) ? Math.round(value * 10) / 10 : value.toPrecision(2)} %`;
}

/** Which headers are changed, without what becomes of them. */
function changeLines(all: readonly Changes[]): string[] {
  const request = all.flatMap((changes) => changes.request);
  const response = all.flatMap((changes) => changes.response);
  return [...verbs(request, ""), ...verbs(response, "response: ")];
}

function verbs(changes: readonly HeaderChange[], before: string): string[] {
  const words = new Map<string, Set<string>>();
  for (const change of changes) {
    const name = "to" in change ? change.to : change.name;
    const verb = change.op === "remove" ? "removes" : change.op === "add" ? "adds" : "sets";
    words.set(verb, (words.get(verb) ?? new Set()).add(shown(name)));
  }
  return [...words].map(([verb, names]) => `${before}${verb} ${[...names].join(", ")}`);
}
