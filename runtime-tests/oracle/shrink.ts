// Makes a disagreement small: as long as something can be left out and the engines still disagree, it is left out.
import { compare, type Disagreement, type Surroundings, type Trial } from "./compare.ts";

/** Candidates that are tried in one Envoy. */
const AT_ONCE = 8;

export async function shrink(
  found: Disagreement,
  around: Surroundings,
  progress: (line: string) => void,
): Promise<Disagreement> {
  let smallest = found;
  for (;;) {
    const next = await smaller(smallest, around);
    if (!next) return smallest;
    smallest = next;
    progress(`  smaller: ${JSON.stringify(smallest.trial.documents).length} characters of policies`);
  }
}

/** The first smaller disagreement, if there is one. */
async function smaller(found: Disagreement, around: Surroundings): Promise<Disagreement | undefined> {
  const { documents } = found.trial;
  const { client } = found.conversation;
  const trials: Trial[] = [
    ...without(documents).map((fewer) => ({ documents: fewer as object[], conversations: [alone(client)] })),
    ...["proxied", "tls"]
      .filter((part) => part in client)
      .map((part) => ({
        documents,
        conversations: [
          alone(Object.fromEntries(Object.entries(client).filter(([key]) => key !== part)) as never),
        ],
      })),
    ...without(found.request.headers).map((headers) => ({
      documents,
      conversations: [{ client, requests: [{ ...found.request, headers: headers as never }] }],
    })),
  ];
  function alone(who: typeof client): Trial["conversations"][number] {
    return { client: who, requests: [found.request] };
  }
  for (let at = 0; at < trials.length; at += AT_ONCE) {
    const result = await compareWhatCompiles(trials.slice(at, at + AT_ONCE), around);
    const [first] = result;
    if (first) return first;
  }
  return undefined;
}

/** Leaving things out makes some policies invalid: they are no candidates. */
async function compareWhatCompiles(
  trials: readonly Trial[],
  around: Surroundings,
): Promise<readonly Disagreement[]> {
  try {
    return (await compare(trials, around)).disagreements;
  } catch {
    if (trials.length === 1) return [];
    const half = Math.ceil(trials.length / 2);
    const first = await compareWhatCompiles(trials.slice(0, half), around);
    return first.length > 0 ? first : compareWhatCompiles(trials.slice(half), around);
  }
}

/** Each way of leaving out one element of a list or one field of an object, large parts first. */
function without(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return [
      ...list.map((_, i) => list.filter((_item, j) => j !== i)),
      ...list.flatMap((item, i) => without(item).map((less) => list.map((v, j) => (j === i ? less : v)))),
    ];
  }
  if (typeof value !== "object" || value === null) return [];
  const entries: [string, unknown][] = Object.entries(value);
  return [
    ...entries.map(([key]) => Object.fromEntries(entries.filter(([k]) => k !== key))),
    ...entries.flatMap(([key, inner]) =>
      without(inner).map((less) => Object.fromEntries(entries.map(([k, v]) => [k, k === key ? less : v]))),
    ),
  ];
}
