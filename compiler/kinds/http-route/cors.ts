// `CORS`: which other sites' scripts may ask.
import { checkedRe2 } from "../../automata/report.ts";
import { any, test } from "../../ir/conditions.ts";
import type { Condition } from "../../ir/program.ts";
import type { Cors } from "../../ir/routing.ts";
import { ORIGIN } from "./hostnames.ts";
import type { CorsSpec } from "./schema.ts";

/** The standard's default, in seconds. */
const MAX_AGE = 5;

export function corsOf(spec: CorsSpec): Cors {
  const origins = spec.allowOrigins?.items.map(({ value }) => value) ?? [];
  const list = (read: CorsSpec["allowHeaders"] | CorsSpec["allowMethods"]): readonly string[] | "*" => {
    const values = read?.items.map(({ value }) => value) ?? [];
    return values.includes("*") ? "*" : values;
  };
  return {
    allows: any(origins.map(originIs)),
    anyOrigin: origins.includes("*"),
    credentials: spec.allowCredentials?.value ?? false,
    methods: list(spec.allowMethods),
    headers: list(spec.allowHeaders),
    exposed: list(spec.exposeHeaders),
    maxAge: spec.maxAge?.value ?? MAX_AGE,
  };
}

/** Browsers write hosts in lower case, and leave out the port that is the scheme's own. */
function originIs(origin: string): Condition {
  const attribute = { kind: "header", name: "origin" } as const;
  if (origin === "*") return test(attribute, { kind: "present" });
  const [, scheme = "", host = "", written] = ORIGIN.exec(origin.toLowerCase()) ?? [];
  const standard = scheme === "https" ? 443 : 80;
  const port = written === undefined ? standard : Number(written);
  const places = [`:${port}`, ...(port === standard ? [""] : [])];
  if (!host.startsWith("*"))
    return any(
      places.map((place) => test(attribute, { kind: "exact", text: `${scheme}://${host}${place}` })),
    );
  const hosts =
    host === "*" ? "(?:[-0-9_a-z.]+|\\[[0-9a-f:.]+\\])" : `(?:[-0-9_a-z]+\\.)+${escaped(host.slice(2))}`;
  return test(attribute, {
    kind: "regex",
    regex: checkedRe2(`${scheme}://${hosts}(?:${places.join("|")})`),
  });
}

function escaped(host: string): string {
  return host.replaceAll(".", "\\.");
}
