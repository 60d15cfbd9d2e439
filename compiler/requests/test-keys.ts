// Keys for tests: made from a name, so that a token that a test asks for is one that its issuer could have signed.
import {
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from "node:crypto";
import type { TokenRule } from "../ir/authentication.ts";
import type { Algorithm, VerificationKey } from "../jwk/key.ts";

/** The key that every issuer has in tests. */
export const ISSUERS_KEY = "test";

/** Quick ones first: nothing has to be searched for in order to make a key of them. */
const preferred: readonly Algorithm[] = ["ES256", "ES384", "HS256", "RS256", "RS384", "RS512"];

/** How an issuer signs in tests: as its own keys allow, which of a remote key set nobody knows. */
export function algorithmOf({ keys }: TokenRule): Algorithm {
  if (keys.kind === "remote") return "ES256";
  const allowed = new Set(keys.keys.flatMap(({ algorithms }) => algorithms));
  return preferred.find((algorithm) => allowed.has(algorithm)) ?? "ES256";
}

/** The key set of a rule's issuer in tests, for `standalone`. */
export function testKeysOf(rule: TokenRule): readonly VerificationKey[] {
  const algorithm = algorithmOf(rule);
  return [{ kid: ISSUERS_KEY, algorithms: [algorithm], material: verificationMaterial(algorithm) }];
}

/** What a filter verifies the issuers' key with. */
function verificationMaterial(algorithm: Algorithm): string {
  if (algorithm === "HS256") return secretOf(ISSUERS_KEY).toString("latin1");
  const publicKey = createPublicKey(privateKeyOf(ISSUERS_KEY, algorithm));
  return publicKey.export({ type: "spki", format: "der" }).toString("latin1");
}

/** A token in its compact form (RFC 7515). Whoever signs it, it says that it is of the issuers' key. */
export function signToken(
  claims: Readonly<Record<string, unknown>>,
  { key, algorithm }: { readonly key: string; readonly algorithm: Algorithm },
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: algorithm, typ: "JWT", kid: ISSUERS_KEY })}.${part(claims)}`;
  return `${signed}.${signatureOf(signed, key, algorithm).toString("base64url")}`;
}

function signatureOf(text: string, key: string, algorithm: Algorithm): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm === "HS256") return createHmac(hash, secretOf(key)).update(text).digest();
  // RFC 7518, section 3.4: both numbers, one behind the other.
  return sign(hash, Buffer.from(text), { key: privateKeyOf(key, algorithm), dsaEncoding: "ieee-p1363" });
}

function secretOf(name: string): Buffer {
  return createHash("sha256").update(`tollgate test key ${name}`).digest();
}

const made = new Map<string, KeyObject>();

function privateKeyOf(name: string, algorithm: Algorithm): KeyObject {
  const kind = algorithm.startsWith("RS") ? "RSA" : algorithm;
  const id = `${kind} ${name}`;
  const key = made.get(id) ?? (kind === "RSA" ? rsaKey() : curveKey(name, algorithm));
  made.set(id, key);
  return key;
}

/** Made anew by each process: the primes of a key cannot be told from a name. */
function rsaKey(): KeyObject {
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
}

function curveKey(name: string, algorithm: Algorithm): KeyObject {
  const [crv, curve, hash, bytes] =
    algorithm === "ES256"
      ? (["P-256", "prime256v1", "sha256", 32] as const)
      : (["P-384", "secp384r1", "sha384", 48] as const);
  const number = createHash(hash).update(`tollgate test key ${name}`).digest();
  const exchange = createECDH(curve);
  exchange.setPrivateKey(number);
  const point = exchange.getPublicKey();
  const text = (part: Buffer): string => part.toString("base64url");
  const jwk = {
    kty: "EC",
    crv,
    d: text(number),
    x: text(point.subarray(1, 1 + bytes)),
    y: text(point.subarray(1 + bytes)),
  };
  return createPrivateKey({ key: jwk, format: "jwk" });
}
