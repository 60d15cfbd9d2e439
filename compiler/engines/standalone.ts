// A program that decides by itself: what it would ask others (keys of issuers, a rate limit service) it has or counts here.
import type { TokenRule } from "../ir/authentication.ts";
import type { Program } from "../ir/program.ts";
import type { VerificationKey } from "../jwk/key.ts";

export interface StandaloneOptions {
  /** The keys of a rule's issuer. Default: those that the rule itself has; none of a remote key set, so that no token is good. */
  readonly keys?: (rule: TokenRule) => readonly VerificationKey[];
  /** The most keys that a limit has to tell apart: an engine that is told so starts sooner. Default: as the limits say. */
  readonly mostKeys?: number;
}

/**
 * The program for an engine without a network: remote key sets are those that `keys` gives, limits of the scope `mesh` count
 * where the filter runs. Everything else stays as it is.
 */
export function standalone(
  program: Program,
  { keys = ownKeys, mostKeys = Infinity }: StandaloneOptions = {},
): Program {
  const { authentication } = program;
  return {
    ...program,
    ...(authentication && {
      authentication: {
        rules: authentication.rules.map((rule) => ({
          ...rule,
          keys: { kind: "inline", keys: keys(rule) } as const,
        })),
      },
    }),
    limits: program.limits.map((limit) => ({
      ...limit,
      scope: limit.scope === "mesh" ? "proxy" : limit.scope,
      maxKeys: Math.min(limit.maxKeys, mostKeys),
    })),
  };
}

/** What of a program `standalone` does otherwise than a filter in its mesh. */
export function countsAlone(program: Program): boolean {
  return program.limits.some(({ scope }) => scope === "mesh");
}

function ownKeys({ keys }: TokenRule): readonly VerificationKey[] {
  return keys.kind === "inline" ? keys.keys : [];
}
