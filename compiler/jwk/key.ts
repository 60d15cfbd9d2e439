// The keys that tokens are verified with, whatever form they came in.

/** The signature algorithms of RFC 7518 that a filter verifies. */
export const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "HS256"] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

export interface VerificationKey {
  /** Absent: the key is tried for every token. */
  readonly kid: string | undefined;
  /** What a token may name in `alg` to be verified with this key; at least one. */
  readonly algorithms: readonly Algorithm[];
  /** A byte string: of `HS256` the secret, else the public key in DER (SubjectPublicKeyInfo). */
  readonly material: string;
}

export function isAlgorithm(text: string): text is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(text);
}
