// The same requests through the reference interpreter, our filter in the host, our filter in Envoy, and Envoy's own RBAC.
import type { Assembler } from "../../compiler/index.ts";
import { NO_RULE_MATCHED, detailsOf } from "../../compiler/ir/details.ts";
import { interpret, LimitState, type Request } from "../../compiler/ir/interpret.ts";
import type { Authorization, Program } from "../../compiler/ir/program.ts";
import type { Certificates } from "../../envoy/test-certificates/certificates.ts";
import { FilterModule, HeaderMap, Vm } from "../../host/index.ts";
import { compileDocuments } from "../support/compile.ts";
import { connectionOf, propertiesOf, seenBy, type Conversation } from "./conversation.ts";
import type { Identities, IdentityCredentials } from "./identities.ts";
import { startRig, type Subject, type Told } from "./rig.ts";
import { ruleIndexOf, toRbac, type Rbac } from "./to-rbac.ts";
import type { WireRequest } from "./wire.ts";

/** Policies, and what is sent to a proxy that they apply to. */
export interface Trial {
  readonly documents: readonly object[];
  /** What native RBAC filters run beside them, in order; absent: the translation of what our compiler understood. */
  readonly native?: readonly Rbac[];
  /** Envoy's filters in front of all others. */
  readonly before?: readonly object[];
  readonly conversations: readonly Conversation[];
}

/** `allow`, or the response-code details of a refusal. */
export interface Decisions {
  readonly interpreter: string;
  readonly host: string;
  readonly envoy: string;
  readonly native: string;
}

export interface Disagreement {
  readonly trial: Trial;
  readonly conversation: Conversation;
  readonly request: WireRequest;
  readonly decisions: Decisions;
}

export interface Comparison {
  /** Requests that all four decided. */
  readonly pairs: number;
  /** Of these, how many were let in. */
  readonly allowed: number;
  /** Of each trial, how many requests were decided and how many let in. */
  readonly trials: readonly { readonly pairs: number; readonly allowed: number }[];
  /** Requests that Envoy itself refused before any filter. */
  readonly unseen: number;
  readonly disagreements: readonly Disagreement[];
}

export interface Surroundings {
  readonly envoyPath: string;
  readonly assembler: Assembler;
  readonly certificates: Certificates;
  readonly identities: Identities;
  readonly credentials: IdentityCredentials;
}

/** Where the header `x-word` becomes metadata that policies can ask for. */
const WORDS = [
  { filter: "envoy.filters.oracle", key: "word" },
  { filter: "envoy.filters.a.b", key: "c" },
];

export const wordToMetadata = {
  name: "envoy.filters.http.header_to_metadata",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config",
    request_rules: WORDS.map(({ filter, key }) => ({
      header: "x-word",
      on_header_present: { metadata_namespace: filter, key, type: "STRING" },
      remove: false,
    })),
  },
};

interface Compiled {
  readonly trial: Trial;
  readonly program: Program;
  readonly wasm: Uint8Array;
  readonly subject: Subject;
}

/** Runs all trials in one Envoy, a listener each. */
export async function compare(trials: readonly Trial[], around: Surroundings): Promise<Comparison> {
  const compiled: Compiled[] = [];
  for (const trial of trials) {
    const { program, filter } = await compileDocuments(trial.documents, around.assembler);
    const native = trial.native ?? toRbac(program.authorization);
    const subject = {
      name: `trial-${compiled.length}`,
      wasm: filter.wasm,
      native,
      before: [...(trial.before ?? []), wordToMetadata],
    };
    compiled.push({ trial, program, wasm: filter.wasm, subject });
  }
  const rig = await startRig(
    around.envoyPath,
    compiled.map(({ subject }) => subject),
    around.certificates,
  );
  const total = { pairs: 0, allowed: 0, unseen: 0 };
  const perTrial = trials.map(() => ({ pairs: 0, allowed: 0 }));
  const disagreements: Disagreement[] = [];
  const compareOne = async ({ trial, program, wasm, subject }: Compiled): Promise<void> => {
    const vm = Vm.start(FilterModule.compile(wasm));
    for (const conversation of trial.conversations) {
      const { client, requests } = conversation;
      const told = await rig.send(subject.name, connectionOf(client, around.credentials), requests);
      requests.forEach((request, i) => {
        const answer = told[i];
        if (!answer) {
          total.unseen++;
          return;
        }
        const seen = seenBy(client, request, rig.port(subject.name), around.identities, wordOf(request));
        const decisions = {
          interpreter: byInterpreter(program, seen),
          host: byHost(vm, seen),
          envoy: answer.details === "direct_response" ? "allow" : answer.details,
          native: byRbac(program.authorization, subject.native, answer.native),
        };
        for (const counts of [total, perTrial[trials.indexOf(trial)]]) {
          if (!counts) continue;
          counts.pairs++;
          if (decisions.envoy === "allow") counts.allowed++;
        }
        if (new Set(Object.values(decisions)).size > 1)
          disagreements.push({ trial, conversation, request, decisions });
      });
    }
    vm.close();
  };
  try {
    // A few at a time: Envoy and this process take turns otherwise.
    const waiting = [...compiled];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await compareOne(next);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  } finally {
    await rig.close();
  }
  return { ...total, trials: perTrial, disagreements };
}

export function wordOf(request: WireRequest): Record<string, unknown> {
  const words = request.headers.filter(([name]) => name === "x-word").map(([, value]) => value);
  // As that filter has it: all values of the header in one, and nothing where that is empty.
  const word = words.join(",");
  return word === "" ? {} : Object.fromEntries(WORDS.map(({ filter, key }) => [filter, { [key]: word }]));
}

function byInterpreter(program: Program, request: Request): string {
  const decision = interpret(program, request, 0n, new LimitState());
  return decision.kind === "refuse" ? decision.details : "allow";
}

function byHost(vm: Vm, request: Request): string {
  const stream = vm.openStream(propertiesOf(request));
  const result = stream.requestHeaders(new HeaderMap(request.headers), true);
  stream.close();
  if (result.kind === "local-response") return result.response.details;
  return result.kind === "continue" ? "allow" : result.kind;
}

function byRbac({ deny }: Authorization, filters: readonly Rbac[], told: Told["native"]): string {
  for (const [i, { action }] of filters.entries()) {
    if (told[i]?.allowed !== false) continue;
    if (action !== "DENY") return NO_RULE_MATCHED;
    const rule = deny[ruleIndexOf(told[i].policy ?? "")];
    return rule ? detailsOf("authorization", rule.origin) : "denied by no rule";
  }
  return told.length === filters.length ? "allow" : "not told";
}
