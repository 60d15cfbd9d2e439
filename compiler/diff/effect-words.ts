// What has changed between two things that routing does, a line each.
import { canonical, parameterOf, type Data } from "./canonical.ts";
import type { ArmEffect, ForwardEffect, HeaderEffects, HeaderOperation, RouteEffect } from "./effects.ts";
import type { PathChange, StickyKey } from "../ir/routing.ts";

export function effectChanges(before: RouteEffect | undefined, after: RouteEffect | undefined): string[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)];
    return from === to ? [] : [`${name}: ${from ?? "nothing"} → ${to ?? "nothing"}`];
  });
}

/** What is done, each under a name. */
function linesOf(effect: RouteEffect | undefined): Map<string, string> {
  switch (effect?.kind) {
    case undefined:
    case "nothing":
      return new Map();
    case "not-found":
      return new Map([["answer", "404, no HTTPRoute matches"]]);
    case "redirect": {
      const { status, scheme, host, port, path, response } = effect;
      const to = [
        scheme === undefined ? "" : `${scheme}:`,
        host ?? "the same host",
        typeof port === "number" ? `port ${port}` : "",
        path ? pathWords(path) : "",
      ];
      return new Map([
        ["answer", `${status} to ${to.filter((part) => part !== "").join(" ")}`],
        ...headerLines("response header", response),
      ]);
    }
    case "several":
      return new Map(
        effect.parts.flatMap((part, i) =>
          [...linesOf(part)].map(([name, words]): [string, string] => [
            i === 0 ? name : `${name} (${i + 1})`,
            words,
          ]),
        ),
      );
    case "forward":
      return forwardLines(effect);
  }
}

function forwardLines(effect: ForwardEffect): Map<string, string> {
  const { arms, by, host, path, timeouts, retry, mirrors, retryBackoffMs, unrouted } = effect;
  const [only, second] = arms;
  const lines = new Map<string, string>();
  const put = (name: string, words: string | undefined): void => {
    if (words !== undefined) lines.set(name, words);
  };
  if (only && !second) {
    put("backend", unrouted && only.cluster === undefined ? "none (404)" : backendWords(only));
    for (const [name, words] of headerLines("request header", only.request)) put(name, words);
    for (const [name, words] of headerLines("response header", only.response)) put(name, words);
  } else {
    put(
      "split",
      `${arms.map((arm) => armWords(arm, arms)).join(", ")}${by.length > 0 ? ` by ${by.map(keyWords).join(", ")}` : ""}`,
    );
    for (const arm of arms) {
      const of = by.length > 0 || arm.cluster === undefined ? arm.name : arm.cluster;
      for (const [name, words] of headerLines(`${of}: request header`, arm.request)) put(name, words);
      for (const [name, words] of headerLines(`${of}: response header`, arm.response)) put(name, words);
    }
  }
  put("host", host);
  put("path", path && pathWords(path));
  put("time limit", millis(timeouts?.request));
  put("time limit of a try", millis(timeouts?.backendRequest));
  put(
    "tries again",
    retry && `${retry.attempts ?? 1} times${retry.codes.length > 0 ? ` on ${retry.codes.join(", ")}` : ""}`,
  );
  put("wait before a try", millis(retryBackoffMs));
  if (mirrors.length > 0)
    put("mirrors", mirrors.map((to) => `${to.numerator}/${to.denominator} to ${to.cluster}`).join(", "));
  return lines;
}

function backendWords({ cluster, isMissing }: ArmEffect): string | undefined {
  return isMissing ? "none that is there (500)" : cluster;
}

function armWords(arm: ArmEffect, arms: readonly ArmEffect[]): string {
  const sum = arms.reduce((total, { weight }) => total + (typeof weight === "number" ? weight : NaN), 0);
  const share =
    typeof arm.weight === "number" && !Number.isNaN(sum)
      ? `${+((100 * arm.weight) / sum).toFixed(2)} %`
      : valueWords(arm.weight);
  const name = backendWords(arm) ?? arm.name;
  return `${name} ${share}`;
}

function keyWords(key: StickyKey): string {
  switch (key.kind) {
    case "header":
    case "cookie":
      return `${key.kind} ${key.name}`;
    case "claim":
      return `claim ${key.path.join(".")}`;
    case "peer":
      return "source address";
  }
}

function millis(value: number | undefined): string | undefined {
  return value === undefined ? undefined : value === 0 ? "none" : `${value} ms`;
}

function pathWords(path: PathChange): string {
  return path.kind === "full"
    ? `path ${path.path}`
    : `its first ${path.size} bytes become ${path.to === "" ? "nothing" : path.to}`;
}

function headerLines(what: string, effects: HeaderEffects): [string, string][] {
  return Object.entries(effects)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, operations]) => [`${what} ${name}`, operations.map(operationWords).join(", then ")]);
}

function operationWords(operation: HeaderOperation): string {
  switch (operation.op) {
    case "remove":
      return "removed";
    case "set":
      return quoted(operation.value);
    case "add":
      return `and ${quoted(operation.value)}`;
    case "copy":
      return `as ${operation.of}`;
    case "map":
      return `by a table from ${operation.of} (${canonical(operation.table)}${operation.otherwise === undefined ? "" : `, else ${JSON.stringify(operation.otherwise)}`})`;
  }
}

function quoted(value: readonly Data[]): string {
  return value.map(valueWords).join("");
}

function valueWords(part: Data): string {
  if (typeof part === "string") return part === "" ? '""' : part;
  const parameter = parameterOf(part);
  if (parameter !== undefined) return `\${${parameter}}`;
  const { cel, text } = typeof part === "object" && part !== null ? (part as Record<string, Data>) : {};
  return cel !== undefined && typeof text === "string" ? `{${text}}` : canonical(part);
}
