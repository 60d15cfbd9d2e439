import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { celAttributes } from "./attributes.ts";
import { checkCel } from "./check.ts";
import type { CelFault } from "./refusals.ts";
import { unsupported } from "./refusals.ts";
import { typeName } from "./types.ts";

function faults(text: string): readonly CelFault[] {
  const checked = checkCel(text);
  return "faults" in checked ? checked.faults : [];
}

/** The piece of the text that the first fault points to, its reason and what it says. */
function first(text: string): { piece: string; reason: string | undefined; message: string | undefined } {
  const [fault] = faults(text);
  const piece = fault === undefined ? "" : text.slice(fault.at, fault.at + fault.length);
  return { piece, reason: fault?.reason, message: fault?.message };
}

describe("a good condition", () => {
  test.each([
    "request.method == 'GET'",
    "request.headers['x-a'] == 'b' && 'x-b' in request.headers",
    "request.headers.accept.contains('json')",
    "has(auth.claims.realm.roles) && 'admin' in auth.claims.realm.roles",
    "auth.claims.level >= 3 && auth.claims['https://a.test/tier'] == 'gold'",
    "auth.audiences.exists(a, a.endsWith('.test'))",
    "[request.method, 'x'].all(m, m in ['GET', 'x'])",
    "request.time < timestamp('2027-01-01T00:00:00Z') + duration('1h')",
    "request.time.getHours('+02:00') >= 9",
    "auth.claims.vip ? request.size < 1000 : request.size < 10",
    "request.url_path.matches('^/v[0-9]+/')",
    "int(request.headers['x-n']) % 2 == 0",
    "request.size < {'gold': 1000, 'silver': 100}[auth.claims.tier]",
    "request.method in {'GET': true} && has({'a': 1}.a) && {'a': 1}.exists(k, k == request.method)",
  ])("%s", (text) => expect(faults(text)).toEqual([]));
});

test("says what is read, each once, in the order of the text", () => {
  const checked = checkCel(
    "request.headers['X-B'] == 'a' && has(request.referer) && request.path == request.query",
  );
  expect("expression" in checked && checked.expression.headers).toEqual(["x-b", "referer", ":path"]);
  expect("expression" in checked && checked.expression.attributes).toEqual([
    "request.headers",
    "request.referer",
    "request.path",
    "request.query",
  ]);
});

describe("a fault points to where it is", () => {
  test.each([
    ["request.metod == 'GET'", "metod", "name"],
    ["request == 1", "request", "name"],
    ["nosuch(1)", "nosuch", "name"],
    ["1 + 'a' == 2", "+", "type"],
    ["request.method == 1", "==", "type"],
    ["request.size == 1.0", "==", "type"],
    ["request.method && true", "method", "type"],
    ["request.method", "method", "type"],
    ["request.method.startsWith(1)", "1", "type"],
    ["size(1) == 1", "size", "type"],
    ["request.method.nosuch == 1", "nosuch", "type"],
    ["request.headers['bad name'] == ''", "'bad name'", "value"],
    ["99999999999999999999 == 1", "99999999999999999999", "value"],
    ["timestamp('yesterday') < request.time", "'yesterday'", "value"],
    ["request.method.matches('a(b')", "(", "pattern"],
    ["request.method.matches('a\\\\(b(')", "'a\\\\(b('", "pattern"],
    ["request.method ==", "==", "syntax"],
    ["", "", "syntax"],
    ["request.headers[request.method] == 'a'", "method", "header-names"],
    ["{'a': 1} == {'a': 1}", "{", "map-literals"],
    ["{'a': [1]}['a'] == [1]", "{", "map-literals"],
    ["{request.path: 1}['a'] == 1", "{", "map-literals"],
    ["{'a': 1, 'a': 2}['a'] == 1", "'a'", "value"],
    ["{1.0: 1}[1.0] == 1", "1.0", "type"],
    ["math.greatest(1, 2) == 2", "greatest", "extensions"],
    ["auth.claims.a + 1 == 2", "+", "dyn-operands"],
    ["auth.claims.a == auth.claims.b", "==", "dyn-operands"],
    ["request.time.getHours('Europe/Berlin') == 1", "'Europe/Berlin'", "time-zones"],
    ["timestamp('0001-01-01T00:00:00Z') < request.time", "'0001-01-01T00:00:00Z'", "time-range"],
    ["request.method.matches(request.path)", "path", "patterns"],
    ["request.method.matches('[é]')", "'[é]'", "patterns"],
    ["type(1) == int", "type", "types"],
  ])("%s", (text, piece, reason) => {
    expect(first(text)).toMatchObject({ piece, reason });
  });
});

test("all faults are told, in the order of the text, each once", () => {
  const text = "request.metod == 'GET' || [1, 2].exists(x, x == 'a') && size(1) == 1";
  expect(faults(text).map(({ at, length }) => text.slice(at, at + length))).toEqual(["metod", "==", "size"]);
});

test("what to do is said", () => {
  expect(faults("request.metod == 'GET'")[0]?.help).toBe("did you mean `request.method`?");
  expect(faults("auth.claims.exp > request.time")[0]?.help).toContain("`timestamp(int(auth.claims.exp))`");
  expect(faults("request.headers['x'] == null")[0]?.help).toContain("`'x-a' in request.headers`");
  expect(faults("request.size < 1.5 || request.size == 1u")[0]?.help).toContain("`int()`");
  expect(faults("request == 'GET'")[0]?.help).toBe("say which attribute of it, such as `request.method`");
});

test("what is too deep or too large is refused, not met with a crash", () => {
  expect(first("!(".repeat(5_000) + "true" + ")".repeat(5_000)).reason).toBe("size");
  expect(first("(".repeat(15_000) + "true" + ")".repeat(4_000)).reason).toBeDefined();
  expect(first(`${"(".repeat(150)}true${")".repeat(150)}`).reason).toBeUndefined();
  expect(first(`${"string(".repeat(150)}'a'${")".repeat(150)} == 'a'`).reason).toBe("size");
  const hundred = `[${Array.from({ length: 100 }, (_, i) => i).join(", ")}]`;
  expect(first(`${hundred}.all(x, ${hundred}.all(y, x * y < 10000))`).reason).toBe("size");
  expect(first(`request.size in ${hundred}`).reason).toBeUndefined();
  expect(first("true || ".repeat(5000) + "true").reason).toBe("size");
});

test("every kind of fault has a sentence of its own", () => {
  expect(new Set(Object.values(unsupported)).size).toBe(Object.keys(unsupported).length);
});

test("the guide lists all attributes and all that is not supported", () => {
  // Without the line breaks and the padding that formatting puts in.
  const plain = (text: string): string => text.replace(/\s+/g, " ");
  const guide = plain(readFileSync(new URL("../../docs/guide/cel.md", import.meta.url), "utf8"));
  for (const [name, { type, doc }] of Object.entries(celAttributes)) {
    expect(guide).toContain(plain(`| \`${name}\` | ${typeName(type)} | ${doc} |`));
  }
  for (const sentence of Object.values(unsupported)) expect(guide).toContain(`- ${plain(sentence)}`);
});
