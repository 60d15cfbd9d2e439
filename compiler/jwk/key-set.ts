// JSON Web Key Sets (RFC 7517): which keys of one verify tokens, and what is wrong with the others.
import { createPublicKey, X509Certificate, type JsonWebKey } from "node:crypto";
import type { DiagnosticName } from "../diagnostics/codes.ts";
import { byteString } from "../http/header-syntax.ts";
import { isAlgorithm, type Algorithm, type VerificationKey } from "./key.ts";
import { isRoca } from "./roca.ts";

/** What is wrong with a key set or one of its keys. */
export interface KeyFault {
  readonly severity: "error" | "warning";
  readonly code: DiagnosticName;
  readonly message: string;
  readonly help: string;
}

export interface ReadKeySet {
  /** In the order of the set. */
  readonly keys: readonly VerificationKey[];
  readonly faults: readonly KeyFault[];
}

/** As many as the filter keeps of a set. */
export const MAX_KEYS = 16;
/** RFC 7518, section 3.3. */
const LEAST_RSA_BITS = 2048;
/** What Envoy's library still verifies with. */
const MOST_RSA_BITS = 8192;
/** RFC 7518, section 3.2: as long as the hash. */
const LEAST_SECRET_BYTES = 32;
const MOST_SECRET_BYTES = 1024;

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth"];
const CURVES: Readonly<Record<string, { algorithm: Algorithm; bytes: number }>> = {
  "P-256": { algorithm: "ES256", bytes: 32 },
  "P-384": { algorithm: "ES384", bytes: 48 },
};
/** What RFC 7518, RFC 8037 and their successors name beyond what a filter verifies. */
const OTHER_ALGORITHMS = /^(HS384|HS512|ES512|ES256K|PS(256|384|512)|EdDSA|Ed25519|Ed448)$/;

/** Reads a key set; `now` is the time in milliseconds since 1970, against which keys expire. */
export function readKeySet(text: string, now: number): ReadKeySet {
  const alone = (code: DiagnosticName, message: string, help: string): ReadKeySet => ({
    keys: [],
    faults: [{ severity: "error", code, message, help }],
  });
  const shape = 'write `{"keys": [...]}`, as the issuer publishes it';
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch (error) {
    return alone("bad-key-set", `the key set is no JSON: ${whyNot(error)}`, shape);
  }
  if (!isObject(set)) return alone("bad-key-set", "a key set is an object", shape);
  const list = set["keys"];
  if (!Array.isArray(list)) {
    const single = typeof set["kty"] === "string";
    const message = single ? "this is a key, not a set of keys" : "the key set has no list `keys`";
    return alone("bad-key-set", message, single ? 'put it into a set: `{"keys": [...]}`' : shape);
  }
  const keys: VerificationKey[] = [];
  const faults: KeyFault[] = [];
  list.forEach((jwk: unknown, index) => {
    const kid = isObject(jwk) && typeof jwk["kid"] === "string" ? ` (\`${printable(jwk["kid"])}\`)` : "";
    const read = readKey(jwk, now);
    if (read.key) keys.push(read.key);
    faults.push(...read.faults.map((f) => ({ ...f, message: `\`keys[${index}]\`${kid} ${f.message}` })));
  });
  if (keys.length === 0 && faults.every((f) => f.severity !== "error")) {
    faults.push({
      severity: "error",
      code: "no-usable-key",
      message: "no key of the set can verify a token",
      help: "the set needs an RSA key, an EC key on P-256 or P-384, or a secret, for signatures",
    });
  }
  if (keys.length > MAX_KEYS) {
    faults.push({
      severity: "error",
      code: "bad-key-set",
      message: `the set has ${keys.length} keys for signatures, and the filter keeps ${MAX_KEYS}`,
      help: "remove those that no token is signed with any more",
    });
  }
  return { keys, faults };
}

interface ReadOne {
  readonly key?: VerificationKey;
  readonly faults: readonly KeyFault[];
}

