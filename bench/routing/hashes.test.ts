// The hashes that are compared are those that they are called, and all that a split could take spread keys evenly.
import { beforeAll, expect, test } from "@jest/globals";
import { hashNames, Hashes, measureEvenness, type HashName } from "./hashes.ts";

let hashes: Hashes;
beforeAll(async () => {
  hashes = await Hashes.compile();
});

test.each<[HashName, string, bigint]>([
  ["xxHash", "", 0xef46db3751d8e999n],
  ["xxHash", "a", 0xd24ec4f1a98c6e5bn],
  ["xxHash", "abc", 0x44bc2cf5ad770999n],
  ["xxHash", "abcdefghijklmnopqrstuvwxyz", 0xcfe1f278fa89835cn],
  ["wyHash", "", 0x93228a4de0eec5a2n],
  ["fnv", "", 0xcbf29ce484222325n],
  ["fnv", "a", 0xaf63dc4c8601ec8cn],
])("%s of `%s`, as published", (name, text, published) => {
  expect(hashes.of(name, Buffer.from(text))).toBe(published);
});

test.each(Object.keys(hashNames) as HashName[])("what arms draw with is even by %s", (name) => {
  const { collisions, finalised, together } = measureEvenness(hashes, name, 1);
  expect(collisions).toBe(0);
  expect(finalised).toBeLessThan(5);
  expect(together).toBeLessThan(5);
});
