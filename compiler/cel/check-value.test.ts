import { describe, expect, test } from "@jest/globals";
import { checkCelCost, checkCelKey, type Checked } from "./check.ts";
import type { CelValueExpression } from "./expression.ts";

/** The type, or of the first fault the piece of the text that it points to, its reason, what it says and what to do. */
function found(text: string, checked: Checked<CelValueExpression>): readonly (string | undefined)[] {
  if ("expression" in checked) return [checked.expression.type];
  const [fault] = checked.faults;
  const piece = fault === undefined ? "" : text.slice(fault.at, fault.at + fault.length);
  return [piece, fault?.reason, fault?.message, fault?.help];
}

const COST_HELP = "a cost is an `int` or a `uint`: texts, doubles and claims become one with `int(...)`";
const KEY_HELP =
  "a key is a `string`, `bytes`, `int`, `uint`, `bool`, or a claim; doubles and times become one with `int(...)`";

describe("a cost", () => {
  test.each([
    "7",
    "0",
    "5u",
    "1000000000",
    "request.size / 1024 + 1",
    "request.method == 'GET' ? 1 : 10",
    "int(auth.claims.weight)",
    "uint(request.headers['x-cost'])",
    "{'gold': 1, 'silver': 5}[auth.claims.tier]",
    "size(request.query)",
  ])("%s", (text) => expect(found(text, checkCelCost(text))).toEqual(["int"]));

  test.each([
    ["request.method", "method", "string", COST_HELP],
    ["1.5", "1.5", "double", COST_HELP],
    ["auth.claims.weight", "weight", "dyn", COST_HELP],
    ["[1, 2]", "[", "list(int)", COST_HELP],
    [
      "request.method == 'GET'",
      "==",
      "bool",
      "a cost is an `int` or a `uint`: choose one with `?:`, such as `request.method == 'GET' ? 1 : 10`",
    ],
  ])("not %s", (text, piece, type, help) => {
    const message = `a cost must come to a whole number, and this comes to \`${type}\``;
    expect(found(text, checkCelCost(text))).toEqual([piece, "type", message, help]);
  });

  test.each(["-1", "1000000001", "1000000001u"])("not %s, which no request has", (text) => {
    const [, reason, message] = found(text, checkCelCost(text));
    expect([reason, message]).toEqual(["value", "a cost is a whole number from 0 to 1000000000"]);
  });
});

describe("a key", () => {
  test.each([
    ["request.host", "string"],
    ["auth.claims.sub", "string"],
    ["auth.claims.vip ? auth.claims.sub : auth.claims.azp", "string"],
    ["auth.issuer + '/' + string(auth.claims.azp)", "string"],
    ["bytes(request.host)", "bytes"],
    ["destination.port", "string"],
    ["5u", "string"],
    ["'x-a' in request.headers", "string"],
    ["int(request.time) / 3600", "string"],
  ])("%s", (text, type) => expect(found(text, checkCelKey(text))).toEqual([type]));

  test.each([
    ["request.time", "time", "timestamp"],
    ["duration('1h')", "duration", "duration"],
    ["double(request.size)", "double", "double"],
    ["null", "null", "null"],
    ["auth.audiences", "audiences", "list(string)"],
    ["[request.host]", "[", "list(string)"],
  ])("not %s", (text, piece, type) => {
    const message = `no requests can be told apart by a \`${type}\``;
    expect(found(text, checkCelKey(text))).toEqual([piece, "type", message, KEY_HELP]);
  });

  test("other faults are told as those of conditions", () => {
    expect(found("request.hots", checkCelKey("request.hots")).slice(0, 2)).toEqual(["hots", "name"]);
    expect(found("request.host +", checkCelKey("request.host +"))[1]).toBe("syntax");
    expect(found("type(1)", checkCelKey("type(1)"))[1]).toBe("types");
    expect(found("request.host", checkCelCost("request.size + nosuch(1)"))[1]).toBe("name");
  });

  test("of a claim or a word says what to do", () => {
    const text = "has(auth.claims.sub) ? auth.claims.sub : 'none'";
    expect(found(text, checkCelKey(text))).toEqual([
      "has",
      "type",
      "both branches of `?:` must be of one type, and these are `dyn` and `string`",
      "say what the claim is with `string()`, `double()` or `bool()`",
    ]);
  });
});

test("says what is read", () => {
  const checked = checkCelKey("request.headers['X-B'] + request.path + string(source.port)");
  expect("expression" in checked && [checked.expression.headers, checked.expression.attributes]).toEqual([
    ["x-b", ":path"],
    ["request.headers", "request.path", "source.port"],
  ]);
});