function readKey(jwk: unknown, now: number): ReadOne {
  if (!isObject(jwk)) return fault("bad-key-set", "is no object", "a key is an object with `kty`");
  const { kty, kid, alg, use } = jwk;
  if (typeof kty !== "string") return fault("bad-key-set", "has no `kty`", "it says of what type the key is");
  for (const [name, value] of Object.entries({ kid, alg, use })) {
    if (value !== undefined && typeof value !== "string")
      return fault("bad-key-set", `has a \`${name}\` that is no text`, `write \`${name}\` in quotes`);
  }
  const leaked = kty === "oct" ? undefined : PRIVATE_MEMBERS.find((name) => name in jwk);
  if (leaked !== undefined) {
    return fault(
      "private-key",
      `is a private key: it holds \`${leaked}\``,
      "whoever reads it can sign tokens: give out the public part alone, and replace a key that others may have seen",
    );
  }
  // Such keys are for something else, and no fault.
  const operations = jwk["key_ops"];
  if (use !== undefined && use !== "sig") return { faults: [] };
  if (Array.isArray(operations) && !operations.includes("verify")) return { faults: [] };
  const expires = jwk["exp"];
  if (typeof expires === "number" && expires * 1000 <= now) {
    return fault(
      "key-expired",
      `expired at ${new Date(expires * 1000).toISOString()}`,
      "fetch the set anew from its issuer",
    );
  }
  const made =
    kty === "RSA" ? rsa(jwk) : kty === "EC" ? ellipticCurve(jwk) : kty === "oct" ? secret(jwk) : kty;
  if (typeof made === "string") {
    return fault(
      "not-supported-yet",
      `is of the type \`${printable(made)}\`, with which no token can be verified yet`,
      "use an RSA key, an EC key on P-256 or P-384, or remove it from the set",
    );
  }
  if ("faults" in made) return made;
  if (typeof alg === "string" && !(made.algorithms as readonly string[]).includes(alg)) {
    return isAlgorithm(alg) || !OTHER_ALGORITHMS.test(alg)
      ? fault(
          "key-does-not-fit",
          `is for \`${printable(alg)}\`, which does not fit ${made.what}`,
          `write ${made.algorithms.map((a) => `\`${a}\``).join(" or ")}, or leave \`alg\` out`,
        )
      : fault(
          "not-supported-yet",
          `is for \`${alg}\`, which is not supported yet`,
          `tokens are verified by RS256, RS384, RS512, ES256, ES384, HS256: sign with one of them, or remove the key from the set`,
        );
  }
  return {
    key: {
      kid: typeof kid === "string" ? byteString(kid) : undefined,
      algorithms: typeof alg === "string" && isAlgorithm(alg) ? [alg] : made.algorithms,
      material: made.material,
    },
    faults: certificateFaults(jwk, now),
  };
}

interface Made {
  readonly algorithms: readonly Algorithm[];
  readonly material: string;
  /** In words, as in "does not fit …". */
  readonly what: string;
}

function rsa(jwk: Members): Made | ReadOne {
  const { n, e } = jwk;
  const modulus = base64url(n);
  const exponent = base64url(e);
  if (!modulus || !exponent)
    return fault("bad-key-set", "lacks `n` or `e` in base64url", "copy the key again from its issuer");
  const bits = bitLength(modulus);
  if (bits < LEAST_RSA_BITS) {
    return fault("weak-key", `has ${bits} bits`, `an RSA key needs at least ${LEAST_RSA_BITS}: replace it`);
  }
  if (bits > MOST_RSA_BITS)
    return fault("bad-key-set", `has ${bits} bits`, `an RSA key has at most ${MOST_RSA_BITS}`);
  if (bitLength(exponent) > 33 || bitLength(exponent) < 2 || ((exponent.at(-1) ?? 0) & 1) === 0)
    return fault("bad-key-set", "has an `e` that no RSA key has", "mostly it is `AQAB`");
  if (isRoca(BigInt(`0x${modulus.toString("hex")}`))) {
    return fault(
      "weak-key",
      "was made by a broken generator (CVE-2017-15361)",
      "its private key can be computed: have the issuer replace it",
    );
  }
  const material = publicKey({ kty: "RSA", n: n as string, e: e as string });
  if (material === undefined) return fault("bad-key-set", "is no RSA key", "copy it again from its issuer");
  return { algorithms: ["RS256", "RS384", "RS512"], material, what: "an RSA key" };
}

