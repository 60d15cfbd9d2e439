import { expect, test } from "@jest/globals";
import { celProperties, celSlots, planCel } from "../4-plan/cel.ts";
import { checkCelCost, checkCelKey } from "../cel/check.ts";
import type { CelValueExpression } from "../cel/expression.ts";
import { emitCelValues } from "./cel-value.ts";
import { Writer } from "./writer.ts";

function checked(text: string, check: typeof checkCelCost): CelValueExpression {
  const found = check(text);
  if ("faults" in found) throw new Error(JSON.stringify(found.faults));
  return found.expression;
}

/** What expressions become in a filter without authentication. */
function emitted(...values: CelValueExpression[]): { names: string[]; lines: readonly string[] } {
  const writer = new Writer(celSlots([], values));
  const plan = { cel: planCel([], values), authentication: undefined };
  const names = emitCelValues(plan, values, writer);
  return { names: values.map((value) => names.get(value) ?? ""), lines: writer.lines };
}

test("a function answers a number, or notes an error", () => {
  const value = checked("request.headers['x-a'].matches('^v') ? 1 : request.size / 2", checkCelCost);
  expect(emitted(value)).toEqual({
    names: ["celInt"],
    lines: [
      "",
      "/** request.headers['x-a'].matches('^v') ? 1 : request.size / 2 */",
      "function celInt(): i64 {",
      "  do {",
      "    const v1: u64 = headerText(H_X_A);",
      "    if (failed()) break;",
      "    let v2: i64 = <i64>0;",
      "    if (matches(pointerOf(v1), sizeOf(v1))) {",
      "      v2 = (<i64>1);",
      "    } else {",
      "      const v3: i64 = propertyInt(1, T_REQUEST_SIZE, 12);",
      "      if (failed()) break;",
      "      const v4: i64 = divideInt(v3, (<i64>2));",
      "      if (failed()) break;",
      "      v2 = v4;",
      "    }",
      "    return v2;",
      "  } while (false);",
      "  return fail();",
      "}",
      "",
      "function matches(p: usize, size: u32): bool {",
      "  return runDfa(BYTE_CLASSES, 2, NEXT_STATES, ACCEPTS, 0, p, size) != 0;",
      "}",
    ],
  });
});

test("a function answers a text", () => {
  const values = ["'x-a' in request.headers", "auth.claims.sub"].map((text) => checked(text, checkCelKey));
  expect(emitted(...values)).toEqual({
    names: ["celText", "celText_2"],
    lines: [
      "",
      "/** 'x-a' in request.headers */",
      "function celText(): u64 {",
      "  releaseScratch(0);",
      "  return textOfBool(hasHeader(H_X_A));",
      "}",
      "",
      "/** auth.claims.sub */",
      "function celText_2(): u64 {",
      "  releaseScratch(0);",
      "  do {",
      "    const v1: u64 = claimsOf(0);",
      "    const v2: u64 = jsonMember(v1, text(T_SUB, 3));",
      "    if (failed()) break;",
      "    const v3: u64 = textOfJson(v2);",
      "    if (failed()) break;",
      "    return v3;",
      "  } while (false);",
      "  return fail();",
      "}",
    ],
  });
});

test("what the filter around them has to read is known", () => {
  const values = ["request.path + request.headers['x-a']", "auth.claims.sub", "source.port"].map((text) =>
    checked(text, checkCelKey),
  );
  expect(celSlots([], values)).toEqual([
    { from: "header", name: ":path?" },
    { from: "header", name: "x-a" },
  ]);
  expect(values.flatMap((value) => celProperties(value))).toEqual(["source port"]);
  expect(values.map((value) => planCel([], [value]).readsToken)).toEqual([false, true, false]);
});
