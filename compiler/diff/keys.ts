// Where arms are drawn by a key, which requests two versions send elsewhere: keys are tried until one is found.
import { always } from "../ir/conditions.ts";
import type { Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { route } from "../ir/routes.ts";
import type { HttpRouteRule, RouteRule, StickyKey } from "../ir/routing.ts";
import { canonical } from "./canonical.ts";
import type { Sides } from "./change.ts";
import { withWhatChanges, type Tried } from "./fuller.ts";
import { without } from "./without.ts";

/** The rules of one version that have a say about a request, as if they always matched. */
export interface Doing {
  readonly http?: HttpRouteRule;
  readonly routes: readonly RouteRule[];
}

/** So many keys of each kind: one that moves a thousandth of them is found nearly always. */
const MOST_KEYS = 8_000;

/**
 * Requests to try, one after the other: the one that the rules' conditions ask for, others that have what the rules change, and
 * those that arms are drawn for by other keys, as far as the rules by themselves route them apart.
 */
export function* requestsToTry(
  request: Request,
  rules: Sides<Doing | undefined>,
  programs: Sides<Program>,
): Iterable<Tried> {
  yield { request };
  const doing = [rules.old, rules.new].flatMap((does) => does ?? []);
  const fuller = withWhatChanges(request, doing);
  yield* fuller;
  if (!doing.some(draws)) return;
  const apart = { old: alone(programs.old, rules.old), new: alone(programs.new, rules.new) };
  const keys = new Map(
    doing
      .flatMap(({ routes }) => routes)
      .flatMap(({ split }) => split?.stickyBy ?? [])
      .map((key) => [JSON.stringify(key), key]),
  );
  for (const base of [{ request }, ...fuller.slice(0, 1)]) {
    for (const key of [REQUEST_ID, ...keys.values()]) {
      for (let number = 1; number <= MOST_KEYS; number++) {
        const varied = withValue(key, base.request, number);
        if (roadOf(apart.old, varied) === roadOf(apart.new, varied)) continue;
        yield { ...base, request: varied };
        break;
      }
    }
  }
}

function draws({ http, routes }: Doing): boolean {
  const backends = http?.action.kind === "forward" ? http.action.backends.length : 0;
  return backends > 1 || routes.some(({ split }) => split && split.arms.length > 1);
}

function alone(program: Program, does: Doing | undefined): Program {
  const { httpRoutes, ...rest } = program;
  const routes = (does?.routes ?? []).map((rule) => ({
    policy: rule.origin.policy,
    rules: [{ ...rule, when: always }],
  }));
  const rules = does?.http ? [{ ...does.http, when: always }] : [];
  return { ...rest, routes, ...(httpRoutes && { httpRoutes: { rules } }) };
}

function roadOf(program: Program, request: Request): string {
  const road = route(program, request);
  if (road.kind === "forward") return canonical(road);
  const answer = without(road.answer, "details");
  return canonical({ answer, response: road.response });
}

const REQUEST_ID: StickyKey = { kind: "header", name: "x-request-id" };

/** The request with another value of what it is known by. */
export function withValue(key: StickyKey, request: Request, number: number): Request {
  const text = String(number);
  switch (key.kind) {
    case "header":
      return withHeader(request, key.name, text);
    case "cookie":
      return withHeader(request, "cookie", `${key.name}=${text}`);
    case "claim":
      return { ...request, claims: { ...request.claims, ...nested(key.path, text) } };
    case "peer":
      return { ...request, peer: `10.0.${number >> 8}.${number & 255}` };
  }
}

function withHeader(request: Request, name: string, value: string): Request {
  return { ...request, headers: [...request.headers.filter(([n]) => n !== name), [name, value]] };
}

function nested([name, ...rest]: readonly string[], text: string): Record<string, unknown> {
  if (name === undefined) return {};
  const key = Buffer.from(name, "latin1").toString("utf8");
  return { [key]: rest.length === 0 ? text : nested(rest, text) };
}
