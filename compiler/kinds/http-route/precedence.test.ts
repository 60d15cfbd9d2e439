// Routes at random: the rule that decides is the one that the standard's sentences pick, read one by one.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ask, lowered, type Ask } from "./testing.ts";

interface Match {
  readonly type: "Exact" | "PathPrefix";
  readonly path: string;
  readonly method: string | undefined;
  readonly headers: readonly string[];
  readonly queryParams: readonly string[];
}

interface Route {
  readonly name: string;
  readonly namespace: string;
  /** The year it was made in. */
  readonly created: number | undefined;
  readonly hostnames: readonly string[];
  /** Each with its matches. */
  readonly rules: readonly (readonly Match[])[];
}

const path = fc
  .array(fc.constantFrom("a", "b"), { maxLength: 2 })
  .chain((elements) => fc.constantFrom(`/${elements.join("/")}`, `/${[...elements, ""].join("/")}`))
  .map((text) => text.replace("//", "/"));
const match: fc.Arbitrary<Match> = fc.record({
  type: fc.constantFrom("Exact", "PathPrefix"),
  path,
  method: fc.option(fc.constantFrom("GET", "PUT"), { nil: undefined, freq: 1 }),
  headers: fc.subarray(["x", "y"]),
  queryParams: fc.subarray(["p", "q"]),
});
const route: fc.Arbitrary<Route> = fc.record({
  name: fc.constantFrom("a", "b", "a-b"),
  namespace: fc.constantFrom("n", "m", "n-m"),
  created: fc.option(fc.constantFrom(2024, 2025), { nil: undefined, freq: 2 }),
  hostnames: fc.subarray(["a.test", "b.a.test", "*.test", "*.a.test"], { maxLength: 2 }),
  rules: fc.array(fc.array(match, { maxLength: 2 }), { minLength: 1, maxLength: 3 }),
});
const routes = fc.uniqueArray(route, {
  minLength: 1,
  maxLength: 4,
  selector: ({ namespace, name }) => `${namespace}/${name}`,
});
const asked: fc.Arbitrary<Required<Omit<Ask, "scheme">>> = fc.record({
  host: fc.constantFrom("a.test", "b.a.test:80", "C.a.test", "x.test:8080", "other"),
  method: fc.constantFrom("GET", "PUT", "POST"),
  path: fc
    .tuple(path, fc.subarray(["p", "q"]))
    .map(([text, query]) =>
      query.length > 0 ? `${text}?${query.map((name) => `${name}=1`).join("&")}` : text,
    ),
  headers: fc.subarray(["x", "y"]).map((names) => names.map((name) => [name, "1"] as const)),
});

test("the rule that decides", () => {
  fc.assert(
    fc.property(routes, fc.array(asked, { minLength: 1, maxLength: 8 }), (some, requests) => {
      const { program } = lowered(written(some));
      for (const request of requests) {
        const { cluster, status } = ask(program, request);
        expect(cluster ?? status).toBe(picked(some, request) ?? 404);
      }
    }),
    { numRuns: 400 },
  );
});

/** Each rule has a Service of its own. */
const clusterOf = ({ namespace, name }: Route, index: number): string => `${namespace}/${name}${index}:1`;

function written(some: readonly Route[]): string {
  const documents = some.map((one) => {
    const { name, namespace, created, hostnames, rules } = one;
    return JSON.stringify({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: {
        name,
        namespace,
        creationTimestamp: created === undefined ? null : `${created}-01-01T00:00:00Z`,
      },
      spec: {
        hostnames,
        rules: rules.map((matches, index) => ({
          matches: matches.map(({ type, path: value, method, headers, queryParams }) => ({
            path: { type, value },
            ...(method !== undefined && { method }),
            headers: headers.map((header) => ({ name: header.toUpperCase(), value: "1" })),
            queryParams: queryParams.map((parameter) => ({ name: parameter, value: "1" })),
          })),
          backendRefs: [{ name: `${name}${index}`, port: 1 }],
        })),
      },
    });
  });
  const clusters = some.flatMap((one) => one.rules.map((_, index) => clusterOf(one, index)));
  const bundle = JSON.stringify({
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "Bundle",
    metadata: { name: "b" },
    spec: { backends: Object.fromEntries(clusters.map((cluster) => [cluster, "http://127.0.0.1:1"])) },
  });
  return [...documents, bundle].join("\n---\n");
}

