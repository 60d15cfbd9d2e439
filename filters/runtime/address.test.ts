import net from "node:net";
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { entry, type Guest } from "./testing/compile.ts";
import { check } from "./testing/property.ts";

interface Exports {
  parseAddress(p: number, size: number): number;
  parsedHigh(): bigint;
  parsedLow(): bigint;
}

let guest: Guest<Exports>;

beforeAll(async () => {
  guest = (await entry<Exports>("address"))();
});

interface Parsed {
  family: number;
  bits: bigint;
}

/** What the runtime makes of a text; it stands between bytes that would change it, were they read. */
function parse(text: string): Parsed | undefined {
  const at = guest.write(`1:${text}:1`) + 2;
  const family = guest.exports.parseAddress(at, Buffer.byteLength(text, "latin1"));
  const half = (word: bigint): bigint => BigInt.asUintN(64, word);
  return family === 0
    ? undefined
    : { family, bits: (half(guest.exports.parsedHigh()) << 64n) | half(guest.exports.parsedLow()) };
}

/**
 * The same by ipaddr.js, for a text that is known to be an address. It takes `::1.2.3.4` for `::ffff:1.2.3.4`, though
 * RFC 4291 (2.5.5.1) and its own reading of `0::1.2.3.4` say otherwise; hence the zero.
 */
function byIpaddr(text: string): Parsed {
  const address = ipaddr.process(text.replace(/%.*$/s, "").replace(/^::(?=\d+\.)/, "0::"));
  const bits = address.toByteArray().reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);
  return { family: address.kind() === "ipv4" ? 4 : 6, bits };
}

const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0, 1, 9, 10, 99, 100, 199, 200, 249, 255),
);
const v4 = fc.tuple(byte, byte, byte, byte).map((parts) => parts.join("."));

const group = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0, 1, 0xffff)),
    fc.nat(3),
    fc.boolean(),
  )
  .map(([number, zeros, upper]) => {
    const hex = number.toString(16);
    const padded = hex.padStart(Math.min(4, hex.length + zeros), "0");
    return upper ? padded.toUpperCase() : padded;
  });
const groups = (count: number): fc.Arbitrary<string[]> =>
  fc.array(group, { minLength: count, maxLength: count });

/** Every notation: eight groups or `::` in any place for one group or more; the last two groups perhaps as dotted decimal. */
const v6 = fc
  .record({ dotted: fc.option(v4, { nil: undefined }), gap: fc.boolean() })
  .chain(({ dotted, gap }) => {
    const room = dotted === undefined ? 8 : 6;
    const tail = dotted === undefined ? [] : [dotted];
    if (!gap) return groups(room).map((all) => [...all, ...tail].join(":"));
    return fc
      .nat(room - 1)
      .chain((count) => fc.tuple(groups(count), fc.nat(count)))
      .map(([all, at]) => `${all.slice(0, at).join(":")}::${[...all.slice(at), ...tail].join(":")}`);
  });

