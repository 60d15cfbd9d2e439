// The demo's table: aligned, coloured on a terminal, as wide as it needs to be.
import { isatty } from "node:tty";
import pc from "picocolors";
import type { Program } from "../../compiler/index.ts";
import { detailsOf } from "../../compiler/ir/details.ts";
import type { Origin } from "../../compiler/ir/program.ts";
import { positionOf } from "../../compiler/source/span.ts";
import type { Observation } from "../../runtime-tests/engines/engine.ts";
import type { HttpRequest } from "../../runtime-tests/support/http-client.ts";
import type { Scene } from "./scenes.ts";

const colours = pc.createColors(isatty(process.stdout.fd) && pc.isColorSupported);

/** What happened to a scene's request, in words. */
export interface Row {
  readonly story: string;
  readonly request: string;
  readonly status: string;
  readonly happened: string;
  readonly because: string;
}

/** Words for observations of one program. */
export class Narrator {
  readonly #places = new Map<string, string>();

  constructor({ authorization, limits }: Program) {
    for (const { origin } of [...authorization.deny, ...authorization.allow]) {
      this.#places.set(detailsOf("authorization", origin), place(origin));
    }
    for (const { origin } of limits) this.#places.set(detailsOf("rate-limiting", origin), place(origin));
  }

  row({ story, request }: Scene, seen: Observation): Row {
    return { story, request: describe(request), status: String(seen.status), ...this.#happened(seen) };
  }

  #happened(seen: Observation): { happened: string; because: string } {
    if (seen.upstream) {
      const version = seen.upstream.headers.find(([name]) => name === "x-shop-version")?.[1] ?? "nowhere";
      const served = seen.response?.find(([name]) => name === "x-shop-served")?.[1];
      return {
        happened: `allowed, to ${version}`,
        because: served === undefined ? "" : `served as ${served}`,
      };
    }
    const details = seen.details ?? "";
    const [, stage, policy, part] = details.split(":");
    const where = this.#places.get(details);
    const because = where === undefined ? "no rule allows it" : `${policy ?? ""} ${part ?? ""} (${where})`;
    return { happened: stage === "rate-limiting" ? "limited" : "denied", because };
  }
}

function place({ span }: Origin): string {
  return `${span.file.path}:${positionOf(span.file, span.start).line}`;
}

function describe(request: HttpRequest): string {
  const host = request.headers.find(([name]) => name === "host")?.[1] ?? "";
  return `${request.method.padEnd(6)} ${host}${request.path}`;
}

/** The rows as a table with a heading. */
export function renderTable(rows: readonly Row[]): string {
  const heading: Row = {
    story: "who",
    request: "request",
    status: "",
    happened: "what happened",
    because: "why",
  };
  const columns = ["story", "request", "status", "happened", "because"] as const;
  const widths = columns.map((c) => Math.max(...[heading, ...rows].map((row) => row[c].length)));
  const line = (row: Row, paint: (column: number, text: string) => string): string =>
    columns
      .map((c, i) => paint(i, row[c].padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [
    line(heading, (_, text) => colours.dim(text)),
    ...rows.map((row) => {
      const paint =
        row.happened === "denied" ? colours.red : row.happened === "limited" ? colours.yellow : colours.green;
      return line(row, (i, text) => (i === 2 || i === 3 ? paint(text) : i === 4 ? colours.dim(text) : text));
    }),
  ].join("\n");
}
