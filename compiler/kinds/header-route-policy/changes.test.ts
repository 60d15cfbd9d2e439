// What an author sees of changes in which something is wrong.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { headerRoute } from "../../testing/policies.ts";

const rule = (fields: string): string => headerRoute(`  rules: [{ ${fields} }]\n`);
const change = (fields: string): string => rule(`request: { ${fields} }`);
const value = (text: string): string => change(`set: [{ name: a, value: ${JSON.stringify(text)} }]`);
const TWICE = "for the character itself write it twice";
const LINE = "a header's value is one line of text without control characters, such as `v2`";
const KEEP = "keep one of the two; `add` puts one more value behind whatever there is";
const COPY = "use `copy`, which takes all values as they arrived, and `remove`";
const OWN = "a cluster is chosen by `backend`; timeouts and retries are said in an `HTTPRoute`";

describe("values made of expressions", () => {
  pin([
    {
      name: "an attribute that there is not",
      policies: value("{request.hst}"),
      finds: ["error TG3018 p.yaml:5:58: there is no attribute `request.hst` = did you mean `request.host`?"],
    },
    {
      name: "two of them, each where it stands",
      policies: value("é{request.hst} {{x}} {auth.clams.sub}"),
      finds: [
        "error TG3018 p.yaml:5:59: there is no attribute `request.hst` = did you mean `request.host`?",
        "error TG3018 p.yaml:5:76: there is no attribute `auth.clams` = did you mean `auth.claims`?",
      ],
    },
    {
      name: "a brace that is not closed",
      policies: value("v {"),
      finds: [
        `error TG3004 p.yaml:5:51: the expression behind this \`{\` has no end = end it with \`}\`; ${TWICE}`,
      ],
    },
    {
      name: "a text that is not closed",
      policies: value("{'a}"),
      finds: ["error TG3018 p.yaml:5:50: this cannot be read as CEL from `'` on"],
    },
    {
      name: "a brace that closes nothing",
      policies: value("v }"),
      finds: [`error TG3004 p.yaml:5:51: this \`}\` ends nothing = ${TWICE}`],
    },
    {
      name: "nothing in braces",
      policies: value("{ }"),
      finds: [
        `error TG3004 p.yaml:5:49: there is no expression in these braces = write an expression in CEL, such as \`{request.host}\`; ${TWICE}`,
      ],
    },
    {
      name: "what is no text",
      policies: value("{request.time}"),
      finds: [
        "error TG3018 p.yaml:5:58: a header's value must be a text, and this comes to `timestamp` = what becomes a text is a `string`, `bytes`, `int`, `uint`, `bool`, or a claim; doubles and times become one with `int(...)`",
      ],
    },
    {
      name: "white space at an end, a line's end, and more than there is room for",
      policies: change(
        `set: [{ name: a, value: "{request.host} " }, { name: b, value: "{request.host}\\r\\nx: y" }, { name: c, value: "{request.host}${"x".repeat(4096)}" }]`,
      ),
      finds: [
        `error TG3004 p.yaml:5:48: this cannot be a header's value: it begins or ends with white space = ${LINE}`,
        `error TG3004 p.yaml:5:87: this cannot be a header's value: it holds a control character = ${LINE}`,
        `error TG3004 p.yaml:5:133: this cannot be a header's value: it has more than 4096 bytes = ${LINE}`,
      ],
    },
    {
      name: "the response, which is still to come",
      policies: rule('response: { set: [{ name: a, value: "{response.code}" }] }'),
      finds: [
        "error TG3018 p.yaml:5:60: there is no attribute `response.code` = the guide to conditions lists all attributes",
      ],
    },
    ...[
      "{{}}",
      "{'}'}",
      '{"{"}',
      "{ {'a': '}'}[request.host] }",
      "{r'\\'} {'\\'}'}",
      "{'''a'b}'''}",
      "{size(request.path)}{auth.claims.sub}{b'a'}{request.method == 'GET' ? 'r' : 'w'}",
    ].map((text) => ({ name: `braces that fit: ${text}`, policies: value(text), finds: [] })),
  ]);
});

