// The messages against an encoder of others, and bytes that are no message.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import {
  Code,
  decodeRequest,
  encodeResponse,
  type RateLimitResponse,
} from "../../../runtime-tests/rate-limit-service/messages.ts";
import { entry, type Guest } from "../testing/compile.ts";
import { MeshHost } from "../testing/mesh-host.ts";
import type { MeshExports } from "../testing/mesh-sidecar.ts";
import { check } from "../testing/property.ts";

interface Exports extends MeshExports {
  limit(number: number): number;
  writeRequest(domain: number, domainSize: number, limit: number, digest: number, hits: number): number;
  requestPointer(): number;
  readResponse(message: number, size: number): number;
  overallCode(): number;
  statusCount(): number;
  statusCode(rate: number): number;
  isKnown(rate: number): number;
  remainingOf(rate: number): number;
  resetOf(rate: number): number;
}

let start: () => Guest<Exports>;

beforeAll(async () => {
  const guest = await entry<Exports>("mesh");
  start = () => guest(new MeshHost());
});

describe("a request", () => {
  const name = fc.string({ maxLength: 768, unit: "grapheme-ascii" });
  const request = fc.record({
    domain: fc.string({ maxLength: 256, unit: "grapheme-ascii" }),
    names: fc.array(name, { minLength: 1, maxLength: 4 }),
    digest: fc.string({
      minLength: 32,
      maxLength: 32,
      unit: fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16)),
    }),
    hits: fc.integer({ min: 1, max: 0xffffffff }),
  });

  test("is what others read: a descriptor for each rate, with its name and the key", () => {
    const property = fc.property(request, ({ domain, names, digest, hits }) => {
      const guest = start();
      const { exports } = guest;
      exports.addLimit(0, 1);
      names.forEach((name, i) => {
        expect(exports.addRate(0, guest.write(name, 1024 * i), name.length, 60, 1)).toBe(1);
      });
      const at = guest.write(domain, 8192);
      const size = exports.writeRequest(at, domain.length, exports.limit(0), guest.write(digest, 9000), hits);
      expect(decodeRequest(guest.read(exports.requestPointer(), size))).toEqual({
        domain,
        hitsAddend: hits,
        descriptors: names.map((name) => ({
          entries: [
            ["limit", name],
            ["key", digest],
          ],
        })),
      });
    });
    check(property, 300);
  });

  test("of names that would not fit is refused when the plugin is configured", () => {
    const { exports } = start();
    expect(exports.configure(1, 0, 0, 0, 257, 100)).toBe(0);
    expect(exports.configure(1, 0, 0, 0, 256, 100)).toBe(1);
    exports.addLimit(0, 1);
    expect(exports.addRate(0, 0, 769, 60, 1)).toBe(0);
    for (let i = 0; i < 4; i++) expect(exports.addRate(0, 0, 768, 60, 1)).toBe(1);
    expect(exports.addRate(0, 0, 1, 60, 1)).toBe(0);
  });
});

describe("a response", () => {
  const number = fc.integer({ min: 0, max: 0xffffffff });
  const status = fc.record(
    {
      code: fc.constantFrom(Code.Ok, Code.OverLimit),
      currentLimit: fc.record({ requestsPerUnit: number, unit: fc.integer({ min: 1, max: 4 }) }),
      limitRemaining: number,
      durationUntilReset: fc.integer({ min: 0, max: 86400 }),
    },
    { requiredKeys: ["code", "limitRemaining"] },
  );
  const response: fc.Arbitrary<RateLimitResponse> = fc.record({
    overallCode: fc.constantFrom(Code.Ok, Code.OverLimit),
    statuses: fc.array(status, { maxLength: 4 }),
  });

  const read = (guest: Guest<Exports>, message: Uint8Array): boolean =>
    guest.exports.readResponse(guest.write(message), message.length) !== 0;

  test("is read as others wrote it", () => {
    const guest = start();
    const { exports } = guest;
    const property = fc.property(response, (response) => {
      expect(read(guest, encodeResponse(response))).toBe(true);
      expect(exports.overallCode()).toBe(response.overallCode);
      expect(exports.statusCount()).toBe(response.statuses.length);
      response.statuses.forEach(({ code, currentLimit, limitRemaining, durationUntilReset }, i) => {
        expect([
          exports.statusCode(i),
          exports.isKnown(i),
          exports.remainingOf(i) >>> 0,
          exports.resetOf(i),
        ]).toEqual([
          code,
          currentLimit !== undefined || limitRemaining === 0xffffffff ? 1 : 0,
          limitRemaining,
          durationUntilReset ?? 0,
        ]);
      });
    });
    check(property, 500);
  });

  test("may hold what is not known here, and numbers that are no sizes", () => {
    const guest = start();
    const writer = new BinaryWriter();
    writer.tag(9, WireType.LengthDelimited).string("more").tag(10, WireType.Bit32).fixed32(1);
    writer.tag(1, WireType.Varint).uint32(Code.Ok).tag(11, WireType.Bit64).fixed64(1);
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(2, WireType.LengthDelimited).bytes(Uint8Array.of(0xff));
    writer.tag(3, WireType.Varint).uint64("18446744073709551615").tag(7, WireType.Varint).uint32(1);
    writer.tag(4, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(-1).join().join();
    expect(read(guest, writer.finish())).toBe(true);
    expect([guest.exports.isKnown(0), guest.exports.remainingOf(0) >>> 0, guest.exports.resetOf(0)]).toEqual([
      1, 0xffffffff, 0,
    ]);
  });

  test("of more rates than there can be is counted, and no more of it kept", () => {
    const guest = start();
    const statuses = Array.from({ length: 1000 }, () => ({ code: Code.Ok, limitRemaining: 7 }));
    expect(read(guest, encodeResponse({ overallCode: Code.Ok, statuses }))).toBe(true);
    expect(guest.exports.statusCount()).toBe(1000);
  });

  test("that is cut off anywhere is none, or one that says less", () => {
    const guest = start();
    const property = fc.property(response, fc.nat(), (response, cut) => {
      const whole = encodeResponse(response);
      const part = whole.subarray(0, cut % whole.length);
      const ok = read(guest, part);
      if (ok) expect(guest.exports.statusCount()).toBeLessThan(Math.max(response.statuses.length, 1));
    });
    check(property, 1000);
  });

  test("of arbitrary bytes never traps", () => {
    const guest = start();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      // Tags and sizes more often than chance has them
      fc.array(fc.constantFrom(0, 1, 2, 8, 10, 16, 18, 24, 26, 34, 127, 128, 255), { maxLength: 40 }),
    );
    const property = fc.property(bytes, (bytes) => {
      read(guest, Uint8Array.from(bytes));
    });
    check(property, 5000);
  });

  test.each([
    ["nothing", []],
    ["no code", [18, 0]],
    ["an unknown code", [8, 3]],
    ["field 0", [8, 1, 0, 0]],
    ["a group", [8, 1, 11, 12]],
    ["a varint of eleven bytes", [8, ...Array<number>(10).fill(0x81), 1]],
    ["a length beyond the end", [8, 1, 18, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["a length of 64 bits", [8, 1, 18, ...Array<number>(9).fill(0xff), 1]],
    ["a status that is none", [8, 1, 18, 1, 8]],
    ["a limit that lasts longer than its status", [8, 1, 18, 2, 18, 4, 8, 1]],
  ])("%s is none", (_, bytes) => {
    expect(read(start(), Uint8Array.from(bytes))).toBe(false);
  });
});
