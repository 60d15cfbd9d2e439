// What an author of a HeaderRoutePolicy sees when something is wrong.
import { describe } from "@jest/globals";
import { beginsWith, pin } from "../../testing/pin.ts";
import { headerRoute } from "../../testing/policies.ts";

const rule = (fields: string): string => headerRoute(`  rules: [{ ${fields} }]\n`);
const set = (header: string): string => rule(`request: { set: [{ ${header} }] }`);
const arms = (list: string): string => rule(`split: { arms: [${list}] }`);
describe("shape", () => {
  pin([
    {
      name: "no rules",
      policies: headerRoute("  {}\n"),
      finds: [
        "error TG2005 p.yaml:5:3: the field `rules` is missing = add `rules`: the first that matches decides",
      ],
    },
    {
      name: "an empty list of rules",
      policies: headerRoute("  rules: []\n"),
      finds: [
        "error TG2008 p.yaml:5:10: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    { name: "an empty rule", policies: headerRoute("  rules: [{}]\n"), finds: [] },
    {
      name: "a match that says nothing",
      policies: rule("matches: [{}]"),
      finds: [
        "error TG2005 p.yaml:5:23: this match says nothing = name `headers`, `cookies` or another field, or leave `matches` out to match every request",
      ],
    },
    {
      name: "empty matches",
      policies: rule("matches: []"),
      finds: [
        "error TG2008 p.yaml:5:22: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "misspelt fields",
      policies: rule("matchs: [], requests: {}, split: { sticky: [], arm: [] }"),
      finds: [
        "error TG2003 p.yaml:5:13: unknown field `matchs` ^ did you mean `matches`? = the fields here are `name`, `matches`, `condition`, `request`, `response`, `backend`, `split`",
        "error TG2003 p.yaml:5:25: unknown field `requests` ^ did you mean `request`? = the fields here are `name`, `matches`, `condition`, `request`, `response`, `backend`, `split`",
        "error TG2003 p.yaml:5:48: unknown field `sticky` ^ did you mean `stickyBy`? = the fields here are `stickyBy`, `arms`",
        "error TG2003 p.yaml:5:60: unknown field `arm` ^ did you mean `arms`? = the fields here are `stickyBy`, `arms`",
      ],
    },
    {
      name: "a header match without value",
      policies: rule("matches: [{ headers: [{ name: a }] }]"),
      finds: [
        "error TG2005 p.yaml:5:35: the field `value` is missing = add `value`: the value it must have; or write `type: Present`",
      ],
    },
    {
      name: "a match's type in the wrong case",
      policies: rule("matches: [{ headers: [{ name: a, value: b, type: exact }] }]"),
      finds: [
        "error TG2007 p.yaml:5:62: expected one of `Exact`, `RegularExpression`, `Prefix`, `Suffix`, `Contains`, `Present`, found `exact` ^ did you mean `Exact`?",
      ],
    },
    {
      name: "numbers as values",
      policies: rule(
        "matches: [{ cookies: [{ name: beta, value: 1 }] }], request: { set: [{ name: x-a, value: 2 }], remove: [3] }",
      ),
      finds: [
        'error TG2004 p.yaml:5:56: expected a string, found a number = quote it: "1"',
        'error TG2004 p.yaml:5:102: expected a string, found a number = quote it: "2"',
        'error TG2004 p.yaml:5:117: expected a string, found a number = quote it: "3"',
      ],
    },
    {
      name: "a mapping for a list",
      policies: rule("request: { set: { x-a: b } }"),
      finds: [
        "error TG2004 p.yaml:5:29: expected a list, found a mapping = write a list of mappings, such as [{ name: x-version, value: v2 }]",
      ],
    },
    {
      name: "a split without arms",
      policies: rule("split: {}"),
      finds: [
        "error TG2005 p.yaml:5:20: the field `arms` is missing = add `arms`: the versions among which requests are split",
      ],
    },
    {
      name: "an empty list of arms",
      policies: arms(""),
      finds: [
        "error TG2008 p.yaml:5:28: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "arms without weight or name",
      policies: arms("{ name: a }, { weight: 1 }"),
      finds: [
        "error TG2005 p.yaml:5:29: the field `weight` is missing = add `weight`: its share, relative to the other arms",
        "error TG2005 p.yaml:5:42: the field `name` is missing = add `name`: the arm's name; the share of keys it gets depends on it",
      ],
    },
    {
      name: "sticky by nothing known",
      policies: rule(
        "split: { stickyBy: [{}, { header: a, sourceAddress: {} }, { sourceAddress: { v4: 1 } }, { ip: x }], arms: [{ name: a, weight: 1 }] }",
      ),
      finds: [
        "error TG2009 p.yaml:5:33: expected a mapping with one of `header`, `cookie`, `claim`, `sourceAddress`, found none = name one of them",
        "error TG2009 p.yaml:5:37: expected a mapping with one of `header`, `cookie`, `claim`, `sourceAddress`, found 2 fields = write several entries, one field each",
        "error TG2003 p.yaml:5:90: unknown field `v4` = there are no fields here: write `{}`",
        "error TG2003 p.yaml:5:103: unknown field `ip` = the fields here are `header`, `cookie`, `claim`, `sourceAddress`",
      ],
    },
  ]);
});

describe("meaning", () => {
  const remedy = "a header's value is one line of text without control characters, such as `v2`";
  pin([
    {
      name: "weights of zero",
      policies: arms("{ name: a, weight: 0 }, { name: b, weight: 0 }"),
      finds: [
        "error TG3007 p.yaml:5:22: the weights of this split add up to zero = give at least one arm a weight above zero",
      ],
    },
    {
      name: "bad weights",
      policies: arms(
        "{ name: a, weight: -1 }, { name: b, weight: 0.5 }, { name: c, weight: 1000001 }, { name: d, weight: '1' }",
      ),
      finds: [
        "error TG2007 p.yaml:5:48: expected a whole number from 0 to 1000000, found `-1`",
        "error TG2007 p.yaml:5:73: expected a whole number from 0 to 1000000, found `0.5` = write a whole number, such as 1",
        "error TG2007 p.yaml:5:99: expected a whole number from 0 to 1000000, found `1000001`",
        "error TG2004 p.yaml:5:129: expected a whole number from 0 to 1000000, found a string = write it without quotes: 1",
      ],
    },
    {
      name: "names that are there twice",
      policies: headerRoute(
        "  rules:\n    - name: a\n    - name: a\n    - split: { arms: [{ name: b, weight: 1 }, { name: b, weight: 1 }] }\n",
      ),
      finds: [
        "error TG3001 p.yaml:7:13: the rule `a` is there twice = rename one, or remove it",
        "error TG3001 p.yaml:8:55: the arm `b` is there twice = rename one, or remove it",
      ],
    },
    {
      name: "a header that is set twice",
      policies: rule("request: { set: [{ name: x-a, value: b }, { name: X-A, value: c }] }"),
      finds: ["error TG3001 p.yaml:5:63: the header `x-a` is there twice = rename one, or remove it"],
    },
    {
      name: "headers that are not for policies",
      policies: rule(
        'request: { set: [{ name: host, value: a }, { name: ":path", value: /b }], remove: [Transfer-Encoding, ":method"] }',
      ),
      finds: [
        "error TG3003 p.yaml:5:38: `host` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG3003 p.yaml:5:64: `:path` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG3003 p.yaml:5:96: `Transfer-Encoding` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG3003 p.yaml:5:115: `:method` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
      ],
    },
    {
      name: "header names that are none",
      policies: rule('request: { remove: ["a\\r\\nb", "a b", "", "ä", "a:"] }'),
      finds: [
        "error TG3003 p.yaml:5:33: `a\\r\\nb` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG3003 p.yaml:5:43: `a b` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        'error TG3003 p.yaml:5:50: `""` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies',
        "error TG3003 p.yaml:5:54: `ä` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG3003 p.yaml:5:59: `a:` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
      ],
    },
    ...["a\\r\\nx-admin: 1", "a\\nb", "a\\rb", "a\\0b", "a\\x7f"].map((value) => ({
      name: `the header value "${value}"`,
      policies: set(`name: x-a, value: "${value}"`),
      finds: [
        `error TG3004 p.yaml:5:50: this cannot be a header's value: it holds a control character = ${remedy}`,
      ],
    })),
    ...[" a", "a\\t"].map((value) => ({
      name: `the header value "${value}"`,
      policies: set(`name: x-a, value: "${value}"`),
      finds: [
        `error TG3004 p.yaml:5:50: this cannot be a header's value: it begins or ends with white space = ${remedy}`,
      ],
    })),
    { name: "header values that are fine", policies: set('name: x-a, value: "é a\\tb"'), finds: [] },
    {
      name: "a cookie's name and value",
      policies: rule('matches: [{ cookies: [{ name: "a=b", value: "x;y" }] }]'),
      finds: [
        "error TG3003 p.yaml:5:43: `a=b` is not a cookie's name = a cookie's name holds letters, digits, `-` and `_`, such as `beta`",
        "warning TG3010 p.yaml:5:57: a cookie's value holds no `;` and no white space = write the value as it stands between `=` and `;` in the `cookie` header",
      ],
    },
    {
      name: "a header to match that is none",
      policies: rule('matches: [{ headers: [{ name: ":authority", value: x }] }]'),
      finds: [
        "error TG3003 p.yaml:5:43: `:authority` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
      ],
    },
    {
      name: "a sticky header that is none",
      policies: rule('split: { stickyBy: [{ header: ":path" }], arms: [{ name: a, weight: 1 }] }'),
      finds: [
        "error TG3003 p.yaml:5:43: `:path` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
      ],
    },
    {
      name: "names that would break out of comments",
      policies: headerRoute(
        '  rules:\n    - { name: "a*/\\n\\u2028b", split: { arms: [{ name: "*/\\nexport", weight: 1 }] } }\n',
      ),
      finds: [],
    },
    {
      name: "a sticky key without its list",
      policies: rule("split: { stickyBy: x-user, arms: [{ name: a, weight: 50% }] }"),
      finds: [
        "error TG2004 p.yaml:5:32: expected a list, found a string = write a list of mappings, such as [{ header: x-user }]",
        "error TG2004 p.yaml:5:66: expected a whole number from 0 to 1000000, found a string = write the number alone: 50",
      ],
    },
    {
      name: "a sticky key that is there twice, and names that are none",
      policies: rule(
        "split: { stickyBy: [{ claim: sub }, { claim: [sub] }, { cookie: 'a=b' }, { claim: '' }], arms: [{ name: a, weight: 1 }] }",
      ),
      finds: [
        "error TG3001 p.yaml:5:49: this key is there twice = remove it: where the first of the two is absent, so is the second",
        "error TG3003 p.yaml:5:77: `a=b` is not a cookie's name = a cookie's name holds letters, digits, `-` and `_`, such as `beta`",
        "error TG3009 p.yaml:5:95: the name of a claim is empty = write its name",
      ],
    },
    {
      name: "backends that the bundle does not have",
      policies: rule(
        "backend: x, split: { arms: [{ name: a, weight: 1, backend: y }, { name: b, weight: 0, backend: z }] }",
      ),
      finds: [
        beginsWith("error TG4006 p.yaml:5:22: the bundle has no backend `x`"),
        beginsWith("error TG4006 p.yaml:5:72: the bundle has no backend `y`"),
        beginsWith("error TG4006 p.yaml:5:108: the bundle has no backend `z`"),
      ],
    },
  ]);
});
