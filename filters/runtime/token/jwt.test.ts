// A token from its bytes to the verdict, with jose as the second opinion.
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jwtVerify, SignJWT } from "jose";
import { ALGORITHMS, claimTableBlob, keySetBlob } from "../testing/token-blobs.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

const SECOND = 1_000_000_000n;
const NOW = 1_800_000_000;
const LEEWAY = 60;
const AUDIENCE = 9;
const ISSUER = "https://issuer.test";
const AUDIENCES = ["shop", "orders"];

const secret = Buffer.alloc(32, 7);
const otherSecret = Buffer.alloc(32, 8);

let guest: TokenGuest;
let keys = 0;
let table = 0;

beforeAll(async () => {
  guest = (await tokens())();
  const set = keySetBlob([{ algorithms: ALGORITHMS.HS256, key: secret }]);
  keys = guest.place(Buffer.concat([set, claimTableBlob([{ path: ["aud"], texts: AUDIENCE }])]));
  table = keys + set.length;
  expect(set.length % 4).toBe(0);
});

/** What a filter does for a token. */
function accepts(token: string): boolean {
  const { exports } = guest;
  const literal = (text: string): [number, number] => [guest.guest.write(text, 60_000), text.length];
  exports.resetArena();
  return (
    exports.readToken(guest.guest.write(token), token.length) !== 0 &&
    exports.readClaims(table) !== 0 &&
    exports.issuerIs(...literal(ISSUER)) !== 0 &&
    AUDIENCES.some((audience) => exports.claimIs(AUDIENCE, ...literal(audience)) !== 0) &&
    exports.isTimely(BigInt(NOW) * SECOND, BigInt(LEEWAY) * SECOND) !== 0 &&
    exports.verifyToken(keys) !== 0
  );
}

const acceptedByJose = (token: string): Promise<boolean> =>
  jwtVerify(token, secret, {
    algorithms: ["HS256"],
    issuer: ISSUER,
    audience: AUDIENCES,
    currentDate: new Date(NOW * 1000),
    clockTolerance: LEEWAY,
  }).then(
    () => true,
    () => false,
  );

const absent = fc.constant(undefined);
const wrong = fc.constantFrom(null, true, "", "1", 0, {}, [1], ["shop", 1]);
const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -62, max: 62 }).map((seconds) => NOW + seconds) },
  { weight: 3, arbitrary: fc.integer({ min: -620, max: 620 }).map((tenths) => NOW + tenths / 10) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 1e300, 1e-300, NOW * 2) },
);
const usually = (right: fc.Arbitrary<unknown>, weight = 12): fc.Arbitrary<unknown> =>
  fc.oneof({ weight, arbitrary: right }, { weight: 1, arbitrary: wrong }, { weight: 1, arbitrary: absent });

const claims = fc.record({
  iss: usually(fc.constantFrom(ISSUER, ISSUER, ISSUER, ISSUER, `${ISSUER}/`)),
  aud: usually(
    fc.oneof(
      fc.constantFrom("shop", "orders", "shops", "Shop"),
      fc.array(fc.constantFrom("shop", "orders", "x"), { maxLength: 3 }),
    ),
  ),
  exp: usually(time),
  nbf: fc.oneof(absent, usually(time)),
  iat: fc.oneof(absent, usually(time)),
  scope: fc.jsonValue({ maxDepth: 2 }),
});

test("is accepted exactly when jose accepts it", async () => {
  let accepted = 0;
  let refused = 0;
  const samples = fc.sample(fc.tuple(claims, fc.nat(20)), { numRuns: 4000, seed: 20260101 });
  for (const [given, luck] of samples) {
    const payload = JSON.parse(JSON.stringify(given)) as Record<string, unknown>;
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: "HS256" })
      .sign(luck === 0 ? otherSecret : secret);
    const expected = await acceptedByJose(token);
    // jose looks for the audience alone, whatever is beside it.
    const odd = Array.isArray(payload["aud"]) && payload["aud"].some((one) => typeof one !== "string");
    expect([payload, accepts(token)]).toEqual([payload, expected && !odd]);
    if (expected) accepted++;
    else refused++;
  }
  expect(accepted).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(500);
});
