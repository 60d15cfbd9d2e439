import { expect, test } from "@jest/globals";
import type { Condition } from "../ir/program.ts";
import { checkCel } from "./check.ts";
import { lowerCel, toCondition } from "./predicates.ts";

function lowered(text: string, onError = false): Condition {
  const checked = checkCel(text);
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  return lowerCel(checked.expression, onError);
}

/** A condition in short. */
function short(condition: Condition): string {
  switch (condition.op) {
    case "constant":
      return String(condition.value);
    case "cel":
      return condition.onError ? "cel-or-error" : "cel";
    case "not":
      return `not(${short(condition.of)})`;
    case "all":
    case "any":
      return `${condition.op}(${condition.of.map(short).join(" ")})`;
    case "test": {
      const { attribute, predicate } = condition;
      const name = attribute.kind === "header" ? attribute.name : attribute.kind;
      return `${name}:${predicate.kind}${"text" in predicate ? `:${predicate.text}` : ""}`;
    }
  }
}

test.each([
  ["request.method == 'GET'", "method:exact:GET"],
  ["'GET' != request.method", "not(any(method:exact:GET not(method:present)))"],
  ["request.method in ['GET', 'HEAD']", "any(method:exact:GET method:exact:HEAD)"],
  ["request.url_path.startsWith('/a')", "path:prefix:/a"],
  ["request.host.endsWith('.test')", "host:suffix:.test"],
  ["request.url_path.matches('^/v[0-9]')", "path:regex"],
  ["'x-a' in request.headers", "x-a:present"],
  ["!has(request.headers.accept)", "not(accept:present)"],
  ["connection.requested_server_name == 'a.test'", "sni:exact:a.test"],
  ["destination.port in [80, 443]", "any(destination-port:exact:80 destination-port:exact:443)"],
  ["'api' in auth.audiences", "claim:exact:api"],
  ["true", "true"],
])("%s is a plain predicate", (text, wanted) => expect(short(lowered(text))).toBe(wanted));

test.each([
  // Of a repeated header no value counts, which no condition can say.
  ["request.headers['x-a'] == 'b'", "cel"],
  // The host is in lower case, the path has a query.
  ["request.path == '/a'", "cel"],
  // A server name that is empty is none.
  ["connection.requested_server_name == ''", "cel"],
  ["request.method == 'GET' ? true : false", "cel"],
])("%s is none", (text, wanted) => expect(short(lowered(text))).toBe(wanted));

test("an absent attribute is an error, and errors may count as true", () => {
  expect(short(lowered("request.method == 'GET'", true))).toBe("any(method:exact:GET not(method:present))");
  expect(short(lowered("request.method != 'GET'", true))).toBe("not(method:exact:GET)");
});

test("what is left of an expression stays together, and counts its errors as the whole does", () => {
  const text =
    "request.method == 'GET' && request.size > 1 && !(request.size > 9) && 'x-a' in request.headers";
  expect(short(lowered(text))).toBe("all(method:exact:GET x-a:present cel)");
  expect(short(lowered(`!(${text})`))).toBe(
    "not(all(any(method:exact:GET not(method:present)) x-a:present cel-or-error))",
  );
});

test("different rests have different texts, equal ones equal texts", () => {
  const texts = (condition: Condition): string[] => {
    if (condition.op === "cel") return [condition.expression.text];
    return condition.op === "all" || condition.op === "any" ? condition.of.flatMap(texts) : [];
  };
  const text =
    "request.method == 'GET' && request.size > 1 || 'x-a' in request.headers && request.size>1 || 'x-b' in request.headers && request.size > 2u";
  expect(texts(lowered(text))).toEqual(["request.size > 1", "request.size > 1", "request.size > 2u"]);
  expect(texts(lowered("request.size > 1"))).toEqual(["request.size > 1"]);
  expect(texts(lowered("  request.size >1"))).toEqual(["  request.size >1"]);
});

test("conditions without a rest are told from those with one", () => {
  const plain = checkCel("request.method == 'GET' || 'x-a' in request.headers");
  const mixed = checkCel("request.method == 'GET' || request.size > 1");
  expect("expression" in plain && toCondition(plain.expression, true)?.op).toBe("any");
  expect("expression" in mixed && toCondition(mixed.expression, true)).toBeUndefined();
});
