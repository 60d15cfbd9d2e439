// A run: batches of random policies, each batch in an Envoy of its own, until enough requests were compared.
import fc from "fast-check";
import { stringify } from "yaml";
import { Assembler } from "../../compiler/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { certificates } from "../../envoy/test-certificates/certificates.ts";
import { compare, type Disagreement, type Surroundings, type Trial } from "./compare.ts";
import { issueAll } from "./identities.ts";
import { bundles, conversations, identities } from "./policies.ts";
import { shrink } from "./shrink.ts";

export interface OracleOptions {
  /** Requests to compare, at least. */
  readonly pairs: number;
  /** The same seed and the same number of pairs are the same run. */
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

/** Policies in one Envoy, connections to each of them, requests on each connection. */
const BATCH = { policies: 25, connections: 10, requests: 40 };

/** What disagreed, in words, made as small as can be; undefined where nothing did, or where there is no Envoy. */
export async function runOracle({
  pairs,
  seed,
  progress = () => {},
}: OracleOptions): Promise<string | undefined> {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return undefined;
  const assembler = new Assembler();
  const issued = await certificates();
  try {
    const around: Surroundings = {
      envoyPath,
      assembler,
      certificates: issued,
      identities,
      credentials: await issueAll(issued, identities),
    };
    const perPolicy = BATCH.connections * BATCH.requests;
    let compared = 0;
    let allowed = 0;
    let unseen = 0;
    for (let batch = 0; compared < pairs; batch++) {
      const policies = Math.min(BATCH.policies, Math.ceil((pairs - compared) / perPolicy));
      const trials = fc.sample(trial, { seed: seed + batch, numRuns: policies });
      const result = await compare(trials, around);
      const [first] = result.disagreements;
      if (first) {
        progress(`${result.disagreements.length} disagreements in batch ${batch}, shrinking one`);
        return describeDisagreement(await shrink(first, around, progress), seed, batch);
      }
      compared += result.pairs;
      allowed += result.allowed;
      unseen += result.unseen;
      progress(
        `seed ${seed}: ${compared} requests decided alike by interpreter, host, Envoy's wasm and native RBAC; ` +
          `${allowed} let in, ${compared - allowed} refused, ${unseen} more refused by Envoy itself`,
      );
    }
    return undefined;
  } finally {
    await assembler.close();
    await issued.remove();
  }
}

const trial: fc.Arbitrary<Trial> = fc.record({
  documents: bundles,
  conversations: fc.array(conversations(BATCH.requests), {
    minLength: BATCH.connections,
    maxLength: BATCH.connections,
    size: "max",
  }),
});

export function describeDisagreement(found: Disagreement, seed: number, batch: number): string {
  return [
    `Disagreement (seed ${seed}, batch ${batch}).`,
    ...Object.entries(found.decisions).map(([engine, decision]) => `  ${engine}: ${decision}`),
    "Policies:",
    found.trial.documents.map((document) => stringify(document)).join("---\n"),
    `Client: ${JSON.stringify(found.conversation.client)}`,
    `Request: ${JSON.stringify(found.request)}`,
  ].join("\n");
}
