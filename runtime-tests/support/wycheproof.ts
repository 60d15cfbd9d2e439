// Wycheproof's vectors for JWS and JWK (../conformance/wycheproof), and where we differ from them on purpose.
import { readFileSync } from "node:fs";
import type { JsonWebKey } from "node:crypto";

export interface Jwk extends JsonWebKey {
  kid?: string;
  alg?: string;
  key_ops?: string[];
}

export interface Vector {
  readonly id: number;
  /** The group's comment and the vector's own. */
  readonly what: string;
  readonly token: string;
  readonly valid: boolean;
  readonly keys: readonly Jwk[];
}

interface Group {
  readonly comment: string;
  readonly public?: Jwk & { keys?: Jwk[] };
  readonly private?: Jwk & { keys?: Jwk[] };
  readonly tests: readonly { tcId: number; comment: string; jws: unknown; result: "valid" | "invalid" }[];
}

export function vectors(file: "json_web_signature_test" | "json_web_key_test"): Vector[] {
  const path = new URL(`../conformance/wycheproof/${file}.json`, import.meta.url);
  const { testGroups } = JSON.parse(readFileSync(path, "utf8")) as { testGroups: Group[] };
  return testGroups.flatMap((group) => {
    const given = group.public ?? group.private ?? {};
    return group.tests.map(({ tcId, comment, jws, result }) => ({
      id: tcId,
      what: `${group.comment}: ${comment}`,
      token: typeof jws === "string" ? jws : JSON.stringify(jws),
      valid: result === "valid",
      keys: given.keys ?? [given],
    }));
  });
}

/** What a token's header says, as far as it can be read. */
export function algorithm(token: string): string {
  try {
    const header = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as {
      alg: string;
    };
    return header.alg;
  } catch {
    return "";
  }
}

export const isSecret = (key: Jwk): boolean => key.kty === "oct";

/** Algorithms that valid vectors use and that are refused, whatever the signature. */
export const UNSUPPORTED = ["PS256", "PS384", "PS512", "ES512", "HS384", "HS512"];
/** Signatures called valid by those who skip characters that are none of base64url: RFC 7515 has no such. */
export const STRICTER = [372, 373];
/** Signatures called invalid for their padding that are byte for byte vector 357, which is called valid. */
export const MISLABELLED = [367, 370];
