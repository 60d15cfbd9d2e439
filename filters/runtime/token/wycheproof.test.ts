// All of Wycheproof's vectors for JWS and JWK: a signature is good exactly where it says so, and where we have the algorithm.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { verifySignature } from "../../../host/foreign-functions/signatures.ts";
import {
  algorithm,
  isSecret,
  MISLABELLED,
  STRICTER,
  UNSUPPORTED,
  vectors,
  type Jwk,
} from "../../../runtime-tests/support/wycheproof.ts";
import { ALGORITHMS, blobKey } from "../testing/token-blobs.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

const signatures = vectors("json_web_signature_test");
const keySets = vectors("json_web_key_test");

let start: (functions: object) => TokenGuest;

beforeAll(async () => {
  start = (await tokens()) as typeof start;
});

/** Under the keys of a set that came over the network. */
function isGoodRemotely(token: string, keys: readonly unknown[]): boolean {
  const guest = start({ verify_signature: verifySignature });
  const state = guest.exports.keySetState();
  expect(guest.exports.reserveKeySet(state, 32_768)).toBe(1);
  const json = Buffer.from(JSON.stringify({ keys }));
  guest.exports.replaceKeySet(state, guest.place(json), json.length);
  return guest.isSignedUnder(token, guest.exports.keySetOf(state));
}

/** Under secrets, which the compiler makes a set of. */
function isGoodInline(token: string, keys: readonly Jwk[]): boolean {
  const signing = keys.filter(
    ({ use, key_ops }) => (use ?? "sig") === "sig" && (key_ops ?? ["verify"]).includes("verify"),
  );
  return start({}).isSigned(token, signing.map(blobKey));
}

describe("signatures", () => {
  const token = (wanted: number): string | undefined => signatures.find(({ id }) => id === wanted)?.token;
  test.each(MISLABELLED)("%d is 357", (id) => expect(token(id)).toBe(token(357)));

  test("are all there", () => expect(signatures).toHaveLength(401));

  const consistent = signatures.filter(({ id }) => !MISLABELLED.includes(id));
  test.each(consistent.map((one) => [one.id, one.what, one] as const))(
    "%d %s",
    (id, _, { token, valid, keys }) => {
      const good = keys.some(isSecret) ? isGoodInline(token, keys) : isGoodRemotely(token, keys);
      expect(good).toBe(valid && !UNSUPPORTED.includes(algorithm(token)) && !STRICTER.includes(id));
    },
  );

  test("that are good are of every algorithm but ES384, which has no vector", () => {
    const good = signatures.filter(({ valid }) => valid).map(({ token }) => algorithm(token));
    expect(Object.keys(ALGORITHMS).filter((name) => !good.includes(name))).toEqual(["ES384"]);
  });
});

describe("key sets", () => {
  test("are all there", () => expect(keySets).toHaveLength(26));

  test.each(keySets.map((one) => [one.id, one.what, one] as const))(
    "%d %s, from the network: no secret is believed",
    (_, __, { token, valid, keys }) => {
      expect(isGoodRemotely(token, keys)).toBe(valid && !keys.some(isSecret));
    },
  );

  // Sets whose secrets lie beside public keys, or share a `kid`, are the compiler's to refuse.
  const COMPILERS = [1, 4];
  const inline = keySets.filter(({ keys, id }) => keys.some(isSecret) && !COMPILERS.includes(id));
  test.each(inline.map((one) => [one.id, one.what, one] as const))(
    "%d %s, compiled",
    (_, __, { token, valid, keys }) => {
      expect(isGoodInline(token, keys)).toBe(valid && !UNSUPPORTED.includes(algorithm(token)));
    },
  );
});
