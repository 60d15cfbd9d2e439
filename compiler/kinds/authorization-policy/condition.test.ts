// Conditions in CEL: where their faults are in the file, and what an expression that fails does.
import { describe, expect, test } from "@jest/globals";
import type { Request } from "../../ir/interpret.ts";
import { lowered, passes } from "../../testing/lowered.ts";
import { pin } from "../../testing/pin.ts";
import { authorization } from "../../testing/policies.ts";

const condition = (yaml: string): string => authorization(`  rules:\n    - condition: ${yaml}\n`);

describe("faults", () => {
  pin([
    { name: "none", policies: condition("request.method == 'GET'"), finds: [] },
    {
      name: "in a plain text",
      policies: condition("request.metod == 'GET'"),
      finds: [
        "error TG3018 p.yaml:6:26: there is no attribute `request.metod` = did you mean `request.method`?",
      ],
    },
    {
      name: "behind escapes",
      policies: condition('"request.headers[\\"x-a\\"] == 1"'),
      finds: ["error TG3018 p.yaml:6:44: `string` and `int` cannot be compared"],
    },
    {
      name: "in the second line of a block",
      policies: condition("|\n        request.method == 'GET' &&\n          request.foo == 'a'\n"),
      finds: ["error TG3018 p.yaml:8:19: there is no attribute `request.foo` = did you mean `request.host`?"],
    },
    {
      name: "in a folded block",
      policies: condition(">-\n        request.method ==\n        'GET' + 1\n"),
      finds: ["error TG3018 p.yaml:8:15: there is no `+` for `(string, int)`"],
    },
    {
      name: "an empty expression",
      policies: condition('""'),
      finds: ["error TG3018 p.yaml:6:18: the expression ends too early"],
    },
    {
      name: "no truth value",
      policies: condition("request.method"),
      finds: ["error TG3018 p.yaml:6:26: a condition must come to true or false, and this comes to `string`"],
    },
    {
      name: "all that is not supported",
      policies: condition("type(request.method) == string"),
      finds: [
        "error TG2006 p.yaml:6:18: not supported: types as values: `type(x)`, `x == int`",
        "error TG2006 p.yaml:6:42: not supported: types as values: `type(x)`, `x == int`",
      ],
    },
  ]);
});

describe("meaning", () => {
  const decide = (action: string, spec: string, request: Partial<Request>): boolean =>
    passes(lowered(authorization(`  action: ${action}\n  rules: [{ ${spec} }]\n`)).program, {
      headers: [],
      ...request,
    });
  const get = [":method", "GET"] as const;

  test("it is ANDed with the rest of its rule", () => {
    const spec = `to: [{ operation: { paths: [/a] } }], condition: "request.method == 'GET'"`;
    expect(decide("ALLOW", spec, { headers: [get, [":path", "/a"]] })).toBe(true);
    expect(decide("ALLOW", spec, { headers: [get, [":path", "/b"]] })).toBe(false);
    expect(decide("ALLOW", spec, { headers: [[":path", "/a"]] })).toBe(false);
  });

  test.each([
    "request.headers['x-a'] == 'a'",
    "request.headers['x-a'] != 'a'",
    "int(request.headers['x-a']) > 3",
  ])("%s fails without the header: nobody gets in by it", (expression) => {
    expect(decide("ALLOW", `condition: "${expression}"`, {})).toBe(false);
    expect(decide("DENY", `condition: "${expression}"`, {})).toBe(false);
  });
});
