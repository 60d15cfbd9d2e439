// The expressions of a limit: which requests count, and what they cost.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { rateLimit } from "../../testing/policies.ts";

const limit = (fields: string, algorithm = "tokenBucket, rates: [{ limit: 5, window: 1s }]"): string =>
  rateLimit(`  limits: { a: { ${fields}, algorithm: ${algorithm} } }\n`);

describe("when", () => {
  pin([
    {
      name: "all must hold",
      policies: limit(`when: [{ predicate: "request.method != 'GET'" }, { predicate: "request.size > 5" }]`),
      finds: [],
    },
    {
      name: "each is looked at",
      policies: limit(`when: [{ predicate: "request.metod != 'GET'" }, { predicate: "request.size" }]`),
      finds: [
        "error TG3018 p.yaml:5:47: there is no attribute `request.metod` = did you mean `request.method`?",
        "error TG3018 p.yaml:5:88: a condition must come to true or false, and this comes to `int`",
      ],
    },
    {
      name: "other shapes",
      policies: limit(`when: ["true", {}, { predicate: 1 }]`),
      finds: [
        "error TG2004 p.yaml:5:25: expected a mapping, found a string = write a mapping, such as { predicate: \"request.method != 'GET'\" }",
        "error TG2005 p.yaml:5:33: the field `predicate` is missing = add `predicate`: an expression in CEL; where it errors, the request counts",
        'error TG2004 p.yaml:5:50: expected a string, found a number = quote it: "1"',
      ],
    },
    {
      name: "none",
      policies: limit(`when: []`),
      finds: [
        "error TG2008 p.yaml:5:24: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
  ]);
});

describe("cost", () => {
  pin([
    { name: "a number", policies: limit(`cost: 5`), finds: [] },
    { name: "an expression", policies: limit(`cost: "request.method == 'GET' ? 1 : 5"`), finds: [] },
    { name: "a header of the response", policies: limit(`cost: { responseHeader: X-Cost }`), finds: [] },
    {
      name: "no number",
      policies: limit(`cost: "request.method"`),
      finds: [
        "error TG3018 p.yaml:5:33: a cost must come to a whole number, and this comes to `string` = a cost is an `int` or a `uint`: texts, doubles and claims become one with `int(...)`",
      ],
    },
    {
      name: "a negative number",
      policies: limit(`cost: "-1"`),
      finds: ["error TG3018 p.yaml:5:25: a cost is a whole number from 0 to 1000000000"],
    },
    {
      name: "a fraction",
      policies: limit(`cost: 0.5`),
      finds: [
        "error TG2007 p.yaml:5:24: expected a whole number from 1 to 1000000000, found `0.5` = write a whole number, such as 1",
      ],
    },
    {
      name: "no header",
      policies: limit(`cost: { responseHeader: "x cost" }`),
      finds: [
        "error TG3003 p.yaml:5:42: `x cost` is not a header name = a header name holds letters, digits and `-`, such as `x-user`",
      ],
    },
    {
      name: "another field",
      policies: limit(`cost: { requestHeader: x }`),
      finds: [
        "error TG2005 p.yaml:5:24: the field `responseHeader` is missing = add `responseHeader`: the header of the response that tells it, charged when that comes",
        "error TG2003 p.yaml:5:26: unknown field `requestHeader` = the only field here is `responseHeader`",
      ],
    },
    {
      name: "a header that comes too late to count what is under way",
      policies: limit(`cost: { responseHeader: x-cost }`, "concurrency, rates: [{ limit: 5 }]"),
      finds: [
        "error TG3019 p.yaml:5:24: `concurrency` counts requests until their streams end, so no response can tell the cost = write a number, or an expression over the request",
      ],
    },
    {
      name: "nothing",
      policies: limit(`cost:`),
      finds: ["error TG2004 p.yaml:5:23: expected a whole number from 1 to 1000000000, found nothing"],
    },
  ]);
});