function ellipticCurve(jwk: Members): Made | ReadOne {
  const { crv, x, y } = jwk;
  const curve = typeof crv === "string" && Object.hasOwn(CURVES, crv) ? CURVES[crv] : undefined;
  if (typeof crv !== "string") return fault("bad-key-set", "has no `crv`", "it names the key's curve");
  if (!curve) {
    return fault(
      "not-supported-yet",
      `is on the curve \`${printable(crv)}\`, which is not supported yet`,
      "use a key on P-256 or P-384, or remove it from the set",
    );
  }
  const sound = base64url(x)?.length === curve.bytes && base64url(y)?.length === curve.bytes;
  const material = sound ? publicKey({ kty: "EC", crv, x: x as string, y: y as string }) : undefined;
  if (material === undefined)
    return fault("bad-key-set", `is no point on ${crv}`, "copy the key again from its issuer");
  return { algorithms: [curve.algorithm], material, what: `an EC key on ${crv}` };
}

function secret(jwk: Members): Made | ReadOne {
  const k = base64url(jwk["k"]);
  if (!k) return fault("bad-key-set", "lacks `k` in base64url", "it is the secret");
  if (k.length < LEAST_SECRET_BYTES) {
    return fault(
      "weak-key",
      `is a secret of ${k.length} bytes`,
      `HS256 needs at least ${LEAST_SECRET_BYTES}, drawn at random: whoever sees a token can try shorter ones`,
    );
  }
  if (k.length > MOST_SECRET_BYTES)
    return fault("bad-key-set", `is a secret of ${k.length} bytes`, `${MOST_SECRET_BYTES} are the most`);
  return { algorithms: ["HS256"], material: k.toString("latin1"), what: "a secret" };
}

/** A certificate that came with the key says nothing about tokens, but one that ran out mostly means an old file. */
function certificateFaults(jwk: Members, now: number): KeyFault[] {
  const chain = jwk["x5c"];
  const first: unknown = Array.isArray(chain) ? chain[0] : undefined;
  if (typeof first !== "string") return [];
  try {
    const certificate = new X509Certificate(Buffer.from(first, "base64"));
    if (Date.parse(certificate.validTo) > now) return [];
    return [
      {
        severity: "warning",
        code: "key-expired",
        message: `has a certificate that ended at ${certificate.validTo}`,
        help: "tokens are still verified with the key; check whether the issuer has another one by now",
      },
    ];
  } catch {
    return [];
  }
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(code: DiagnosticName, message: string, help: string): ReadOne {
  return { faults: [{ severity: "error", code, message, help }] };
}

/** The bytes, without what Node would pass over; undefined where they are none. */
function base64url(value: unknown): Buffer | undefined {
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]+$/.test(value) || value.length % 4 === 1)
    return undefined;
  return Buffer.from(value, "base64url");
}

function bitLength(bytes: Buffer): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24;
}

function publicKey(jwk: JsonWebKey): string | undefined {
  try {
    return createPublicKey({ key: jwk, format: "jwk" })
      .export({ type: "spki", format: "der" })
      .toString("latin1");
  } catch {
    return undefined;
  }
}

/** Node quotes what it could not read, and a key set may hold secrets. */
function whyNot(error: unknown): string {
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  return at === undefined ? "it ends too early" : `it goes wrong at character ${at}`;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}
