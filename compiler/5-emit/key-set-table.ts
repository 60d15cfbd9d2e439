// The keys of a policy, laid out as `filters/runtime/token/README.md` says.
import type { VerificationKey } from "../jwk/key.ts";
import { wordsOf } from "./words.ts";

const BITS = { RS256: 1, RS384: 2, RS512: 4, ES256: 8, ES384: 16, HS256: 32 } as const;
const KEY_BYTES = 20;

/** A key set as the runtime has it, as little-endian words. */
export function keySetWords(keys: readonly VerificationKey[]): number[] {
  let at = 4 + KEY_BYTES * keys.length;
  let bytes = "";
  const put = (text: string): number => {
    const start = at;
    bytes += text;
    at += text.length;
    return start;
  };
  const words = keys.flatMap(({ kid, algorithms, material }) => {
    const name = kid === undefined ? 0 : put(kid);
    const bits = algorithms.reduce((all, algorithm) => all | BITS[algorithm], 0);
    return [name, kid?.length ?? 0, bits, put(material), material.length];
  });
  return [keys.length, ...words, ...wordsOf(bytes)];
}
