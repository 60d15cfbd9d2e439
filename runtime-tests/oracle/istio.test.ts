// Istio's own conformance files: our filter made of each policy beside native RBAC running what Istio makes of it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Assembler } from "../../compiler/index.ts";
import { counterNames } from "../../compiler/ir/details.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { certificates, type Certificates } from "../../envoy/test-certificates/certificates.ts";
import { eventually } from "../../filters/testing/eventually.ts";
import { compileDocuments } from "../support/compile.ts";
import { compare, type Comparison, type Surroundings, type Trial } from "./compare.ts";
import { issueAll } from "./identities.ts";
import { cut, fieldsOf, istioPairs, type IstioPair, type Keep } from "./istio.ts";
import { neighbourhood, type Neighbourhood } from "./near.ts";
import { startRig } from "./rig.ts";
import { describeDisagreement } from "./run.ts";
import { tokenIssuer } from "./tokens.ts";

const seed = Number(process.env["ORACLE_SEED"] ?? 20261);
const pairs = await istioPairs();
const assembler = new Assembler();
const issuer = tokenIssuer();
/** One Envoy and many compilations a test. */
const PATIENCE_MS = 900_000;
let envoyPath: string | undefined;
let issued: Certificates;
beforeAll(async () => {
  envoyPath = await envoyForTests();
  issued = await certificates();
});
afterAll(async () => {
  await assembler.close();
  await issued.remove();
});

/**
 * Compares all of them in one Envoy, each with requests near itself and requests near the whole; undefined where there is
 * no Envoy.
 */
async function comparePairs(
  some: readonly IstioPair[],
  near: Neighbourhood,
  connections: number,
  requests: number,
): Promise<Comparison | undefined> {
  if (envoyPath === undefined) return undefined;
  const { identities } = near;
  const credentials = await issueAll(issued, identities);
  const around: Surroundings = { envoyPath, assembler, certificates: issued, identities, credentials };
  const trials = some.map(({ policy, rbac }, i): Trial => {
    const sample = ({ claims, conversations }: Neighbourhood, number: number) => {
      const parameters = { seed: seed + number, numRuns: connections / 2 };
      const payloads = claims ? fc.sample(claims, { ...parameters, numRuns: 40 }) : [];
      const tokens = payloads.map((payload) => issuer.mint(payload));
      return { payloads, conversations: fc.sample(conversations(requests, tokens), parameters) };
    };
    const samples = [sample(near, 2 * i), sample(neighbourhood(policy), 2 * i + 1)];
    const conversations = samples.flatMap((found) => found.conversations);
    const issuers = new Set(samples.flatMap(({ payloads }) => payloads.map(({ iss }) => iss as string)));
    return issuers.size === 0
      ? { documents: [policy], native: [rbac], conversations }
      : {
          documents: [policy, issuer.requestAuthentication([...issuers])],
          native: [rbac],
          before: [issuer.jwtAuthn],
          conversations,
        };
  });
  return compare(trials, around);
}

/** The pair cut down to a few fields at a time, so that each of its values decides something. */
function pieces(pair: IstioPair): IstioPair[] {
  const found = fieldsOf(pair.policy).map((field) =>
    cut(pair, field, (f, list, value) => f === field && list === "values" && value !== "*"),
  );
  // What is negated lets almost everything in, and so does presence: a few fields together still tell them apart.
  for (const some of together(pair)) {
    const piece = (name: string, keep: Keep): IstioPair | undefined =>
      cut(pair, `${name} ${some.join(" ")}`, (...asked) => some.includes(asked[0]) && keep(...asked));
    found.push(
      piece("not", (_, list, value) => list === "notValues" && value !== "*"),
      piece("any", (_, list, value) => list === "values" && value === "*"),
      piece("none", (_, list, value) => list === "notValues" && value === "*"),
    );
  }
  return found.filter((piece) => piece !== undefined);
}

const CLAIMS = /^(requestPrincipals|request\.auth\..*)$/;

