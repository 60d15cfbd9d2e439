// What is in order in a HeaderRoutePolicy, and hardly meant.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { headerRoute } from "../../testing/policies.ts";

const rule = (fields: string): string => headerRoute(`  rules: [{ ${fields} }]\n`);
const rules = (...list: readonly string[]): string =>
  headerRoute(`  rules:\n${list.map((fields) => `    - { ${fields} }\n`).join("")}`);
const path = (type: string, value: string): string =>
  `matches: [{ path: { type: ${type}, value: ${value} } }]`;
const header = (fields: string): string => `matches: [{ headers: [{ name: a, ${fields} }] }]`;
const REMEDY = "the first rule that matches decides: move the narrower rule to the front, or remove it";

const beta = '{ headers: [{ name: X-Beta, value: "1" }] }';
const betaToo = '{ headers: [{ name: x-beta, value: "1" }], cookies: [{ name: a, value: b }] }';
const other = "{ cookies: [{ name: a, value: b }] }";
const twoRules = (first: string, second: string): string =>
  headerRoute(`  rules:\n    - { name: first, ${first} }\n    - { name: second, ${second} }\n`);

describe("in order, and hardly meant", () => {
  pin([
    {
      name: "a rule behind one that takes everything",
      policies: headerRoute(`  rules:\n    - request: {}\n    - matches: [${beta}]\n`),
      finds: [
        "warning TG3011 p.yaml:7:7: this rule is never reached: `rules[0]` takes its requests = the first rule that matches decides: move the narrower rule to the front, or remove it",
      ],
    },
    {
      name: "a rule behind a wider one",
      policies: twoRules(`matches: [${other}, ${beta}]`, `matches: [${betaToo}, ${other}]`),
      finds: [
        "warning TG3011 p.yaml:7:15: this rule is never reached: the rule `first` takes its requests = the first rule that matches decides: move the narrower rule to the front, or remove it",
      ],
    },
    {
      name: "a rule of which a part is reached",
      policies: twoRules(`matches: [${betaToo}]`, `matches: [${betaToo}, ${other}]`),
      finds: [],
    },
    {
      name: "a narrower rule in front",
      policies: twoRules(`matches: [${betaToo}]`, `matches: [${beta}]`),
      finds: [],
    },
    {
      name: "an asterisk in what is compared exactly",
      policies: rule(
        'matches: [{ headers: [{ name: a, value: "a*" }], cookies: [{ name: b, value: "*" }] }]',
      ),
      finds: [
        "warning TG3015 p.yaml:5:53: `a*` is compared as it stands: the asterisk is no wildcard here = write the whole value, or choose another `type`, such as `Prefix`",
        "warning TG3015 p.yaml:5:90: `*` is compared as it stands: the asterisk is no wildcard here = write the whole value, or choose another `type`, such as `Prefix`",
      ],
    },
    {
      name: "a header both set and removed",
      policies: rule("request: { set: [{ name: x-a, value: b }], remove: [X-A, x-b] }"),
      finds: [
        "warning TG3014 p.yaml:5:65: `X-A` is set and removed = `set` replaces what was there, so the removal has no effect: leave one of them out",
      ],
    },
    {
      name: "two values of one cookie and of one query parameter",
      policies: rule(
        "matches: [{ cookies: [{ name: a, value: b }, { name: a, value: c }], queryParams: [{ name: a, value: b }, { name: a, type: Suffix, value: b }, { name: a, value: d }] }]",
      ),
      finds: [
        "warning TG3010 p.yaml:5:76: `a` cannot be `b` and `c` = inside one match everything must hold: write two `matches` where either will do",
        "warning TG3010 p.yaml:5:174: `a` cannot be `b` and `d` = inside one match everything must hold: write two `matches` where either will do",
      ],
    },
    {
      name: "an asterisk behind a path's elements",
      policies: rule("matches: [{ path: { value: /orders/* } }]"),
      finds: [
        "warning TG3015 p.yaml:5:40: `/orders/*` is compared as it stands: the asterisk is no wildcard here = leave it out: all paths that begin with the elements before it match",
      ],
    },
    {
      name: "values that are never there",
      policies: rule("matches: [{ path: { type: Exact, value: /a?b }, method: get }]"),
      finds: [
        "warning TG3010 p.yaml:5:53: a path holds no `?` and no `#`: it is compared without the query = match the query by `queryParams`",
        "warning TG3010 p.yaml:5:69: no request has the method `get` = methods are compared with their case: write `GET`",
      ],
    },
  ]);
});

describe("a rule behind one that asks for less", () => {
  const pairs = [
    [path("PathPrefix", "/a/"), path("PathPrefix", "/a/b")],
    [path("PathPrefix", "/a"), path("Exact", "/a/")],
    [path("PathPrefix", "/a"), path("Exact", "/a")],
    [path("PathPrefix", "/"), path("Suffix", "a")],
    [path("Contains", "b"), path("PathPrefix", "/a/b/c")],
    [path("Suffix", "/b"), path("Exact", "/a/b")],
    [path("RegularExpression", "a+"), path("RegularExpression", "a+")],
    [header("type: Present"), header("value: b")],
    [header("type: Present"), header("type: RegularExpression, value: b+")],
    [header("type: Contains, value: b"), header("type: Prefix, value: abc")],
    [header("type: Prefix, value: a"), header("type: Prefix, value: ab")],
    ["condition: request.path == '/'", "matches: [{ condition: request.path == '/' }]"],
    ["matches: [{ method: GET }]", "matches: [{ method: GET }], condition: request.path == '/'"],
  ] as const;
  pin(
    pairs.map(([first, second]) => ({
      name: `${first} … ${second}`,
      policies: rules(`name: first, ${first}`, `name: second, ${second}`),
      finds: [
        `warning TG3011 p.yaml:7:15: this rule is never reached: the rule \`first\` takes its requests = ${REMEDY}`,
      ],
    })),
  );
});

describe("a rule behind one that asks for something else", () => {
  const pairs = [
    [path("PathPrefix", "/a"), path("Exact", "/ab")],
    [path("PathPrefix", "/a/b"), path("PathPrefix", "/a")],
    [path("Exact", "/a"), path("PathPrefix", "/a")],
    [path("Contains", "a"), path("RegularExpression", "a")],
    [path("Suffix", "b"), path("Contains", "ab")],
    [header("type: Prefix, value: a"), header("type: Suffix, value: a")],
    [header("type: Contains, value: a"), header("type: Present")],
    [header("value: a"), "matches: [{ cookies: [{ name: a, value: a }] }]"],
    [header("value: a"), "matches: [{ claims: [{ name: a, value: a }] }]"],
    ["matches: [{ claims: [{ name: [a, b], value: a }] }]", "matches: [{ claims: [{ name: a, value: a }] }]"],
    ["matches: [{ method: GET }], condition: request.path == '/'", "matches: [{ method: GET }]"],
  ] as const;
  pin(
    pairs.map(([first, second]) => ({
      name: `${first} … ${second}`,
      policies: rules(first, second),
      finds: [],
    })),
  );
});
