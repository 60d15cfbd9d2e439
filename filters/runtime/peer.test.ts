import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";

interface Exports {
  forgetPeer(): void;
  peerFamily(): number;
  peerHigh(mask: bigint): bigint;
  peerLow(maskV4: number, maskV6: bigint): bigint;
}

const PROPERTY = "filter_state\0tollgate.direct_remote_address";
const ALL = -1n;

let start: (host?: StubHost) => Guest<Exports>;
let host: StubHost;
let peer: Exports;

beforeAll(async () => {
  start = await entry<Exports>("address");
});

beforeEach(() => {
  host = new StubHost();
  peer = start(host).exports;
});

/** A new request from this address. */
function from(address: string | undefined): void {
  if (address === undefined) host.properties.delete(PROPERTY);
  else host.properties.set(PROPERTY, address);
  peer.forgetPeer();
}

test("the peer is read from filter state, once a request", () => {
  from("10.0.0.9");
  expect(peer.peerFamily()).toBe(4);
  expect(peer.peerLow(-1, ALL)).toBe(0x0a000009n);
  expect(host.calls.get("proxy_get_property")).toBe(1);
  from("2001:db8::1");
  expect(peer.peerFamily()).toBe(6);
  expect([peer.peerHigh(ALL), peer.peerLow(-1, ALL)]).toEqual([0x20010db8_00000000n, 1n]);
  expect(host.calls.get("proxy_get_property")).toBe(2);
});

test.each([undefined, "", "unix:///run/x", "10.0.0.9:443", "10.0.0.9,10.0.0.8", "localhost"])(
  "a peer that is no address is none: %j",
  (address) => {
    from("10.0.0.9");
    expect(peer.peerFamily()).toBe(4);
    from(address);
    expect(peer.peerFamily()).toBe(0);
    expect([peer.peerHigh(ALL), peer.peerLow(-1, ALL)]).toEqual([0n, 0n]);
  },
);

test("an IPv4 address mapped into IPv6 is the IPv4 address", () => {
  from("::ffff:10.0.0.9");
  expect(peer.peerFamily()).toBe(4);
  expect(peer.peerLow(-1, 0n)).toBe(0x0a000009n);
});

test("an address is cut to the prefix of its own family", () => {
  from("10.1.2.3");
  expect([peer.peerHigh(ALL), peer.peerLow(0xffffff00, 0n)]).toEqual([0n, 0x0a010200n]);
  from("2001:db8:1:2:3:4:5:6");
  expect([peer.peerHigh(ALL << 16n), peer.peerLow(0, 0n)]).toEqual([0x20010db8_00010000n, 0n]);
});
