// The blobs that token/ reads, made as token/README.md lays them out. Runs in Node.
import { createPublicKey, type JsonWebKey } from "node:crypto";

export const ALGORITHMS = { RS256: 1, RS384: 2, RS512: 4, ES256: 8, ES384: 16, HS256: 32 } as const;
export type Algorithm = keyof typeof ALGORITHMS;

const NONE = 0xffffffff;

export interface BlobKey {
  readonly kid?: string | undefined;
  readonly algorithms: number;
  /** A SubjectPublicKeyInfo in DER, or a secret. */
  readonly key: Uint8Array;
}

/** A key set. */
export function keySetBlob(keys: readonly BlobKey[]): Uint8Array {
  const head = Buffer.alloc(4 + 20 * keys.length);
  head.writeUInt32LE(keys.length);
  const parts: Uint8Array[] = [];
  let at = head.length;
  const put = (bytes: Uint8Array): number => {
    parts.push(bytes);
    at += bytes.length;
    return at - bytes.length;
  };
  keys.forEach(({ kid, algorithms, key }, i) => {
    const entry = 4 + 20 * i;
    if (kid !== undefined) {
      const bytes = Buffer.from(kid);
      head.writeUInt32LE(put(bytes), entry);
      head.writeUInt32LE(bytes.length, entry + 4);
    }
    head.writeUInt32LE(algorithms, entry + 8);
    head.writeUInt32LE(put(key), entry + 12);
    head.writeUInt32LE(key.length, entry + 16);
  });
  return Buffer.concat([head, ...parts]);
}

/** A JWK as a key of a set. */
export function blobKey(jwk: JsonWebKey & { kid?: string; alg?: string }): BlobKey {
  const kid = jwk.kid;
  const [all, key] =
    jwk.kty === "oct"
      ? [ALGORITHMS.HS256, Buffer.from(jwk.k ?? "", "base64url")]
      : [
          ofPublicKey(jwk),
          createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" }),
        ];
  const algorithms = jwk.alg === undefined ? all : all & (ALGORITHMS[jwk.alg as Algorithm] ?? 0);
  return { kid, algorithms, key };
}

function ofPublicKey(jwk: JsonWebKey): number {
  if (jwk.kty === "RSA") return ALGORITHMS.RS256 | ALGORITHMS.RS384 | ALGORITHMS.RS512;
  return jwk.crv === "P-256" ? ALGORITHMS.ES256 : jwk.crv === "P-384" ? ALGORITHMS.ES384 : 0;
}

export interface ClaimPath {
  readonly path: readonly string[];
  /** The slot of its texts. */
  readonly texts?: number;
  /** The slot of its value as a header shows it. */
  readonly value?: number;
  /** Texts are cut at spaces. */
  readonly words?: boolean;
}

interface Node {
  readonly name: Uint8Array;
  readonly children: Map<string, number>;
  texts: number;
  value: number;
  words: boolean;
}

/** A table of claims. */
export function claimTableBlob(paths: readonly ClaimPath[]): Uint8Array {
  const node = (name: string): Node => ({
    name: Buffer.from(name),
    children: new Map(),
    texts: NONE,
    value: NONE,
    words: false,
  });
  const root = node("");
  const nodes = [root];
  for (const { path, texts, value, words } of paths) {
    let current = root;
    for (const name of path) {
      const index = current.children.get(name) ?? nodes.push(node(name)) - 1;
      current.children.set(name, index);
      current = nodes[index] ?? root;
    }
    current.texts = texts ?? current.texts;
    current.value = value ?? current.value;
    current.words ||= words ?? false;
  }
  const head = Buffer.alloc(4 + 32 * nodes.length);
  head.writeUInt32LE(nodes.length);
  let at = head.length;
  nodes.forEach(({ name, children, texts, value, words }, i) => {
    const indices = [...children.values()];
    const entry = 4 + 32 * i;
    [at, name.length, indices[0] ?? 0].forEach((word, j) => head.writeUInt32LE(word, entry + 4 * j));
    [texts, value, words ? 1 : 0, 0].forEach((word, j) => head.writeUInt32LE(word, entry + 16 + 4 * j));
    indices.forEach((index, j) => head.writeUInt32LE(indices[j + 1] ?? 0, 4 + 32 * index + 12));
    at += name.length;
  });
  return Buffer.concat([head, ...nodes.map(({ name }) => name)]);
}
