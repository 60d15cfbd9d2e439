import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";

interface Exports {
  now(): bigint;
  seedKeys(): void;
  beginKey(limit: bigint): bigint;
  keyOfHeader(key: bigint, name: number, size: number): bigint;
  keyOfHost(key: bigint, name: number, size: number): bigint;
  addPeer(key: bigint, maskV4: number, maskV6High: bigint, maskV6Low: bigint): bigint;
}

const NAME = "x-user";

let start: (host?: StubHost) => Guest<Exports>;
let host: StubHost;
let guest: Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("limit-key");
});

beforeEach(() => {
  host = new StubHost();
  host.time = 1_800_000_000_123_456_789n;
  guest = start(host);
  guest.exports.seedKeys();
});

function keyOf(values: readonly string[], limit = 0n): bigint {
  host.headers = values.map((value): [string, string] => [NAME, value]);
  return guest.exports.keyOfHeader(guest.exports.beginKey(limit), guest.write(NAME), NAME.length);
}

function keyOfPeer(address: string | undefined, v4 = 32, v6 = 128): bigint {
  if (address === undefined) host.properties.clear();
  else host.properties.set("filter_state\0tollgate.direct_remote_address", address);
  keyOf([]); // a new request: the peer is read anew
  const mask = (((1n << BigInt(v6)) - 1n) << BigInt(128 - v6)) & ((1n << 128n) - 1n);
  const maskV4 = Number((((1n << BigInt(v4)) - 1n) << BigInt(32 - v4)) & 0xffffffffn);
  return guest.exports.addPeer(guest.exports.beginKey(0n), maskV4, mask >> 64n, mask & ((1n << 64n) - 1n));
}

describe("the key of a header", () => {
  test("is the same for the same value, and another for any other and for none", () => {
    const requests = [[], [""], ["a"], ["b"], ["a", "b"]];
    const more = [
      ["ab"],
      ["a,b"],
      ["a\0b"],
      ["A"],
      ["a "],
      ["a".repeat(8)],
      ["a".repeat(16)],
      ["a".repeat(5000)],
    ];
    const all = [...requests, ...more];
    const keys = all.map((values) => keyOf(values));
    expect(new Set(keys).size).toBe(all.length);
    expect(all.map((values) => keyOf(values))).toEqual(keys);
  });

  test("is one and the same for all that repeat the header: a further value is no fresh bucket", () => {
    const repeated = [
      ["a", "b"],
      ["b", "a"],
      ["a", ""],
      ["", "a"],
      ["", ""],
      ["a", "a"],
      ["a", "b", "c"],
      ...Array.from({ length: 100 }, (_, i) => ["a", String(i)]),
    ];
    expect(new Set(repeated.map((values) => keyOf(values))).size).toBe(1);
  });

  test("of two headers tells which of them a value is in", () => {
    const both = (users: string[], teams: string[]): bigint => {
      const named = (name: string, values: string[]): [string, string][] => values.map((v) => [name, v]);
      host.headers = [...named("x-user", users), ...named("x-team", teams)];
      const user = guest.exports.keyOfHeader(guest.exports.beginKey(0n), guest.write("x-user"), 6);
      return guest.exports.keyOfHeader(user, guest.write("x-team"), 6);
    };
    const requests = [
      [[], []],
      [["a"], []],
      [[], ["a"]],
      [["a", "b"], []],
      [["a"], ["b"]],
      [[], ["a", "b"]],
    ] as const;
    const keys = requests.map(([users, teams]) => both([...users], [...teams]));
    expect(new Set(keys).size).toBe(requests.length);
  });

  test("is another in each limit", () => {
    expect(new Set([0n, 1n, 2n, 3n].map((limit) => keyOf(["a"], limit))).size).toBe(4);
  });

  test("is another in each VM, so that nobody can prepare keys that collide", () => {
    const before = keyOf(["a"]);
    host.time = (host.time ?? 0n) + 1n;
    guest = start(host);
    guest.exports.seedKeys();
    expect(keyOf(["a"])).not.toBe(before);
  });

  test("stays the same when a second plugin of the VM is configured", () => {
    const before = keyOf(["a"]);
    host.time = (host.time ?? 0n) + 1n;
    guest.exports.seedKeys();
    expect(keyOf(["a"])).toBe(before);
  });

  test("collides for none of 100,000 users, and spreads them over the sets", () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => BigInt.asUintN(64, keyOf([`user-${i}`])));
    expect(new Set(keys).size).toBe(keys.length);
    const sets = new Array<number>(1024).fill(0);
    for (const key of keys) {
      const set = Number((key >> 32n) & 1023n);
      sets[set] = (sets[set] ?? 0) + 1;
    }
    // 98 a set on average, a standard deviation of ten.
    expect(Math.min(...sets)).toBeGreaterThan(40);
    expect(Math.max(...sets)).toBeLessThan(160);
  });
});

test("the key of a host is the same however it is spelt", () => {
  const keyOfHost = (values: readonly string[]): bigint => {
    host.headers = values.map((value): [string, string] => [":authority", value]);
    return guest.exports.keyOfHost(guest.exports.beginKey(0n), guest.write(":authority"), 10);
  };
  const long = "a".repeat(255);
  expect(keyOfHost(["A.Test"])).toBe(keyOfHost(["a.test"]));
  expect(keyOfHost([`${long}.B.test`])).toBe(keyOfHost([`${long}.b.TEST`]));
  expect(keyOfHost(["a", "b"])).toBe(keyOfHost(["c", "d"]));
  const hosts = [[], [""], ["a.test"], ["b.test"], ["a.test:80"], [`${long}.b`], [`${long}.c`], ["a", "b"]];
  expect(new Set(hosts.map(keyOfHost)).size).toBe(hosts.length);
});

describe("the key of the peer", () => {
  test("is that of its block", () => {
    expect(keyOfPeer("10.1.2.3", 24)).toBe(keyOfPeer("10.1.2.200", 24));
    expect(keyOfPeer("10.1.2.3", 24)).not.toBe(keyOfPeer("10.1.3.3", 24));
    expect(keyOfPeer("10.1.2.3")).not.toBe(keyOfPeer("10.1.2.4"));
    expect(keyOfPeer("10.1.2.3", 0)).toBe(keyOfPeer("192.0.2.1", 0));
    expect(keyOfPeer("2001:db8:0:1::1", 32, 64)).toBe(keyOfPeer("2001:db8:0:1:ffff::2", 32, 64));
    expect(keyOfPeer("2001:db8:0:1::1", 32, 64)).not.toBe(keyOfPeer("2001:db8:0:2::1", 32, 64));
  });

  test("tells the families apart, and those from no address at all", () => {
    const keys = [
      keyOfPeer("0.0.0.0"),
      keyOfPeer("::"),
      keyOfPeer(undefined),
      keyOfPeer("0.0.0.1"),
      keyOfPeer("::1"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOfPeer("nonsense")).toBe(keyOfPeer(undefined));
    expect(keyOfPeer("::ffff:10.1.2.3")).toBe(keyOfPeer("10.1.2.3"));
  });
});

test("the time is the proxy's, or none", () => {
  expect(guest.exports.now()).toBe(1_800_000_000_123_456_789n);
  host.time = undefined;
  expect(guest.exports.now()).toBe(0n);
});
