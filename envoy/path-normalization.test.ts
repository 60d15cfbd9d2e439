// What a real Envoy makes of a request target. host/ must do the same.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startRig } from "./test-rig.ts";
import type { Rig } from "./test-rig.ts";

let rig: Rig | undefined;
beforeAll(async () => {
  rig = await startRig([
    { name: "BASE", pathNormalization: "BASE" },
    { name: "NONE", pathNormalization: "NONE" },
    { name: "MERGE_SLASHES", pathNormalization: "MERGE_SLASHES" },
    { name: "DECODE_AND_MERGE_SLASHES", pathNormalization: "DECODE_AND_MERGE_SLASHES" },
  ]);
});
afterAll(() => rig?.stop());

const CODEC = "400 http1.codec_error";
const CHARACTERS = "400 http1.invalid_characters";
const REFUSED = "400 path_normalization_failed";

// sent, then what the upstream got (or the refusal) under BASE; under NONE, MERGE_SLASHES and
// DECODE_AND_MERGE_SLASHES where it differs from BASE, "" meaning that it does not.
const TABLE: [sent: string, base: string, none?: string, merge?: string, decode?: string][] = [
  ["/", "/"],
  ["/a/../b", "/b", "/a/../b"],
  ["/a/./b", "/a/b", "/a/./b"],
  ["/a/%2e%2e/b", "/b", "/a/%2e%2e/b"],
  ["/a/%2E/b", "/a/b", "/a/%2E/b"],
  ["/a/.%2e/b", "/b", "/a/.%2e/b"],
  ["/a\\b", "/a/b", "/a\\b"],
  ["/a\\..\\b", "/b", "/a\\..\\b"],
  ["/a/..", "/", "/a/.."],
  ["/a/.", "/a/", "/a/."],
  ["/..", "/", "/.."],
  ["/../../x", "/x", "/../../x"],
  ["/a/b/../../../c", "/c", "/a/b/../../../c"],
  ["/a;x/../b", "/b", "/a;x/../b"],
  ["/a/..;x/b", "/b", "/a/..;x/b"],
  ["/a/%2e.;x/b", "/a/..;x/b", "/a/%2e.;x/b"],
  ["/...", "/..."],
  ["/a/..b", "/a/..b"],
  ["/a../b", "/a../b"],
  ["//x", "//x", "", "/x", "/x"],
  ["/a//b", "/a//b", "", "/a/b", "/a/b"],
  ["/a//../b", "/a/b", "/a//../b"],
  ["/a%2fb", "/a%2fb", "", "", "/a/b"],
  ["/a%2Fb", "/a%2Fb", "", "", "/a/b"],
  ["/a%5Cb", "/a%5Cb", "", "", "/a/b"],
  ["/a/..%2fb", "/a/..%2fb", "", "", "/b"],
  ["/a%2f..%2fb", "/a%2f..%2fb", "", "", "/b"],
  ["/a/%5c../b", "/a/%5c../b", "", "", "/a/b"],
  ["/%2e%2e%2fb", "/..%2fb", "/%2e%2e%2fb", "", "/b"],
  ["//%2fx", "//%2fx", "", "/%2fx", "/x"],
  // Nothing but slashes stays two slashes.
  ["/%2f", "/%2f", "", "", "//"],
  ["/%41", "/A", "/%41"],
  ["/%7euser", "/~user", "/%7euser"],
  ["/%20", "/%20"],
  ["/%2B", "/%2B"],
  ["/a%23b", "/a%23b"],
  ["/a%3fb", "/a%3fb"],
  ["/%c3%a9", "/%c3%a9"],
  ["/a/%252e%252e/b", "/a/%252e%252e/b"],
  ["/%25%32%65/b", "/%252e/b", "/%25%32%65/b"],
  ["/a%", "/a%"],
  ["/a%2", "/a%2"],
  ["/a%zz", "/a%zz"],
  ['/a"<>`b{|}^[]', "/a%22%3C%3E%60b%7B%7C%7D%5E[]", '/a"<>`b{|}^[]'],
  ["/a:b@c+d", "/a:b@c+d"],
  ["/a/../b?c=../d", "/b?c=../d", "/a/../b?c=../d"],
  ["/a?/../b%41", "/a?/../b%41"],
  ["/a?b?c", "/a?b?c"],
  ["http://other/x/../y?z", "/y?z", "/x/../y?z"],
  ["http://other", "/"],
  ["/%00", REFUSED, "/%00"],
  ["/a%00b", REFUSED, "/a%00b"],
  // A fragment is refused whatever the normalisation.
  ["/a#b", REFUSED],
  ["/a?x#y", REFUSED],
  ["", CODEC],
  ["?x", CODEC],
  ["a/b", CODEC],
  ["/a b", CODEC],
  ["/a\tb", CODEC],
  ["/a\xc3\xa9", CODEC],
  ["/a\x7fb", CHARACTERS],
  ["/a\x1bb", CHARACTERS],
  ["*", "400 http1.invalid_url"],
];

test("a request target reaches the upstream like this", async () => {
  if (rig === undefined) return;
  for (const [sent, base, none = "", merge = "", decode = ""] of TABLE) {
    const seen: Record<string, string> = {};
    for (const listener of ["BASE", "NONE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"]) {
      const { status, details, upstream } = await rig.raw(
        listener,
        `GET ${sent} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
      );
      seen[listener] = upstream?.url ?? `${status} ${details}`;
    }
    expect({ sent, ...seen }).toEqual({
      sent,
      BASE: base,
      NONE: none || base,
      MERGE_SLASHES: merge || base,
      DECODE_AND_MERGE_SLASHES: decode || base,
    });
  }
});
