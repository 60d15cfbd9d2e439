import { expect, test } from "@jest/globals";
import { parseDocument, isScalar } from "yaml";
import { inside } from "./inside.ts";

/** The part of a YAML text in which `part` of its value stands. */
function shown(yaml: string, part: string): string {
  const node = parseDocument(yaml).contents;
  if (!isScalar(node) || typeof node.value !== "string") throw new Error("no text");
  const file = { path: "p.yaml", shown: "p.yaml", text: yaml };
  const from = node.value.indexOf(part);
  const span = inside(
    { value: node.value, span: { file, start: node.range[0], end: node.range[1] } },
    from,
    from + part.length,
  );
  return yaml.slice(span.start, span.end);
}

test.each([
  ["plain", "ab + cd", "cd", "cd"],
  ["in quotes", '"ab + cd"', "cd", "cd"],
  ["behind escapes", '"\\"\\u0041\\x41\\\\ + cd"', "cd", "cd"],
  ["behind escaped blanks", '"a\\tb\\n + cd"', "cd", "cd"],
  ["an escape itself", '"a + \\"b\\""', '"b"', '\\"b\\"'],
  ["behind doubled quotes", "'a == ''b'' + cd'", "cd", "cd"],
  ["a block", "|\n  ab +\n    cd * ef\n", "cd", "cd"],
  ["a folded block", ">-\n  ab +\n  cd\n  * ef\n", "ef", "ef"],
  ["over two lines, the first of them", "|\n  ab +\n  cd\n", "+\ncd", "+"],
  ["plain over two lines", "ab +\n  cd", "cd", "cd"],
])("%s", (_, yaml, part, found) => {
  expect(shown(yaml, part)).toBe(found);
});

test("at the end of a text, all of it", () => {
  const file = { path: "p.yaml", shown: "p.yaml", text: "ab +" };
  expect(inside({ value: "ab +", span: { file, start: 0, end: 4 } }, 4)).toEqual({ file, start: 0, end: 4 });
});
