// What a limit does, each part under a name: as data that is equal where two limits do the same, and in words.
import type { Hole } from "../ir/parameters.ts";
import type { KeyPart, Limit, Program, Rate } from "../ir/program.ts";
import { canonical, celData, filled, parameterOf, type Data } from "./canonical.ts";

export interface Fact {
  readonly data: Data;
  readonly words: string;
}

/** All but which requests it counts and what it is called. */
export function limitFacts(limit: Limit, { responses }: Program): ReadonlyMap<string, Fact> {
  const { phase, key, algorithm, rates, cost, scope, maxKeys, shadow, answer, onError, fields } = limit;
  const said = (words: string): Fact => ({ data: words, words });
  const { limited } = responses;
  const status =
    answer.status === undefined
      ? filled(limited.status, limited.holes?.status)
      : filled(answer.status, answer.holes?.status);
  const body =
    answer.body === undefined
      ? filled(limited.body, limited.holes?.body)
      : filled(answer.body, answer.holes?.body);
  return new Map<string, Fact>([
    ["rates", { data: sorted(rates.map(rateData)), words: rates.map(rateWords).join(", ") }],
    [
      "counted by",
      { data: key.map(keyData), words: key.length === 0 ? "all together" : key.map(keyWords).join(", ") },
    ],
    ["algorithm", said(algorithm)],
    ["cost", costFact(cost)],
    ["scope", said(scope)],
    ["phase", said(phase)],
    ["mode", said(shadow ? "Shadow" : "Enforce")],
    ["status of a refusal", { data: status, words: words(status) }],
    ["body of a refusal", { data: body, words: words(body) }],
    [
      "headers of a refusal",
      {
        data: answer.headers,
        words: answer.headers.map(([name, value]) => `${name}: ${value}`).join(", ") || "none",
      },
    ],
    ["header fields", said(fields)],
    ["keys kept", { data: maxKeys, words: String(maxKeys) }],
    ...(scope === "mesh" ? [["where the service fails", said(onError)] as const] : []),
  ]);
}

/** Two limits with the same text do the same. */
export function limitLabel(limit: Limit, program: Program): string {
  return canonical([...limitFacts(limit, program)].map(([name, { data }]) => [name, data]));
}

export function keyLabel({ key }: Limit): string {
  return canonical(key.map(keyData));
}

function rateData({ limit, window, burst, holes }: Rate): Data {
  return {
    limit: filled(limit, holes?.limit),
    window: filled(window, holes?.window),
    burst: filled(burst, holes?.burst ?? holes?.limit),
  };
}

function rateWords({ words: said, holes }: Rate): string {
  const open = Object.values<Hole | undefined>(holes ?? {}).flatMap((hole) => hole?.parameter.name ?? []);
  return open.length === 0 ? said : `${said} (${[...new Set(open)].map((name) => `\${${name}}`).join(", ")})`;
}

/** All must allow, in whatever order. */
function sorted(list: readonly Data[]): readonly Data[] {
  return [...list].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
}

function keyData(part: KeyPart): Data {
  return part.kind === "cel" ? { kind: "cel", expression: celData(part.expression) } : { ...part };
}

function keyWords(part: KeyPart): string {
  switch (part.kind) {
    case "header":
    case "cookie":
      return `${part.kind} ${part.name}`;
    case "query":
      return `query parameter ${part.name}`;
    case "claim":
      return `claim ${part.path.join(".")}`;
    case "host":
    case "path":
      return part.kind;
    case "peer": {
      const hops = part.hops > 0 ? `, ${part.hops} hops away` : "";
      return `source address /${part.v4Bits} and /${part.v6Bits}${hops}`;
    }
    case "cel":
      return part.expression.text;
  }
}

function costFact(cost: Limit["cost"]): Fact {
  switch (cost.kind) {
    case "constant": {
      const data = filled(cost.value, cost.holes?.value);
      return { data: { constant: data }, words: words(data) };
    }
    case "response-header":
      return { data: { header: cost.name }, words: `what the response's header ${cost.name} says` };
    case "cel":
      return { data: celData(cost.expression), words: cost.expression.text };
  }
}

function words(data: Data): string {
  const parameter = parameterOf(data);
  if (parameter !== undefined) return `\${${parameter}}`;
  return typeof data === "string" ? JSON.stringify(data) : canonical(data);
}
