// The comparison as JSON, for gates: its members stay what they are, and others may come.
import { decisionWord, type Headers, type Outcome } from "../engines/index.ts";
import { descriptionOf, requestLine, unicode } from "../requests/index.ts";
import { positionOf } from "../source/span.ts";
import type { Change, Decider, Step, Witness } from "./change.ts";
import type { BundleDiff, WorkloadDiff } from "./diff.ts";

/** @param names what the versions were called by */
export function diffToJson({ verdict, workloads }: BundleDiff, names: { old: string; new: string }): object {
  return { verdict, ...names, workloads: workloads.map(workloadToJson) };
}

function workloadToJson({ changes, ...rest }: WorkloadDiff): object {
  return { ...rest, changes: changes.map(changeToJson) };
}

function changeToJson({ kind, details, deciders, witness }: Change): object {
  return {
    kind,
    details,
    ...(deciders.old && { old: deciderToJson(deciders.old) }),
    ...(deciders.new && { new: deciderToJson(deciders.new) }),
    ...(witness && { witness: witnessToJson(witness) }),
  };
}

function deciderToJson(decider: Decider): object {
  if ("none" in decider) return { none: decider.none };
  const { policy, part, span } = decider;
  return { policy, rule: part, file: span.file.shown, line: positionOf(span.file, span.start).line };
}

function witnessToJson({ steps, outcomes, confirmedBy }: Witness): object {
  return {
    steps: steps.map(stepToJson),
    old: outcomeToJson(outcomes.old),
    new: outcomeToJson(outcomes.new),
    confirmedBy,
  };
}

function stepToJson({ request, times, after, response }: Step): object {
  return {
    request: descriptionOf(request),
    line: requestLine(request),
    times,
    ...(response && { response: headers(response) }),
    ...(after > 0n && { after: `${after / 1_000_000n}ms` }),
  };
}

function outcomeToJson(outcome: Outcome): object {
  const decision = decisionWord(outcome);
  if (outcome.kind === "forward") {
    const { cluster, request, response, router = [] } = outcome;
    return {
      decision,
      ...(cluster !== undefined && { cluster: unicode(cluster) }),
      request: headers([...request, ...router]),
      response: headers(response),
    };
  }
  const { status, body, details, grpcStatus } = outcome;
  return {
    decision,
    status,
    body: unicode(body),
    details: unicode(details),
    ...(grpcStatus !== undefined && { grpcStatus }),
    headers: headers(outcome.headers),
  };
}

function headers(list: Headers): readonly (readonly [string, string])[] {
  return list.map(([name, value]) => [name, unicode(value)]);
}
