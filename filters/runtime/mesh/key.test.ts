// Keys: other parts are another key, however long they are, and every sidecar calls it the same.
import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "../testing/compile.ts";
import { MeshHost } from "../testing/mesh-host.ts";
import { check } from "../testing/property.ts";

interface Exports {
  beginMeshKey(): void;
  addMeshKeyText(text: number, size: number, ignoreCase: number): void;
  addMeshKeyMark(mark: number): void;
  addMeshKeyAddress(family: number, high: bigint, low: bigint): void;
  meshKeyHash(limit: number): bigint;
  writeMeshKey(to: number): void;
  configure(
    root: number,
    cluster: number,
    size: number,
    domain: number,
    domainSize: number,
    timeout: number,
  ): number;
}

type Part =
  | { readonly text: string; readonly ignoreCase?: boolean }
  | { readonly mark: number }
  | { readonly family: number; readonly high: bigint; readonly low: bigint };

let start: (time: bigint) => Guest<Exports>;

beforeAll(async () => {
  const guest = await entry<Exports>("mesh");
  start = (time) => {
    const host = new MeshHost();
    host.time = time;
    const started = guest(host);
    started.exports.configure(1, 0, 0, 0, 0, 100);
    return started;
  };
});

function build(guest: Guest<Exports>, parts: readonly Part[]): void {
  const { exports } = guest;
  exports.beginMeshKey();
  for (const part of parts) {
    if ("text" in part)
      exports.addMeshKeyText(guest.write(part.text), part.text.length, part.ignoreCase === true ? 1 : 0);
    else if ("mark" in part) exports.addMeshKeyMark(part.mark);
    else exports.addMeshKeyAddress(part.family, part.high, part.low);
  }
}

function digest(guest: Guest<Exports>, parts: readonly Part[]): string {
  build(guest, parts);
  guest.exports.writeMeshKey(guest.write(""));
  return guest.text(guest.write(""), 32);
}

function hash(guest: Guest<Exports>, parts: readonly Part[], limit = 8): bigint {
  build(guest, parts);
  return BigInt.asUintN(64, guest.exports.meshKeyHash(limit));
}

const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ text: fc.string({ maxLength: 6, unit: fc.constantFrom("a", "b", "\0", "\x01") }) }),
  fc.record({ text: fc.integer({ min: 0, max: 3000 }).map((size) => "a".repeat(size)) }),
  fc.record({ mark: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ family: fc.constantFrom(4, 6), high: word, low: word }),
);
const parts = fc.array(part, { maxLength: 6 });

test("other parts make another key, here and for the service", () => {
  const guest = start(1n);
  const plain = (parts: readonly Part[]): string =>
    JSON.stringify(parts, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  const property = fc.property(parts, parts, (a, b) => {
    const same = plain(a) === plain(b);
    expect(digest(guest, a) === digest(guest, b)).toBe(same);
    expect(hash(guest, a) === hash(guest, b)).toBe(same);
  });
  check(property, 1000);
});

test("the last byte of a very long text counts, and so does the first", () => {
  const guest = start(1n);
  const long = "x".repeat(60_000);
  const texts = [long, `${long}y`, `${long.slice(0, -1)}y`, `y${long.slice(1)}`, long.slice(1)];
  expect(new Set(texts.map((text) => digest(guest, [{ text }]))).size).toBe(texts.length);
  expect(new Set(texts.map((text) => hash(guest, [{ text }]))).size).toBe(texts.length);
});

test("every sidecar names a key the same, and none by the same 64 bits", () => {
  const property = fc.property(parts, (parts) => {
    const [a, b] = [start(1n), start(2n)];
    expect(digest(a, parts)).toBe(digest(b, parts));
    expect(digest(a, parts)).toMatch(/^[0-9a-f]{32}$/);
    expect(hash(a, parts)).not.toBe(hash(b, parts));
    expect(hash(a, parts, 8)).not.toBe(hash(a, parts, 104));
  });
  check(property, 100);
});

/** The digest as anyone can compute it: SHA-256, of which what does not fit a room of 512 bytes is the beginning's. */
function reference(parts: readonly Part[]): string {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const sha256 = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();
  const words = (value: bigint): Buffer[] => [word(Number(value & 0xffffffffn)), word(Number(value >> 32n))];
  const bytes = Buffer.concat(
    parts.flatMap((part) => {
      if ("text" in part) return [Buffer.of(1), word(part.text.length), Buffer.from(part.text, "latin1")];
      if ("mark" in part) return [Buffer.of(2), word(part.mark)];
      return [Buffer.of(3), word(part.family), ...words(part.high), ...words(part.low)];
    }),
  );
  let room = bytes.subarray(0, 512);
  for (let at = 512; at < bytes.length; at += 512 - 33)
    room = Buffer.concat([Buffer.of(4), sha256(room), bytes.subarray(at, at + 512 - 33)]);
  return sha256(room).toString("hex").slice(0, 32);
}

test("what the service calls a key is a digest of its parts, which anyone can compute", () => {
  const guest = start(1n);
  expect(digest(guest, [])).toBe(createHash("sha256").digest("hex").slice(0, 32));
  const property = fc.property(parts, (parts) => {
    expect(digest(guest, parts)).toBe(reference(parts));
  });
  check(property, 500);
});

test("ASCII case counts unless it is not to", () => {
  const guest = start(1n);
  const upper = { text: `Shop.TEST-${"Ä".repeat(300)}${"Z".repeat(600)}` };
  const lower = { text: `shop.test-${"Ä".repeat(300)}${"z".repeat(600)}` };
  expect(digest(guest, [upper])).not.toBe(digest(guest, [lower]));
  expect(digest(guest, [{ ...upper, ignoreCase: true }])).toBe(digest(guest, [lower]));
});