describe("what is changed", () => {
  pin([
    {
      name: "headers that the filter itself writes",
      policies: change(
        "set: [{ name: x-tollgate-cluster, value: a }], remove: [X-Envoy-Retry-On], copy: [{ from: x-tollgate-cluster, to: x-tollgate-rule }]",
      ),
      finds: [
        `error TG3003 p.yaml:5:38: \`x-tollgate-cluster\` is written by the filter itself = ${OWN}`,
        `error TG3003 p.yaml:5:80: \`X-Envoy-Retry-On\` is written by the filter itself = ${OWN}`,
        `error TG3003 p.yaml:5:138: \`x-tollgate-rule\` is written by the filter itself = ${OWN}`,
      ],
    },
    {
      name: "headers of the connection may be read, and pseudo headers not even that",
      policies: change(
        "rename: [{ from: host, to: a }], copy: [{ from: host, to: b }], map: [{ from: ':path', to: c, values: { a: b } }, { from: te, values: { a: b } }]",
      ),
      finds: [
        "error TG3003 p.yaml:5:41: `host` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG3003 p.yaml:5:102: `:path` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG3003 p.yaml:5:146: `te` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
      ],
    },
    {
      name: "one header by several changes",
      policies: change(
        "set: [{ name: a, value: b }], copy: [{ from: x, to: A }], rename: [{ from: y, to: a }], map: [{ from: a, values: { v: w } }], add: [{ name: a, value: c }]",
      ),
      finds: [
        `error TG3019 p.yaml:5:38: \`a\` gets two values: \`rename\` writes it, and so does \`set\` = ${KEEP}`,
        `error TG3019 p.yaml:5:76: \`A\` gets two values: \`rename\` writes it, and so does \`copy\` = ${KEEP}`,
        `error TG3019 p.yaml:5:126: \`a\` gets two values: \`rename\` writes it, and so does \`map\` = ${KEEP}`,
      ],
    },
    {
      name: "renamed in a circle, and twice",
      policies: change(
        "rename: [{ from: a, to: b }, { from: b, to: a }, { from: c, to: c }, { from: d, to: e }, { from: D, to: f }]",
      ),
      finds: [
        `error TG3019 p.yaml:5:41: \`a\` is renamed, and another gets its name = ${COPY}`,
        `error TG3019 p.yaml:5:61: \`b\` is renamed, and another gets its name = ${COPY}`,
        `error TG3019 p.yaml:5:81: \`c\` is renamed, and another gets its name = ${COPY}`,
        `error TG3019 p.yaml:5:121: \`D\` is renamed twice = ${COPY}`,
      ],
    },
    {
      name: "copied onto itself, and twice to one",
      policies: change("copy: [{ from: a, to: A }, { from: a, to: b }, { from: c, to: b }]"),
      finds: [
        "error TG3019 p.yaml:5:46: `A` is copied onto itself = name another header in `to`, or remove the copy",
        `error TG3019 p.yaml:5:86: \`b\` gets two values: \`copy\` writes it twice = ${KEEP}`,
      ],
    },
    {
      name: "removals without effect",
      policies: change(
        "remove: [a, b, c, d, d], rename: [{ from: a, to: b }], copy: [{ from: x, to: c }], add: [{ name: d, value: e }]",
      ),
      finds: [
        "warning TG3014 p.yaml:5:33: `a` is renamed and removed = `rename` removes it anyway, so the removal has no effect: leave one of them out",
        "warning TG3014 p.yaml:5:36: `b` is written by `rename` and removed = `rename` replaces what was there, so the removal has no effect: leave one of them out",
        "warning TG3014 p.yaml:5:39: `c` is written by `copy` and removed = `copy` replaces what was there, so the removal has no effect: leave one of them out",
        "warning TG3014 p.yaml:5:45: `d` is removed twice = it is gone, so the removal has no effect: leave one of them out",
      ],
    },
    {
      name: "a table's values",
      policies: change(
        `map: [{ from: a, to: b, values: { v: '{request.host}', w: ' x' }, default: "a\\nb" }]`,
      ),
      finds: [
        "warning TG3015 p.yaml:5:61: `{request.host}` is sent as it stands: a table holds no expressions = choose with an expression in `set`, such as `{request.method == 'GET' ? 'read' : 'write'}`",
        `error TG3004 p.yaml:5:82: this cannot be a header's value: it begins or ends with white space = ${LINE}`,
        `error TG3004 p.yaml:5:99: this cannot be a header's value: it holds a control character = ${LINE}`,
      ],
    },
    {
      name: "a table that is empty",
      policies: change("map: [{ from: a, to: b, values: {} }]"),
      finds: ["error TG2008 p.yaml:5:56: this mapping is empty = name at least one entry"],
    },
    {
      name: "a table with a value twice",
      policies: change("map: [{ from: a, to: b, values: { v: a, v: b } }]"),
      finds: [
        "error TG1001 p.yaml:5:64: the key `v` is there twice in one mapping = keep one of them; the first is on line 5",
      ],
    },
    {
      name: "renamed by other words",
      policies: change("rename: [{ name: a, to: b }]"),
      finds: [
        "error TG2005 p.yaml:5:33: the field `from` is missing = add `from`: the header whose values are taken",
        "error TG2003 p.yaml:5:35: unknown field `name` = the fields here are `from`, `to`",
      ],
    },
    {
      name: "what only in requests is the filter's own",
      policies: rule("response: { remove: [x-envoy-upstream-service-time, x-tollgate-cluster] }"),
      finds: [],
    },
    {
      name: "all that there is",
      policies: change(
        "remove: [x-debug], rename: [{ from: x-a, to: x-b }], copy: [{ from: host, to: x-host }, { from: x-a, to: x-c }], map: [{ from: x-country, to: x-region, values: { de: eu, fr: eu }, default: other }, { from: x-m, values: { a: b } }], set: [{ name: x-a, value: again }], add: [{ name: x-b, value: more }, { name: x-b, value: '{request.method}' }]",
      ),
      finds: [],
    },
  ]);
});