describe("an address", () => {
  test("in IPv4 is what ipaddr.js reads", () => {
    check(fc.property(v4, (text) => expect(parse(text)).toEqual(byIpaddr(text))));
  });

  test("in IPv6 is what ipaddr.js reads, in every notation", () => {
    const property = fc.property(v6, (text) => {
      expect(net.isIPv6(text)).toBe(true);
      expect(parse(text)).toEqual(byIpaddr(text));
    });
    check(property, 5000);
  });

  test("may have a zone, which changes nothing", () => {
    const zone = fc.stringMatching(/^[0-9A-Za-z.:_-]{1,12}$/);
    check(fc.property(v6, zone, (text, name) => expect(parse(`${text}%${name}`)).toEqual(byIpaddr(text))));
  });

  test("in IPv4 mapped into IPv6 is that IPv4 address, however it is written", () => {
    const property = fc.property(v4, fc.boolean(), (text, dotted) => {
      const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
      const tail = dotted ? text : `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      for (const head of ["::ffff:", "::FFFF:", "0:0:0:0:0:ffff:", "0::ffff:", "0000:0000::0:ffff:"]) {
        expect(parse(head + tail)).toEqual(parse(text));
      }
    });
    check(property, 300);
  });

  test.each(["::1.2.3.4", "::fffe:1.2.3.4", "1::ffff:1.2.3.4", "64:ff9b::1.2.3.4", "::1:ffff:1.2.3.4"])(
    "in IPv6 that only looks mapped stays IPv6: %s",
    (text) => expect(parse(text)).toEqual({ ...byIpaddr(text), family: 6 }),
  );
});

describe("what is no address", () => {
  test.each([
    ...[
      "",
      " ",
      ".",
      ":",
      ":::",
      "::::",
      "%",
      "%eth0",
      "-",
      "1",
      "1.2.3",
      "1.2.3.",
      ".1.2.3",
      "1..2.3",
      "1.2.3.4.",
    ],
    ...["1.2.3.4.5", "256.1.1.1", "1.1.1.256", "1.2.3.999", "1.2.3.1000", "01.2.3.4", "1.2.3.00", "1.2.3.04"],
    ...[
      "0x1.2.3.4",
      "1.2.3.4 ",
      " 1.2.3.4",
      "1.2.3.4:80",
      "1.2.3.4%eth0",
      "1.2.3.4%a:b",
      "1.2.3.4/8",
      "4294967295",
    ],
    ...[
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:",
      ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:",
      "1::2::3",
    ],
    ...[
      "::1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7:8::",
      "1:2:3:4::5:6:7:8",
      "12345::",
      "::12345",
      "g::",
      "::g",
      ":1",
      "1:",
    ],
    ...[
      "1:2:3:4:5:6:7:1.2.3.4",
      "1:2:3:4:5:1.2.3.4",
      "::1:2:3:4:5:6:1.2.3.4",
      "1.2.3.4::",
      "::1.2.3.4:1",
      "::1.2.3",
    ],
    ...[
      "::1.2.3.256",
      "::01.2.3.4",
      "::.1.2.3",
      "::1.2.3.4.5",
      "::a.1.1.1",
      "::1234.1.1.1",
      "[::1]",
      "[::1]:80",
    ],
    ...[
      "::1/128",
      "::1 ",
      " ::1",
      "::\0",
      "1.2.3.4\0",
      "::1\0",
      "1\u00002.3.4",
      "::0x1",
      "::-1",
      "::ffff:1.2.3.4.5",
    ],
  ])("is refused: %j", (text) => {
    expect(net.isIP(text)).toBe(0);
    expect(parse(text)).toBeUndefined();
  });

  const strict = (text: string): boolean => {
    const bare = text.includes(":") ? text.replace(/%.*$/s, "") : text;
    return net.isIP(bare) !== 0;
  };

  test("is refused and what is one is read, in texts made of the same characters", () => {
    const soup = fc.array(
      fc.constantFrom(..."0123456789afAFg.:::%/ \0".split(""), "::", "1", "255", ".1.1"),
      {
        maxLength: 16,
      },
    );
    const property = fc.property(soup, (parts) => {
      const text = parts.join("");
      expect(parse(text)).toEqual(strict(text) ? byIpaddr(text) : undefined);
    });
    check(property, 10_000);
  });

  test("is refused and what is one is read, one edit away from an address", () => {
    const edit = fc.record({
      at: fc.nat(45),
      cut: fc.nat(3),
      insert: fc.constantFrom("", "", ":", "::", ".", "0", "1", "f", "%", "\xff", "256", "::1"),
    });
    const property = fc.property(fc.oneof(v4, v6), edit, (address, { at, cut, insert }) => {
      const start = Math.min(at, address.length);
      const text = address.slice(0, start) + insert + address.slice(start + cut);
      expect(parse(text)).toEqual(strict(text) ? byIpaddr(text) : undefined);
    });
    check(property, 10_000);
  });

  test("never traps, whatever the bytes", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      expect(parse(text)).toEqual(strict(text) ? byIpaddr(text) : undefined);
    });
    check(property, 5000);
  });
});