/** A match that takes the request, under one of its route's hostnames. */
interface Candidate {
  readonly route: Route;
  readonly rule: number;
  readonly hostname: string | undefined;
  readonly match: Match;
}

const EVERY: Match = { type: "PathPrefix", path: "/", method: undefined, headers: [], queryParams: [] };

/** Criterion by criterion, "continuing on ties": what is not the best by one is out. */
function picked(some: readonly Route[], request: Required<Omit<Ask, "scheme">>): string | undefined {
  let left: Candidate[] = some.flatMap((one) =>
    one.rules.flatMap((matches, rule) =>
      (matches.length > 0 ? matches : [EVERY]).flatMap((each) =>
        (one.hostnames.length > 0 ? one.hostnames : [undefined])
          .filter((hostname) => hostMatches(hostname, request.host) && matchTakes(each, request))
          .map((hostname) => ({ route: one, rule, hostname, match: each })),
      ),
    ),
  );
  const keepMost = (score: (candidate: Candidate) => number): void => {
    const most = Math.max(...left.map(score));
    left = left.filter((candidate) => score(candidate) === most);
  };
  // "precedence must be given to rules from the HTTPRoute with the largest number of characters in a matching non-wildcard
  // hostname, characters in a matching hostname"
  keepMost(({ hostname }) => (hostname === undefined || hostname.startsWith("*") ? 0 : hostname.length));
  keepMost(({ hostname }) => hostname?.length ?? 0);
  // "precedence must be given to the match having: Exact path match, Prefix path match with largest number of characters,
  // Method match, largest number of header matches, largest number of query param matches"
  keepMost(({ match: { type } }) => (type === "Exact" ? 1 : 0));
  keepMost(({ match: { type, path: prefix } }) =>
    type === "Exact" ? 0 : prefix.replace(/(?<=.)\/$/, "").length,
  );
  keepMost(({ match: { method } }) => (method === undefined ? 0 : 1));
  keepMost(({ match: { headers } }) => headers.length);
  keepMost(({ match: { queryParams } }) => queryParams.length);
  // "the oldest Route based on creation timestamp"
  keepMost(({ route: { created } }) => -(created ?? 9999));
  // "the Route appearing first in alphabetical order by {namespace}/{name}"
  const [first] = left.map(({ route: { namespace, name } }) => `${namespace}/${name}`).sort();
  left = left.filter(({ route: { namespace, name } }) => `${namespace}/${name}` === first);
  // "the FIRST matching rule (in list order)"
  keepMost(({ rule }) => -rule);
  const [winner] = left;
  return winner && clusterOf(winner.route, winner.rule);
}

function hostMatches(hostname: string | undefined, authority: string): boolean {
  const host = authority.toLowerCase().replace(/:\d+$/, "");
  if (hostname === undefined) return true;
  return hostname.startsWith("*.") ? host.endsWith(hostname.slice(1)) : host === hostname;
}

function matchTakes(each: Match, { path: whole, method, headers }: Required<Omit<Ask, "scheme">>): boolean {
  const [text = "", query = ""] = whole.split("?");
  const elements = (one: string): string[] => one.replace(/\/$/, "").split("/");
  const wanted = elements(each.path);
  return (
    (each.type === "Exact"
      ? text === each.path
      : wanted.every((element, i) => elements(text)[i] === element)) &&
    (each.method === undefined || each.method === method) &&
    each.headers.every((name) => headers.some(([sent]) => sent === name)) &&
    each.queryParams.every((name) => query.split("&").includes(`${name}=1`))
  );
}
