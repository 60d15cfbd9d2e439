import { describe, expect, test } from "@jest/globals";
import { HeaderMap } from "./header-map.ts";
import { addJoined, INLINE_REQUEST_HEADERS } from "./inline-headers.ts";
import { encodePairs, pairsSize, readPairs } from "./pairs.ts";

describe("HeaderMap", () => {
  test("keeps repeated names in order, in lower case, and reads the first", () => {
    const headers = new HeaderMap([
      ["X-A", "1"],
      ["b", "2"],
      ["x-a", "3"],
    ]);
    expect(headers.entries()).toEqual([
      ["x-a", "1"],
      ["b", "2"],
      ["x-a", "3"],
    ]);
    expect(headers.get("X-a")).toBe("1");
    expect(headers.getAll("x-a")).toEqual(["1", "3"]);
    expect(headers.get("c")).toBeUndefined();
  });

  test("set leaves one entry, at the end as in Envoy; remove takes all", () => {
    const headers = new HeaderMap([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
    headers.set("A", "4");
    expect(headers.entries()).toEqual([
      ["b", "2"],
      ["a", "4"],
    ]);
    const copy = headers.clone();
    headers.remove("B");
    expect(headers.size).toBe(1);
    expect(copy.size).toBe(2);
  });

  test("keeps pseudo headers in front", () => {
    const headers = new HeaderMap([
      [":method", "GET"],
      ["a", "1"],
    ]);
    headers.add(":path", "/");
    headers.set(":method", "PUT");
    expect(headers.entries().map(([name]) => name)).toEqual([":path", ":method", "a"]);
  });

  test("names lower-case ASCII only", () => {
    expect(new HeaderMap([["X-\xc0", "1"]]).entries()).toEqual([["x-\xc0", "1"]]);
  });
});

test("inline headers are joined, others repeated, cookies among them", () => {
  const headers = new HeaderMap();
  for (const [name, value] of [
    ["x-forwarded-for", "1.1.1.1"],
    ["x-forwarded-for", "2.2.2.2"],
    ["cookie", "a=1"],
    ["cookie", "b=2"],
    ["x-role", "dev"],
    ["x-role", "admin"],
    ["accept", ""],
    ["accept", "text/html"],
  ] as const)
    addJoined(headers, name, value, INLINE_REQUEST_HEADERS);
  expect(headers.entries()).toEqual([
    ["x-forwarded-for", "1.1.1.1,2.2.2.2"],
    ["cookie", "a=1"],
    ["cookie", "b=2"],
    ["x-role", "dev"],
    ["x-role", "admin"],
    ["accept", "text/html"],
  ]);
});

describe("pairs", () => {
  const headers = new HeaderMap([
    ["a", "1"],
    ["long", "x".repeat(100)],
    ["empty", ""],
    ["bytes", "\x80\xff"],
  ]);
  const written = (): Buffer => encodePairs(headers);

  test("are read as they were written", () => {
    expect(readPairs(written(), 0, pairsSize(headers))).toEqual(headers.entries());
  });

  test("are nothing where malformed or too many", () => {
    const size = pairsSize(headers);
    expect(readPairs(Buffer.concat([written(), Buffer.alloc(1)]), 0, size + 1)).toEqual([]);
    expect(readPairs(written(), 0, size - 1)).toEqual([]);
    const broken = written();
    broken.writeUInt32LE(2, 8);
    expect(readPairs(broken, 0, size)).toEqual([]);
    const many = Buffer.alloc(4 + 1025 * 10);
    many.writeUInt32LE(1025);
    expect(readPairs(many, 0, many.length)).toEqual([]);
    expect(readPairs(Buffer.alloc(2), 0, 2)).toEqual([]);
  });
});
