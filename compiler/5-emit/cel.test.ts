import { expect, test } from "@jest/globals";
import { checkCel } from "../cel/check.ts";
import { emitCel } from "./cel.ts";
import { Literals } from "./literals.ts";

/** The lines of the function that an expression becomes. */
function emitted(text: string): string[] {
  const checked = checkCel(text);
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  const lines: string[] = [];
  const writer = {
    literals: new Literals(),
    functions: new Map<string, number>(),
    runtime: (_: string, name: string) => name,
    line: (...more: string[]) => lines.push(...more),
  };
  const reads = {
    header: (name: string) => `SLOT(${name})`,
    claims: () => "payload()",
    regex: () => "matches",
  };
  expect(emitCel(checked.expression, writer, reads)).toBe("cel");
  return lines;
}

test("a function reads as its expression does", () => {
  expect(emitted("request.headers['x-a'] == 'b' || 'x-c' in request.headers")).toEqual([
    "",
    "/** request.headers['x-a'] == 'b' || 'x-c' in request.headers */",
    "function cel(): u32 {",
    "  let or1: u32 = 0;",
    "  do {",
    "    let o3: u32 = 2;",
    "    do {",
    "      const v2: u64 = headerText(SLOT(x-a));",
    "      if (failed()) break;",
    "      o3 = <u32>textEquals(v2, text(T_B, 1));",
    "    } while (false);",
    "    if (o3 == 1) {",
    "      or1 = 1;",
    "      break;",
    "    }",
    "    if (o3 == 2) or1 = 2;",
    "    if (hasHeader(SLOT(x-c))) {",
    "      or1 = 1;",
    "      break;",
    "    }",
    "  } while (false);",
    "  return or1;",
    "}",
  ]);
});

test("the host is asked last", () => {
  const lines = emitted("request.size > 1 && source.port == 1 && request.method == 'GET'").join("\n");
  expect(lines.indexOf("headerText")).toBeLessThan(lines.indexOf("propertyInt"));
});

test("what an author writes stays in comments and literals", () => {
  const text = "request.headers['x-a'] == '*/ evil(); //\\n\\u2028'";
  const lines = emitted(text);
  expect(lines.filter((line) => line.includes("evil"))).toEqual([
    "/** request.headers['x-a'] == '* / evil(); //\\n\\u2028' */",
  ]);
});
