// Values for CEL expressions that are no plain predicates. What they come to is not known before they are evaluated, so values are
// made of what is written in them, and tried.
import { dfaOf } from "../automata/dfa.ts";
import { acceptWitnesses } from "../automata/witnesses.ts";
import type { CelNode } from "../cel/expression.ts";
import { partsOf } from "../cel/reads.ts";
import { holds, type Request } from "../ir/interpret.ts";
import type { CelCondition } from "../ir/program.ts";

/** A condition and what it is to come to. */
export interface Wanted {
  readonly condition: CelCondition;
  readonly value: boolean;
}

/** Requests that are tried, at most. */
const MOST_TRIED = 3_000;
const LONGEST = 300;

/** Requests like this one, but for which all the conditions come to what is wanted; none where they do so anyway. */
export function* expressionVariants(request: Request, wanted: readonly Wanted[]): Iterable<Request> {
  const isMet = (tried: Request): boolean =>
    wanted.every(({ condition, value }) => holds(condition, tried) === value);
  const unmet = wanted.filter(({ condition, value }) => holds(condition, request) !== value);
  if (unmet.length === 0) return;
  const changes = unmet.flatMap(({ condition }) =>
    changesFor(condition.expression.root, condition.expression.headers),
  );
  let tried = 0;
  const once: Request[] = [];
  for (const change of changes) {
    if (++tried > MOST_TRIED) return;
    const changed = change(request);
    if (isMet(changed)) yield changed;
    else once.push(changed);
  }
  for (const [i, first] of once.entries()) {
    for (const change of changes.slice(i + 1)) {
      if (++tried > MOST_TRIED) return;
      const changed = change(first);
      if (isMet(changed)) yield changed;
    }
  }
}

type Change = (request: Request) => Request;

function changesFor(root: CelNode, headers: readonly string[]): Change[] {
  const nodes = [...nodesOf(root)];
  const texts = [...new Set(nodes.flatMap(textsIn))].sort((a, b) => a.length - b.length);
  const ofHeaders = headers.flatMap((name): Change[] => {
    if (name === ":path") {
      const paths = texts.flatMap((text) => (text.startsWith("/") ? [text] : [`/${text}`, `/?${text}`]));
      return paths.map((path) => withHeader(name, [path]));
    }
    const values: string[][] = [[], ...texts.map((text) => [text])];
    // A value that stands there twice is an error.
    return (name.startsWith(":") ? values : [...values, ["x", "x"]]).map((list) => withHeader(name, list));
  });
  const claims = nodes.map(claimPath).filter((path) => path !== undefined);
  const ofClaims = claims.flatMap((path) =>
    [...texts, true, false, ...numbersIn(nodes)].map((value) => withClaim(path, value)),
  );
  return [...ofHeaders, ...ofClaims];
}

function* nodesOf(node: CelNode): Iterable<CelNode> {
  yield node;
  for (const part of partsOf(node)) yield* nodesOf(part);
}

function textsIn(node: CelNode): string[] {
  if (node.op === "matches") {
    const dfa = dfaOf(node.regex, 0, { maxStates: 500 });
    return dfa ? acceptWitnesses(dfa).map(({ text }) => text) : [];
  }
  if (node.op !== "literal") return ["x", ""];
  if (typeof node.value === "string") return [node.value, `${node.value}x`, `x${node.value}`];
  if (typeof node.value !== "bigint") return [];
  const size = Number(node.value);
  return [size - 1, size, size + 1].flatMap((number) =>
    number >= 0 && number <= LONGEST ? [String(number), "x".repeat(number)] : [String(number)],
  );
}

function numbersIn(nodes: readonly CelNode[]): number[] {
  const found = nodes.flatMap((node) =>
    node.op === "literal" && (typeof node.value === "bigint" || typeof node.value === "number")
      ? [Number(node.value)]
      : [],
  );
  return found.flatMap((number) => [number - 1, number, number + 1]);
}

function withHeader(name: string, values: readonly string[]): Change {
  return (request) => ({
    ...request,
    headers: [
      ...request.headers.filter(([other]) => other !== name),
      ...values.map((value) => [name, value] as const),
    ],
  });
}

/** The names that lead from the token's claims to what a node is about. */
function claimPath(node: CelNode): string[] | undefined {
  if (node.op === "attribute") return node.attribute === "auth.claims" ? [] : undefined;
  if (node.op !== "member" && node.op !== "has-member") return undefined;
  const path = claimPath(node.of);
  if (!path || node.name.op !== "literal" || typeof node.name.value !== "string") return undefined;
  return [...path, Buffer.from(node.name.value, "latin1").toString("utf8")];
}

function withClaim(path: readonly string[], value: unknown): Change {
  const [name, ...rest] = path;
  return (request) => {
    if (name === undefined) return request;
    const inside = rest.reduceRight<unknown>((below, next) => ({ [next]: below }), value);
    return { ...request, claims: { ...request.claims, [name]: inside } };
  };
}
