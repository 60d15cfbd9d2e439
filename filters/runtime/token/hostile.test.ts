// What clients send: whatever it is, nothing traps, nothing reads past its end, nothing grows.
import { createHmac, generateKeyPairSync } from "node:crypto";
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { check } from "../testing/property.ts";
import { ALGORITHMS, claimTableBlob, keySetBlob } from "../testing/token-blobs.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

let start: Awaited<ReturnType<typeof tokens>>;
let guest: TokenGuest;

beforeAll(async () => {
  start = await tokens();
  guest = start({ verify_signature: () => Buffer.of(8, 1) });
  expect(guest.exports.reserveKeySet(guest.exports.keySetState(), 32_768)).toBe(1);
  // Its last page is not full: texts that end where memory does are in nobody's way.
  expect(guest.exports.reserveTokens(guest.exports.cache(), 16, 32_768)).toBe(1);
});

/** Writes bytes so that linear memory ends where they do: to read past them is a trap. */
function atTheEnd(bytes: Uint8Array): number {
  const at = guest.guest.memoryBytes - bytes.length;
  guest.guest.memory.set(bytes, at);
  return at;
}

const secret = Buffer.alloc(32, 7);
const blobs = (): { keys: number; table: number } => {
  const keys = keySetBlob([
    { algorithms: ALGORITHMS.HS256 | ALGORITHMS.RS256 | ALGORITHMS.ES256, key: secret },
  ]);
  const table = claimTableBlob([
    { path: ["a"], texts: 0, value: 1 },
    { path: ["a", "b"], texts: 2, words: true },
    { path: ["scope"], texts: 3, words: true },
  ]);
  const at = guest.place(Buffer.concat([keys, Buffer.alloc(4 - (keys.length % 4)), table]));
  return { keys: at, table: at + keys.length + 4 - (keys.length % 4) };
};

function ask(bytes: Uint8Array): void {
  const { exports } = guest;
  const { keys, table } = blobs();
  const at = atTheEnd(bytes);
  exports.resetArena();
  if (exports.readToken(at, bytes.length) !== 0) {
    exports.readClaims(table);
    exports.verifyToken(keys);
    exports.knownToken(exports.cache(), 0, at, bytes.length, 1n);
  }
}

/** Bytes with some of them changed, taken out, or put in. */
const edited = (original: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> => {
  const edit = fc.record({ at: fc.nat(), drop: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) });
  return fc.tuple(original, fc.array(edit, { maxLength: 3 })).map(([bytes, edits]) =>
    edits.reduce<Uint8Array>((text, { at, drop, put }) => {
      const place = at % (text.length + 1);
      return Buffer.concat([text.subarray(0, place), put, text.subarray(place + drop)]);
    }, bytes),
  );
};

const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom('{"a":"\\u00e9\\ud83d\\ude00"}', '{"exp":1e9,"iss":"x"}', "{}"),
);
const json8 = edited(json.map((text) => Buffer.from(text)));

test("tokens of any bytes", () => {
  const { memoryBytes } = guest.guest;
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    edited(
      fc
        .tuple(json8, json8)
        .map(([h, p]) =>
          Buffer.from([h, p, p].map((part) => Buffer.from(part).toString("base64url")).join(".")),
        ),
    ),
  );
  check(
    fc.property(bytes, (given) => ask(given)),
    3000,
  );
  expect(guest.guest.memoryBytes).toBe(memoryBytes);
});

test("tokens that are good but for what is in them", () => {
  const header = fc.constantFrom('{"alg":"HS256"}', '{"alg":"RS256","kid":"\\u0000"}', '{"alg":"ES256"}');
  check(
    fc.property(fc.tuple(header, json8), ([head, payload]) => {
      const text = [Buffer.from(head), Buffer.from(payload)]
        .map((part) => part.toString("base64url"))
        .join(".");
      ask(Buffer.from(`${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`));
    }),
    2000,
  );
});

test("JSON that ends where memory does, at each of its bytes", () => {
  const text = '{"a":[true,false,null,-1.5e+3,"\\u00e9\\ud83d\\ude00\\n\u{1f600}é"],"b":{}}';
  const bytes = Buffer.from(text);
  for (let size = 0; size <= bytes.length; size++) {
    guest.exports.beginJson(atTheEnd(bytes.subarray(0, size)), size);
    const kind = guest.exports.nextJson();
    expect(guest.exports.skipJson(kind) !== 0 && guest.exports.nextJson() === 1).toBe(size === bytes.length);
  }
});

test("key sets of any bytes: what was there stays, or a whole set comes", () => {
  const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  const good = Buffer.from(
    JSON.stringify({
      keys: [
        { ...jwk, kid: "k" },
        { kty: "RSA", n: "AQAB".repeat(90), e: "AQAB" },
      ],
    }),
  );
  const { memoryBytes } = guest.guest;
  check(
    fc.property(edited(fc.constant(good)), (given) => {
      const { exports } = guest;
      const before = exports.keySetOf(exports.keySetState());
      const answer = exports.replaceKeySet(exports.keySetState(), atTheEnd(given), given.length);
      expect(exports.keySetOf(exports.keySetState()) !== before).toBe(answer === 1);
    }),
    2000,
  );
  expect(guest.guest.memoryBytes).toBe(memoryBytes);
});

test("tokens of 16 KiB in a row, each bad in another way, leave memory at its size", () => {
  const big = (fill: string): Buffer =>
    Buffer.from(`${fill.repeat(1000)}.${fill.repeat(3000)}.${fill.repeat(90)}`);
  const nested = Buffer.from(`e30.${Buffer.from("[".repeat(12_000)).toString("base64url")}.AAAA`);
  const wide = Buffer.from(
    `e30.${Buffer.from(`{"a":[${'"x",'.repeat(2900)}"x"]}`).toString("base64url")}.AAAA`,
  );
  const words = Buffer.from(
    `e30.${Buffer.from(`{"scope":"${"x ".repeat(5900)}"}`).toString("base64url")}.AAAA`,
  );
  const all = [big("eyJ9"), big("...."), big("===="), nested, wide, words];
  for (const one of all) ask(one);
  const { memoryBytes } = guest.guest;
  for (let i = 0; i < 200; i++) for (const one of all) ask(one);
  expect(guest.guest.memoryBytes).toBe(memoryBytes);
});
