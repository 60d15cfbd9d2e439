import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";
import { check } from "./testing/property.ts";

interface Exports {
  same(a: number, b: number, size: number): number;
}

let guest: Guest<Exports>;

beforeAll(async () => {
  guest = (await entry<Exports>("values"))(new StubHost());
});

test("bytes are compared at every length and alignment", () => {
  const property = fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.nat(7),
    fc.nat(7),
    fc.nat(),
    (bytes, a, b, flip) => {
      const at = [guest.write(bytes, a), guest.write(bytes, 1024 + b)] as const;
      expect(guest.exports.same(...at, bytes.length)).toBe(1);
      const place = at[1] + (flip % bytes.length);
      const { memory } = guest;
      memory[place] = (memory[place] ?? 0) ^ 0x80;
      expect(guest.exports.same(...at, bytes.length)).toBe(0);
    },
  );
  check(property);
});
