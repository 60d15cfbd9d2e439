// Answers as people read them: which requests are shown, and what is said of expressions that are not looked into.
import { describe, expect, test } from "@jest/globals";
import { checkCel } from "../cel/check.ts";
import { lowerCel } from "../cel/predicates.ts";
import { all, any, not, test as asked } from "../ir/conditions.ts";
import { holds } from "../ir/interpret.ts";
import type { Attribute, Condition } from "../ir/program.ts";
import { requestLine } from "../requests/index.ts";
import { differences, reachable, satisfiable, uncovered, unreachableIn } from "./index.ts";

const path: Attribute = { kind: "path" };
const host: Attribute = { kind: "host" };
const method: Attribute = { kind: "method" };
const header = (name: string): Attribute => ({ kind: "header", name });
const is = (attribute: Attribute, text: string): Condition => asked(attribute, { kind: "exact", text });
const begins = (attribute: Attribute, text: string): Condition => asked(attribute, { kind: "prefix", text });
const ends = (attribute: Attribute, text: string): Condition => asked(attribute, { kind: "suffix", text });
function cel(text: string, onError = false): Condition {
  const checked = checkCel(text);
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  return lowerCel(checked.expression, onError);
}

/** The request that a condition is shown with. */
function shown(condition: Condition): string {
  const answer = satisfiable(condition);
  if (answer.kind !== "met") return answer.kind;
  expect(holds(condition, answer.request)).toBe(true);
  return requestLine(answer.request);
}

describe("requests that are shown", () => {
  test.each<[string, Condition]>([
    ["GET /", all([])],
    ["GET /admin/", begins(path, "/admin/")],
    ["GET /.js", ends(path, ".js")],
    ["GET /a.js", all([begins(path, "/a"), ends(path, ".js")])],
    ["GET /x", not(is(path, "/"))],
    ["POST /", not(is(method, "GET"))],
    ["GET /  host: x.shop.test", ends(host, ".shop.test")],
    ["GET /  x-a: x", asked(header("x-a"), { kind: "present" })],
    ["GET /  x-a: a  x-a: b", all([is(header("x-a"), "a"), is(header("x-a"), "b")])],
    ["GET /?q=a%20b", is({ kind: "query", name: "q" }, "a b")],
    ["GET /a?q=1", all([is(path, "/a"), is({ kind: "query", name: "q" }, "1")])],
    [
      "GET /  cookie: c=1; d=2",
      all([is({ kind: "cookie", name: "c" }, "1"), is({ kind: "cookie", name: "d" }, "2")]),
    ],
    [
      'GET /  claims: {"groups":["a","b"]}',
      all(["a", "b"].map((text) => is({ kind: "claim", path: ["groups"] }, text))),
    ],
    ["GET /v0/x", cel("request.url_path.matches('^/v[0-9]+/[a-z]+$')")],
  ])("%s", (line, condition) => {
    expect(shown(condition)).toBe(line);
  });

  test.each<[string, Condition]>([
    ["one method is not two", all([is(method, "GET"), is(method, "POST")])],
    ["a path has no query", is(path, "/a?b=c")],
    ["a host is compared in lower case", begins(host, "A")],
    ["a port is a number", begins({ kind: "destination-port" }, "x")],
    [
      "a pattern and what it rules out",
      all([cel("request.url_path.matches('^/a')"), not(begins(path, "/a"))]),
    ],
  ])("none: %s", (_, condition) => {
    expect(shown(condition)).toBe("never");
  });
});

describe("expressions that are no plain predicates", () => {
  test("are tried with what is written in them", () => {
    expect(shown(cel("request.headers['x-a'].contains('beta') && size(request.headers['x-b']) > 3"))).toBe(
      "GET /  x-a: beta  x-b: beta",
    );
    expect(shown(not(cel("size(request.headers['x-a']) < 3", true)))).toBe("GET /  x-a: xxx");
    expect(shown(cel("auth.claims.level > 2.0"))).toBe('GET /  claims: {"level":3}');
  });

  test("are the same wherever they stand", () => {
    const odd = (): Condition =>
      cel("request.headers['x-a'] < request.headers['x-b'] + request.headers['x-c']");
    expect(uncovered(all([odd(), is(path, "/a")]), [odd()])).toEqual({ kind: "never" });
    const rules = [{ when: odd(), outcome: "allow" }];
    const { found, undecided, assumed, attributes } = differences(rules, [
      { when: all([odd(), is(path, "/a")]), outcome: "allow" },
      { when: all([odd(), not(is(path, "/a"))]), outcome: "allow" },
    ]);
    expect([found, undecided]).toEqual([[], []]);
    expect(assumed).toEqual(["request.headers['x-a'] < request.headers['x-b'] + request.headers['x-c']"]);
    expect(attributes).toEqual([path]);
  });

  test("leave an answer open where no values are found", () => {
    const text = "request.headers['x-a'] + request.headers['x-b'] == 'ab' + request.headers['x-c']";
    const before = [{ when: is(path, "/a"), outcome: "allow" }];
    const after = [{ when: all([is(path, "/a"), cel(text)]), outcome: "deny" }, ...before];
    const { found, undecided } = differences(before, after);
    expect(found).toEqual([]);
    expect(undecided).toEqual([
      { from: "allow", to: "deny", reason: `no values were found that decide \`${text}\`` },
    ]);
  });
});

test("which earlier rules take a rule's requests", () => {
  const rules = [
    is(method, "GET"),
    begins(path, "/a"),
    not(is(method, "GET")),
    is(path, "/b"),
    all([is(method, "PUT"), is(method, "GET")]),
  ];
  expect(
    reachable(rules.map((when) => ({ when }))).map((reach) =>
      reach.kind === "never" ? reach.by : reach.kind,
    ),
  ).toEqual(["met", "met", "met", [0, 2], []]);
  const unreachable = unreachableIn(rules);
  expect([...unreachable([3, 2, 0, 1])]).toEqual([[1, [2, 0]]]);
});

test("what takes too long is said to", () => {
  const condition = any(Array.from({ length: 50 }, (_, i) => is(header(`x-${i}`), "a")));
  expect(uncovered(condition, [condition], { steps: 3 })).toEqual({
    kind: "undecided",
    reason: "it would take too long to find out",
  });
});

test("patterns that combine in too many ways leave answers open", () => {
  const many = Array.from({ length: 400 }, (_, i) => all([begins(path, `/p${i}/`), ends(path, `.s${i}`)]));
  const reason = "of the path not all values could be looked through: its patterns combine in too many ways";
  expect(uncovered(all([]), many).kind).toBe("met");
  expect(uncovered(any(many), many)).toEqual({ kind: "undecided", reason });
});
