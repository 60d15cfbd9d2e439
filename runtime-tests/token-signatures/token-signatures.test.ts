// The runtime's signature check in a real Envoy and in the Node host: what the one's cryptography says, the other's does.
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { expect, test } from "@jest/globals";
import { inBothEngines, nobody, type RunningProxy } from "../../filters/testing/index.ts";
import {
  algorithm,
  isSecret,
  MISLABELLED,
  STRICTER,
  UNSUPPORTED,
  vectors,
  type Vector,
} from "../support/wycheproof.ts";

const CHANGED = "1";
const SAME = "2";

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const rsa = (modulusLength: number): Pair => generateKeyPairSync("rsa", { modulusLength });
const ec = (namedCurve: string): Pair => generateKeyPairSync("ec", { namedCurve });
const rsa2048 = rsa(2048);
const rsa4096 = rsa(4096);
const p256 = ec("P-256");
const p384 = ec("P-384");

const ALGORITHMS: readonly [algorithm: string, right: Pair, wrong: Pair][] = [
  ["RS256", rsa2048, rsa(2048)],
  ["RS384", rsa2048, rsa(2048)],
  ["RS512", rsa4096, rsa2048],
  ["ES256", p256, ec("P-256")],
  ["ES384", p384, ec("P-384")],
];

const jwk = ({ publicKey }: Pair): object => publicKey.export({ format: "jwk" });
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(alg: string, { privateKey }: Pair, number: number, hash = `sha${alg.slice(2)}`): string {
  const text = `${part({ alg })}.${part({ sub: `joe ${number}` })}`;
  const signature = sign(hash, Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

/** The token with a bit of its signature flipped. */
function bent(good: string, bit: number): string {
  const at = good.lastIndexOf(".") + 1;
  const signature = Buffer.from(good.slice(at), "base64url");
  const byte = (bit >> 3) % signature.length;
  signature[byte] = (signature[byte] ?? 0) ^ (1 << (bit & 7));
  return good.slice(0, at) + signature.toString("base64url");
}

inBothEngines("../runtime-tests/assembly/token-signatures", (run) => {
  const started = (body: (proxy: RunningProxy) => Promise<void>): Promise<void> =>
    run({ clusters: { upstream: nobody() } }, body);

  /** Whether the key set is taken, and for each token whether it is good. */
  async function ask(
    proxy: RunningProxy,
    keys: readonly object[],
    tokens: readonly string[],
  ): Promise<[string, boolean[]]> {
    const { status, body } = await proxy.send({ body: [JSON.stringify({ keys }), ...tokens].join("\n") });
    expect(status).toBe(200);
    return [body.slice(0, 1), Array.from(body.slice(1), (digit) => digit === "1")];
  }

  test.each(ALGORITHMS)("%s: good signatures are told from bad ones", (alg, right, wrong) =>
    started(async (proxy) => {
      // Among so many the numbers of ECDSA begin with zeros and with ones.
      const good = Array.from({ length: alg.startsWith("ES") ? 300 : 20 }, (_, i) => token(alg, right, i));
      expect(await ask(proxy, [jwk(right)], good)).toEqual([CHANGED, good.map(() => true)]);
      const first = good[0] ?? "";
      const otherHash = alg.endsWith("256") ? "sha384" : "sha256";
      const bad = [
        ...Array.from({ length: 200 }, (_, i) => bent(first, i * 37)),
        ...Array.from({ length: 20 }, (_, i) => token(alg, wrong, i)),
        token(alg, right, 1, otherHash),
        first.replace(/\..*\./, `.${part({ sub: "ann" })}.`),
      ];
      expect(await ask(proxy, [jwk(right)], bad)).toEqual([SAME, bad.map(() => false)]);
    }),
  );

  test("the algorithms of one key set stand side by side", () =>
    started(async (proxy) => {
      const keys = [rsa2048, rsa4096, p256, p384].map(jwk);
      const all = ALGORITHMS.map(([alg, right], i) => token(alg, right, i));
      expect(await ask(proxy, keys, all)).toEqual([CHANGED, all.map(() => true)]);
    }));

  test("Wycheproof's vectors for public keys come out as they say", () =>
    started(async (proxy) => {
      const forPublicKeys = (["json_web_signature_test", "json_web_key_test"] as const).flatMap((file) =>
        vectors(file).filter(({ keys }) => !keys.some(isSecret)),
      );
      const bySet = new Map<string, Vector[]>();
      for (const one of forPublicKeys) {
        const set = JSON.stringify(one.keys);
        bySet.set(set, [...(bySet.get(set) ?? []), one]);
      }
      expect(bySet.size).toBeGreaterThan(20);
      for (const group of bySet.values()) {
        const [, answers] = await ask(
          proxy,
          // A key of its own, so that a set that is refused is not taken for the last one.
          [...(group[0]?.keys ?? []), jwk(p384)],
          group.map((one) => one.token),
        );
        group.forEach(({ id, what, valid, token: given }, i) => {
          const differs = STRICTER.includes(id) || MISLABELLED.includes(id);
          expect([id, what, answers[i]]).toEqual([
            id,
            what,
            valid && !differs && !UNSUPPORTED.includes(algorithm(given)),
          ]);
        });
      }
    }));
});
