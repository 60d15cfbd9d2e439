import { expect, test } from "@jest/globals";
import { normalizePath } from "./path.ts";

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
])("%j is %j", (path, expected) => {
  expect(normalizePath(path)).toBe(expected);
});

test.each(["/xyz/.%00../abc", "/xyz/%00.%00./abc", "/xyz/AAAAA%%0000/abc", "/a#b", "/a?b#c"])(
  "%j is refused",
  (path) => {
    expect(normalizePath(path)).toBeUndefined();
  },
);
