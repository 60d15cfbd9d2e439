// What a limit may count by.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { rateLimit } from "../../testing/policies.ts";

/** Another limit, by what clients cannot choose. */
const BESIDE = ", b: { key: [{ sourceCIDR: {} }], rates: [{ limit: 5, window: 1s }] }";
const key = (parts: string, beside = ""): string =>
  rateLimit(`  limits: { a: { key: [${parts}], rates: [{ limit: 5, window: 1s }] }${beside} }\n`);

describe("parts", () => {
  pin([
    {
      name: "all of them",
      policies: key(
        `{ header: Host }, { query: a b }, { cookie: s-1 }, { claim: https://shop.test/tenant }, { claim: [realm, tenant] }, { path: {} }, { sourceCIDR: {} }, { expression: "request.method" }`,
        BESIDE,
      ),
      finds: [],
    },
    {
      name: "empty names",
      policies: key(`{ query: "" }, { claim: "" }, { claim: [a, ""] }`, BESIDE),
      finds: [
        "error TG3009 p.yaml:5:33: the name of a query parameter is empty = write its name",
        "error TG3009 p.yaml:5:48: the name of a claim is empty = write its name",
        "error TG3009 p.yaml:5:67: the name of a claim is empty = write its name",
      ],
    },
    {
      name: "no names of cookies",
      policies: key(`{ cookie: a=b }, { cookie: "" }`, BESIDE),
      finds: [
        "error TG3009 p.yaml:5:34: `a=b` is not a cookie's name = a cookie's name holds letters, digits, `-` and `_`, such as `session`",
        "error TG3009 p.yaml:5:51: `\"\"` is not a cookie's name = a cookie's name holds letters, digits, `-` and `_`, such as `session`",
      ],
    },
    {
      name: "a claim of another's shape",
      policies: key(`{ claim: { name: a } }, { claim: 5 }, { claim: [] }`),
      finds: [
        "error TG2004 p.yaml:5:33: expected a string, found a mapping",
        'error TG2004 p.yaml:5:57: expected a string, found a number = quote it: "5"',
        "error TG2008 p.yaml:5:71: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "a path by name",
      policies: key(`{ path: /a }`),
      finds: ["error TG2004 p.yaml:5:32: expected a mapping, found a string = write a mapping, such as {}"],
    },
    {
      name: "the same twice",
      policies: key(
        `{ header: X-User }, { header: x-user }, { claim: sub }, { claim: [sub] }, { sourceCIDR: {} }, { sourceCIDR: { v4: 24 } }`,
      ),
      finds: [
        "error TG3001 p.yaml:5:44: this part of the key is there twice = remove it: it tells no further requests apart",
        "error TG3001 p.yaml:5:80: this part of the key is there twice = remove it: it tells no further requests apart",
        "error TG3001 p.yaml:5:118: this part of the key is there twice = keep the one with the longer prefixes",
      ],
    },
    {
      name: "the host by both of its names is one",
      policies: key(`{ header: host }, { header: Host }`),
      finds: [
        "error TG3001 p.yaml:5:42: this part of the key is there twice = remove it: it tells no further requests apart",
      ],
    },
  ]);
});

describe("expressions", () => {
  pin([
    {
      name: "what they may come to",
      policies: key(
        `{ expression: "request.headers['a']" }, { expression: "request.size" }, { expression: "auth.claims.sub" }`,
      ),
      finds: [],
    },
    {
      name: "what they may not",
      policies: key(`{ expression: "request.time" }, { expression: "request.metod" }, { expression: "" }`),
      finds: [
        "error TG3018 p.yaml:5:47: no requests can be told apart by a `timestamp` = a key is a `string`, `bytes`, `int`, `uint`, `bool`, or a claim; doubles and times become one with `int(...)`",
        "error TG3018 p.yaml:5:79: there is no attribute `request.metod` = did you mean `request.method`?",
        "error TG3018 p.yaml:5:103: the expression ends too early",
      ],
    },
  ]);
});

describe("what clients choose", () => {
  pin([
    {
      name: "alone",
      policies: key(`{ query: api_key }, { sourceCIDR: {} }`),
      finds: [
        "warning TG3016 p.yaml:5:24: whoever changes this query parameter with every request is never limited = add a limit by what clients cannot choose, such as `sourceCIDR` or `claim`",
      ],
    },
    {
      name: "a cookie",
      policies: key(`{ cookie: session }`),
      finds: [
        "warning TG3016 p.yaml:5:24: whoever changes this cookie with every request is never limited = add a limit by what clients cannot choose, such as `sourceCIDR` or `claim`",
      ],
    },
    {
      name: "beside a limit that they cannot choose",
      policies: key(`{ cookie: session }`, BESIDE),
      finds: [],
    },
  ]);
});
