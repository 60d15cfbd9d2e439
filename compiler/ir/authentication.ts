// The authentication stage: whose tokens are good, where they stand, and what of them goes on.
import type { VerificationKey } from "../jwk/key.ts";
import type { Origin } from "./program.ts";

/** Tokens are looked for by all rules; each that is found must be accepted by a rule that looks in its place. */
export interface Authentication {
  /** In the order of namespace/name, then as written: the first that accepts a token says what becomes of it. */
  readonly rules: readonly TokenRule[];
}

export interface TokenRule {
  readonly origin: Origin;
  /** What the claim `iss` must be; absent: anything. */
  readonly issuer: string | undefined;
  /** The claim `aud` must hold one of them; none: anything. */
  readonly audiences: readonly string[];
  readonly keys: KeySource;
  /** At least one. */
  readonly locations: readonly TokenLocation[];
  /** Whether the upstream gets the token. */
  readonly forward: boolean;
  /** The header that gets the payload as the token has it, in base64url. */
  readonly payloadHeader: string | undefined;
  /** The headers that get claims; no two of them are the same. */
  readonly claimHeaders: readonly ClaimHeader[];
  /** Claims whose texts are lists of words, besides `scope` and `permission`. */
  readonly wordLists: readonly string[];
}

/** The first path that leads to a text, a number or a truth value counts; an empty text counts as absent. */
export interface ClaimHeader {
  readonly header: string;
  readonly paths: readonly (readonly string[])[];
}

export type KeySource = { readonly kind: "inline"; readonly keys: readonly VerificationKey[] } | RemoteKeys;

/** A key set that the filter fetches. Times are in milliseconds. */
export interface RemoteKeys {
  readonly kind: "remote";
  /** Envoy's cluster that leads to the issuer's host. */
  readonly cluster: Cluster;
  /** `:authority` and `:path` of the call. */
  readonly authority: string;
  readonly path: string;
  /** How long one fetch may take. */
  readonly timeout: number;
  /** After how long a set is fetched anew. */
  readonly refresh: number;
  /** How long a set is used while fetching fails. */
  readonly keep: number;
}

export interface Cluster {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Where a token may stand. Names of headers are lower-case. */
export type TokenLocation =
  /**
   * Behind a prefix: where that ends in a space, white space or the end of the value must follow the rest of it. Around
   * the token white space does not count. In `authorization` the prefix's case does not count either.
   */
  | { readonly kind: "header"; readonly name: string; readonly prefix: string }
  /** Every parameter of this name, percent-decoded both. */
  | { readonly kind: "query"; readonly name: string }
  /** Every cookie of this name; quotes around the token do not count. */
  | { readonly kind: "cookie"; readonly name: string };
