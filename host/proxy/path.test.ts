import { expect, test } from "@jest/globals";
import { applyPathOptions, normalizePath } from "./path-options.ts";

// The first block are the cases of Envoy's own tests.
test.each([
  ["/xyz", "/xyz"],
  ["/x/y/z", "/x/y/z"],
  ["/a/b/../c", "/a/c"],
  ["/a/b/./c", "/a/b/c"],
  ["/a/b/../../../../c", "/c"],
  ["/a/..\\c", "/c"],
  ["/%c0%af", "/%c0%af"],
  ["/%5c%25", "/%5c%25"],
  ["/a/b/%2E%2E/c", "/a/c"],
  ["/a/b/%2E./c", "/a/c"],
  ["/a/b/%2E/c", "/a/b/c"],
  ["/../a/b", "/a/b"],
  ["/./a/b", "/a/b"],
  ["/A/B/C", "/A/B/C"],
  ["/a/%2F%2f/c", "/a/%2F%2f/c"],
  ["/", "/"],
  ["//a//b/", "//a//b/"],
  ["/a//../b", "/a/b"],
  ["//..", "/"],
  ["/a/..", "/"],
  ["/a/.", "/a/"],
  ["/a/b/..", "/a/"],
  ["/.hidden/..x/...", "/.hidden/..x/..."],
  ["/a\\b", "/a/b"],
  ["/%61dmin/%7e", "/admin/~"],
  ["/a%2", "/a%2"],
  ["/a%zz", "/a%zz"],
  ['/a|b"c\xe9', "/a%7Cb%22c%E9"],
  ["/a/../b?x=../y&z=%2e%00", "/b?x=../y&z=%2e%00"],
  ["/?", "/?"],
  ["/xyz/..;foo=bar/abc", "/abc"],
  ["/..;foo=bar/abc", "/abc"],
  ["/xyz/..;", "/"],
  ["/a/..;p;q/b/.;r/c", "/b/c"],
  ["/xyz/...;foo", "/xyz/...;foo"],
  ["/xyz/a..;foo", "/xyz/a..;foo"],
  ["/xyz/%2e.;foo", "/xyz/..;foo"],
  ["/xyz\\..;foo/a", "/xyz/..;foo/a"],
  ["/xyz?param=/..;foo", "/xyz?param=/..;foo"],
])("%j is %j", (path, expected) => {
  expect(normalizePath(path)).toBe(expected);
});

test.each(["/xyz/.%00../abc", "/xyz/%00.%00./abc", "/xyz/AAAAA%%0000/abc", "/a#b", "/a?b#c"])(
  "%j is refused",
  (path) => {
    expect(normalizePath(path)).toBeUndefined();
  },
);

test.each([
  // As Envoy's own tests have it for slashes in a row and for escaped ones.
  ["/a//b", "/a//b", "/a//b", "/a/b", "/a/b"],
  ["//a//b//", "//a//b//", "//a//b//", "/a/b/", "/a/b/"],
  ["//", "//", "//", "//", "//"],
  ["///?//", "///?//", "///?//", "//?//", "//?//"],
  ["/a%2F%5cb", "/a%2F%5cb", "/a%2F%5cb", "/a%2F%5cb", "/a/b"],
  ["/a%2f..%2Fb?%2f", "/a%2f..%2Fb?%2f", "/a%2f..%2Fb?%2f", "/a%2f..%2Fb?%2f", "/b?%2f"],
  ["/a\\..//b", "/a\\..//b", "//b", "/b", "/b"],
  ["/a%00", "/a%00", undefined, undefined, undefined],
  ["/a#b", undefined, undefined, undefined, undefined],
])("%j is %j, %j, %j and %j, the further it is normalised", (target, none, base, merge, decode) => {
  expect(normalizePath(target, "NONE")).toBe(none);
  expect(normalizePath(target, "BASE")).toBe(base);
  expect(normalizePath(target, "MERGE_SLASHES")).toBe(merge);
  expect(normalizePath(target, "DECODE_AND_MERGE_SLASHES")).toBe(decode);
});

test("escaped slashes can be refused, and slashes merged without anything else", () => {
  const refusing = { normalize: false, mergeSlashes: true, escapedSlashes: "REJECT_REQUEST" } as const;
  expect(applyPathOptions("/a%5Cb", refusing)).toBeUndefined();
  expect(applyPathOptions("/a//../b?%2f", refusing)).toBe("/a/../b?%2f");
});
