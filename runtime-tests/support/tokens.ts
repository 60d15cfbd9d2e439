// Issuers for tests: their keys, as a key set says them and as tokens are signed with them. `jose` signs, so that what the
// filter verifies is not of its own making.
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from "jose";

export interface SigningKey {
  readonly algorithm: string;
  readonly kid: string | undefined;
  readonly signer: CryptoKey | Uint8Array;
  /** What verifies: the public key, or the secret. */
  readonly jwk: JWK;
}

/** A new key. `kid` absent: the key has no name. */
export async function makeKey(algorithm: string, kid?: string): Promise<SigningKey> {
  const named = { ...(kid !== undefined && { kid }) };
  if (algorithm === "HS256") {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const jwk = { kty: "oct", k: Buffer.from(secret).toString("base64url"), alg: algorithm, ...named };
    return { algorithm, kid, signer: secret, jwk };
  }
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    algorithm,
    kid,
    signer: privateKey,
    jwk: { ...(await exportJWK(publicKey)), alg: algorithm, use: "sig", ...named },
  };
}

/** The key set that an issuer publishes, as JSON. */
export function keySet(...keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
}

/** A token with these claims; `header` adds to or replaces what its header says. */
export function mint(
  key: SigningKey,
  claims: Readonly<Record<string, unknown>>,
  header: object = {},
): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: key.algorithm, ...(key.kid !== undefined && { kid: key.kid }), ...header })
    .sign(key.signer);
}

/** A part of a token, of any text. */
export function part(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}