/**
 * Fields of one rule, three at a time: of two rules one would let in what the other does not. What is asked of tokens stands
 * alone, as few tokens satisfy much of it.
 */
function together({ policy }: IstioPair): string[][] {
  const seen = new Set<string>();
  return (policy.spec?.rules ?? []).flatMap((rule) => {
    const fields = fieldsOf({ spec: { rules: [rule] } }).filter((f) => !seen.has(f));
    fields.forEach((field) => seen.add(field));
    const plain = fields.filter((field) => !CLAIMS.test(field));
    return [
      ...plain.flatMap((_, at) => (at % 3 === 0 ? [plain.slice(at, at + 3)] : [])),
      ...fields.filter((field) => CLAIMS.test(field)).map((field) => [field]),
    ];
  });
}

function agree(result: Comparison): void {
  const [first] = result.disagreements;
  if (first) throw new Error(describeDisagreement(first, seed, 0));
}

const enforced = pairs.filter(({ dryRun }) => !dryRun);
const named = (list: readonly IstioPair[]): [string, IstioPair][] => list.map((pair) => [pair.name, pair]);

test.each(named(enforced))(
  "%s",
  async (_, pair) => {
    const result = await comparePairs([pair], neighbourhood(pair.policy), 140, 20);
    if (!result) return;
    agree(result);
    expect(result.pairs).toBeGreaterThanOrEqual(2_000);
  },
  PATIENCE_MS,
);

/** Methods and paths such as `rule[0]-to[0]-path[1]`, which no request of HTTP can have. */
const NEVER = ["single-policy methods", "single-policy paths"];

test.each(named(enforced.filter((pair) => pieces(pair).length > 1)))(
  "%s, piece by piece",
  async (name, pair) => {
    const list = pieces(pair);
    const result = await comparePairs(list, neighbourhood(pair.policy), 32, 10);
    if (!result) return;
    agree(result);
    expect(result.pairs).toBeGreaterThanOrEqual(1_000);
    const oneSided = list.flatMap((piece, i) => {
      const { pairs: all = 0, allowed = 0 } = result.trials[i] ?? {};
      // Every request has a method, a host and a path.
      const asksForPresence = /^(any|none) /.test(piece.name);
      return !asksForPresence && (allowed === 0 || allowed === all) ? [`${name} ${piece.name}`] : [];
    });
    expect(oneSided).toEqual(NEVER.filter((piece) => piece.startsWith(`${name} `)));
  },
  PATIENCE_MS,
);

test(
  "dry-run-allow: nothing is refused, and what Istio's filter would let in is counted",
  async () => {
    if (envoyPath === undefined) return;
    const pair = pairs.find(({ dryRun }) => dryRun);
    if (!pair) throw new Error("no dry run");
    const { program, filter } = await compileDocuments([pair.policy], assembler);
    const subject = { name: "dry-run", wasm: filter.wasm, native: [pair.rbac] };
    const rig = await startRig(envoyPath, [subject], issued);
    try {
      const near = neighbourhood(pair.policy);
      let matched = 0;
      let sent = 0;
      for (const { client, requests } of fc.sample(near.conversations(50), { seed, numRuns: 40 })) {
        const told = await rig.send("dry-run", { from: client.from }, requests);
        for (const answer of told) {
          expect(answer?.details).toBe("direct_response");
          sent++;
          if (answer?.native[0]?.allowed === true) matched++;
        }
      }
      const [observer] = program.authorization.observers;
      if (!observer) throw new Error("no observer");
      const counted = async (): Promise<(number | undefined)[]> => {
        const stats = await rig.stats("wasmcustom.");
        return counterNames(observer).map((name) => stats[`wasmcustom.${name}`]);
      };
      expect(matched).toBeGreaterThan(100);
      await eventually(async () => expect(await counted()).toEqual([matched, sent - matched]));
    } finally {
      await rig.close();
    }
  },
  PATIENCE_MS,
);
