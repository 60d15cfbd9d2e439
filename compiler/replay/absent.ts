// What policies look at and a log does not have: said once, as everything is decided as if it were absent.
import { conditionsOf, leavesOf } from "../ir/conditions.ts";
import type { Program } from "../ir/program.ts";
import { expressionsOf } from "../ir/route-reads.ts";
import type { CelAttributeName } from "../cel/attributes.ts";

/** In words. @param headers that the filters read; @param seen as of `Results.seen` */
export function absentIn(
  programs: readonly Program[],
  headers: readonly string[],
  seen: ReadonlySet<string>,
): string[] {
  const found: string[] = [];
  const asked = new Set(programs.flatMap((program) => [...factsOf(program)]));
  const missing = [...new Set(headers)].filter(
    (name) => !name.startsWith(":") && !name.startsWith("x-tollgate-") && !seen.has(name),
  );
  if (headers.includes(":authority") && !seen.has(" authority")) found.push("the host");
  if (asked.has("peer") && !seen.has(" peer"))
    found.push(
      seen.has(" client")
        ? "the direct peer's address, for which the client's is taken"
        : "the peer's address",
    );
  if (asked.has("client") && !seen.has(" client") && !seen.has(" peer")) found.push("the client's address");
  if (asked.has("certificate") && !seen.has(" certificate")) found.push("whom the peer's certificate names");
  if (asked.has("sni") && !seen.has(" sni")) found.push("the server name (SNI)");
  if (asked.has("destination") && !seen.has(" destination")) found.push("where connections were made to");
  if (asked.has("metadata")) found.push("dynamic metadata");
  if (missing.length > 0)
    found.push(
      `the header${missing.length > 1 ? "s" : ""} ${missing.map((name) => `\`${name}\``).join(", ")}`,
    );
  return found;
}

/** What is assumed of a log, in sentences without a full stop. */
export function assumedOf(programs: readonly Program[], seen: ReadonlySet<string>): string[] {
  const limits = programs.flatMap((program) => program.limits);
  const some = (holds: (limit: (typeof limits)[number]) => boolean): boolean => limits.some(holds);
  const remote = programs.some(({ authentication }) =>
    authentication?.rules.some(
      ({ keys, locations }) =>
        keys.kind === "remote" && locations.some((place) => place.kind !== "header" || seen.has(place.name)),
    ),
  );
  return [
    ...(limits.length > 0 && !seen.has(" at")
      ? ["the log has no times: all requests come at one moment, and what limits gave out never comes back"]
      : []),
    ...(some(({ algorithm }) => algorithm === "concurrency")
      ? ["each request ends before the next one comes: limits of requests under way are never reached"]
      : []),
    ...(some(({ cost }) => cost.kind === "response-header")
      ? ["responses do not say what they cost: each costs 1"]
      : []),
    ...(some(({ scope }) => scope === "mesh")
      ? ["limits of the scope `mesh` count what is in this log alone"]
      : []),
    ...(limits.length > 0 ? ["limits begin with nothing counted"] : []),
    ...(programs.some(({ parameters = [] }) => parameters.length > 0)
      ? ["the bundles' parameters have their defaults"]
      : []),
    ...(remote ? ["keys that are elsewhere are not fetched: tokens under them are refused"] : []),
  ];
}

type Fact = "peer" | "client" | "certificate" | "sni" | "destination" | "metadata";

function* factsOf(program: Program): Iterable<Fact> {
  const expressions = [...expressionsOf(program)].flatMap(({ attributes }) => attributes);
  for (const condition of conditionsOf(program)) {
    for (const leaf of leavesOf(condition)) {
      if (leaf.op === "cel") expressions.push(...leaf.expression.attributes);
      else {
        const fact = FACTS[leaf.attribute.kind];
        if (fact) yield fact;
      }
    }
  }
  for (const { key, cost } of program.limits)
    for (const part of [...key, cost]) {
      if (part.kind === "peer") yield "peer";
      if (part.kind === "cel") expressions.push(...part.expression.attributes);
    }
  for (const { rules } of program.routes)
    for (const { split } of rules) if (split?.stickyBy.some(({ kind }) => kind === "peer")) yield "peer";
  for (const attribute of expressions) {
    const fact = factOf(attribute);
    if (fact) yield fact;
  }
}

const FACTS: Readonly<Record<string, Fact>> = {
  peer: "peer",
  client: "client",
  principal: "certificate",
  sni: "sni",
  destination: "destination",
  "destination-port": "destination",
  metadata: "metadata",
};

function factOf(attribute: CelAttributeName): Fact | undefined {
  if (attribute.startsWith("source.")) return "client";
  if (attribute.startsWith("destination.")) return "destination";
  if (attribute === "connection.requested_server_name") return "sni";
  return attribute.startsWith("connection.") ? "certificate" : undefined;
}
