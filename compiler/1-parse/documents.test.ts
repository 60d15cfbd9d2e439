// What is no YAML, or no policy document.
import { describe } from "@jest/globals";
import { pin } from "../testing/pin.ts";
import { authorization, rateLimit } from "../testing/policies.ts";

const good = authorization("  rules: [{}]\n");

describe("malformed YAML", () => {
  pin([
    {
      name: "a tab indents",
      policies: authorization("\taction: DENY\n"),
      finds: ["error TG1001 p.yaml:5:1: this is not valid YAML: a tab cannot indent = indent with spaces"],
    },
    {
      name: "an unclosed quote",
      policies: authorization('  action: "DENY\n  rules: [{}]\n'),
      finds: ['error TG1001 p.yaml:5:11: this is not valid YAML: `"` is never closed = add the closing `"`'],
    },
    {
      name: "an unclosed single quote",
      policies: authorization("  action: 'DENY\n"),
      finds: ["error TG1001 p.yaml:5:11: this is not valid YAML: `'` is never closed = add the closing `'`"],
    },
    {
      name: "an unclosed bracket",
      policies: authorization("  rules: [{}\n"),
      finds: ["error TG1001 p.yaml:5:10: this is not valid YAML: `[` is never closed = add the closing `]`"],
    },
    {
      name: "an unclosed brace",
      policies: authorization("  rules: [{ to: []\n"),
      finds: ["error TG1001 p.yaml:5:11: this is not valid YAML: `{` is never closed = add the closing `}`"],
    },
    {
      name: "a key that is there twice",
      policies: authorization("  action: DENY\n  action: ALLOW\n"),
      finds: [
        "error TG1001 p.yaml:6:3: the key `action` is there twice in one mapping = keep one of them; the first is on line 5",
      ],
    },
    {
      name: "a key that is there twice deep down",
      policies: authorization("  rules:\n    - to: [{ operation: { paths: [/a], paths: [/b] } }]\n"),
      finds: [
        "error TG1001 p.yaml:6:40: the key `paths` is there twice in one mapping = keep one of them; the first is on line 6",
      ],
    },
    {
      name: "a key that is there twice, once by alias: who reads DENY must get DENY",
      policies: authorization("  { action: DENY, *k : ALLOW, rules: [{}] }\n").replace(
        "name: a",
        "name: a, annotations: { k: &k action }",
      ),
      finds: [
        "error TG1001 p.yaml:5:19: the key `*k` is an alias = write the key out; an alias may stand for values only",
      ],
    },
    {
      name: "bad indentation",
      policies: authorization("  action: DENY\n rules: []\n"),
      finds: [
        "error TG1001 p.yaml:6:1: this is not valid YAML: all mapping items must start at the same column = entries that belong together begin in the same column",
      ],
    },
    {
      name: "a deeper line that belongs to nothing",
      policies: authorization("  action: DENY\n    rules: []\n"),
      finds: [
        "error TG1001 p.yaml:5:11: this is not valid YAML: a mapping cannot begin here = check the indentation of the next line, or quote a text that holds `: `",
      ],
    },
    {
      name: "a lone asterisk in brackets",
      policies: authorization("  rules: [{ to: [{ operation: { paths: [*] } }] }]\n"),
      finds: [
        'error TG1001 p.yaml:5:41: this is not valid YAML: a lone `*` begins an alias, and its name is missing = write the asterisk in quotes: "*"',
      ],
    },
    {
      name: "a lone asterisk in a list",
      policies: authorization(
        "  rules:\n    - to:\n        - operation:\n            paths:\n              - *\n",
      ),
      finds: [
        'error TG1001 p.yaml:9:17: this is not valid YAML: a lone `*` begins an alias, and its name is missing = write the asterisk in quotes: "*"',
      ],
    },
    {
      name: "a suffix without quotes",
      policies: authorization("  rules: [{ to: [{ operation: { paths: [*.bak] } }] }]\n"),
      finds: [
        'error TG1001 p.yaml:5:41: `*.bak` is an alias, and there is no anchor for it = quote a text that begins with an asterisk: "*.bak"',
      ],
    },
    {
      name: "an unknown anchor",
      policies: authorization("  action: *deny\n"),
      finds: [
        'error TG1001 p.yaml:5:11: `*deny` is an alias, and there is no anchor for it = quote a text that begins with an asterisk: "*deny"',
      ],
    },
    {
      name: "an anchor that comes later",
      policies: authorization("  action: *a\n  rules: &a []\n"),
      finds: [
        'error TG1001 p.yaml:5:11: `*a` is an alias, and there is no anchor for it = quote a text that begins with an asterisk: "*a"',
      ],
    },
    {
      name: "a reserved character",
      policies: authorization("  action: @x\n"),
      finds: [
        'error TG1001 p.yaml:5:11: this is not valid YAML: plain value cannot start with reserved character @ = quote a text that holds characters special to YAML, such as "*.bak", "@x" or "a: b"',
      ],
    },
    {
      name: "a colon in a text",
      policies: authorization("  action: DENY: x\n"),
      finds: [
        "error TG1001 p.yaml:5:11: this is not valid YAML: a mapping cannot begin here = check the indentation of the next line, or quote a text that holds `: `",
      ],
    },
    {
      name: "no space behind the colon",
      policies: authorization("  action:DENY\n"),
      finds: ["error TG2004 p.yaml:5:3: expected a mapping, found a string = put a space behind `action:`"],
    },
    {
      name: "a line without a colon",
      policies: authorization("  action: DENY\n  rules\n  x: 1\n"),
      finds: [
        "error TG1001 p.yaml:6:3: this is not valid YAML: a key must be on one line = check for a missing `:` and for the indentation",
      ],
    },
    {
      name: "an unknown escape",
      policies: authorization('  rules: [{ to: [{ operation: { paths: ["/\\d"] } }] }]\n'),
      finds: [
        "error TG1001 p.yaml:5:43: this is not valid YAML: this escape sequence is not known = write a backslash as `\\\\`, or use single quotes, in which it stands for itself",
      ],
    },
    {
      name: "brackets inside brackets, where only quotes can keep them",
      policies: authorization("  rules: [{ when: [{ key: request.headers[x-user], values: [a] }] }]\n"),
      finds: [
        'error TG1001 p.yaml:5:42: this is not valid YAML: unexpected flow-seq-start at node end = inside `[ ]` and `{ }` it must be quoted: "request.headers[x-user]"',
      ],
    },
    {
      name: "a tag",
      policies: authorization(
        "  action: !secret DENY\n  rules: [{ to: [{ operation: { methods: [GET] } }] }]\n",
      ),
      finds: [
        "error TG1001 p.yaml:5:11: `!secret` is a tag that means nothing here = remove it, or quote the text if it begins with `!`",
      ],
    },
    {
      name: "an unknown YAML version",
      policies: `%YAML 1.3\n---\n${good}`,
      finds: ["warning TG1001 p.yaml:1:7: unsupported YAML version 1.3: read as YAML 1.2"],
    },
    {
      name: "a merge conflict",
      policies: "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n",
      finds: [
        "error TG1001 p.yaml:1:1: this is not valid YAML: a key must be on one line = check for a missing `:` and for the indentation",
        "error TG1001 p.yaml:3:1: this is not valid YAML: a key must be on one line = check for a missing `:` and for the indentation",
        "error TG1001 p.yaml:5:1: this is not valid YAML: a key must be on one line = check for a missing `:` and for the indentation",
      ],
    },
    {
      name: "one bad document does not hide the next",
      policies: `a: [\n---\n${authorization("  action: Deny\n")}`,
      finds: [
        "error TG1001 p.yaml:1:4: this is not valid YAML: `[` is never closed = add the closing `]`",
        "error TG2007 p.yaml:7:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `Deny` ^ did you mean `DENY`?",
      ],
    },
    {
      name: "bytes that are no UTF-8",
      policies: `# caf\uFFFD\n${good}`,
      finds: [
        "error TG1006 p.yaml:1:6: this file is not UTF-8 text ^ the first character that cannot be read = save the file as UTF-8",
      ],
    },
    {
      name: "UTF-16",
      policies: "a\0p\0i\0",
      finds: [
        "error TG1006 p.yaml:1:2: this file is not UTF-8 text ^ the first character that cannot be read = save the file as UTF-8",
      ],
    },
  ]);
});

describe("files without policies", () => {
  pin([
    {
      name: "no file",
      policies: {},
      finds: [
        "error TG1003: there is no policy to compile = a policy is a YAML document (`.yaml` or `.yml`) of one of the kinds `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
      ],
    },
    {
      name: "an empty file",
      policies: "",
      finds: [
        "error TG1003: there is no policy to compile = a policy is a YAML document (`.yaml` or `.yml`) of one of the kinds `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
      ],
    },
    {
      name: "white space",
      policies: "\n\n  \n",
      finds: [
        "error TG1003: there is no policy to compile = a policy is a YAML document (`.yaml` or `.yml`) of one of the kinds `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
      ],
    },
    {
      name: "only comments",
      policies: "# nothing yet\n# at all\n",
      finds: [
        "error TG1003: there is no policy to compile = a policy is a YAML document (`.yaml` or `.yml`) of one of the kinds `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
      ],
    },
    { name: "an empty file beside a policy", policies: { "a.yaml": "", "b.yaml": good }, finds: [] },
    {
      name: "empty documents between policies",
      policies: `---\n---\n${good}---\n# nothing\n---\n`,
      finds: [],
    },
    {
      name: "a list",
      policies: "- a\n- b\n",
      finds: [
        "error TG1002 p.yaml:1:1: expected a policy document, found a list = a document starts with `apiVersion:`, `kind:`, `metadata:` and `spec:`",
      ],
    },
    {
      name: "a text",
      policies: "hello\n",
      finds: [
        "error TG1002 p.yaml:1:1: expected a policy document, found a text = a document starts with `apiVersion:`, `kind:`, `metadata:` and `spec:`",
      ],
    },
    {
      name: "a Helm template",
      policies: "{{ .Values.policy }}\n",
      finds: [
        "error TG2005 p.yaml:1:1: the field `apiVersion` is missing = every policy document starts with `apiVersion:` and `kind:`",
        "error TG2005 p.yaml:1:1: the field `kind` is missing = every policy document starts with `apiVersion:` and `kind:`",
      ],
    },
  ]);
});

describe("aliases", () => {
  pin([
    {
      name: "stand for texts, lists and mappings",
      policies: authorization(
        "  rules:\n    - &rule { to: [{ operation: { paths: &paths [&path /a, *path] } }] }\n    - to: [{ operation: { paths: *paths } }]\n    - *rule\n",
      ),
      finds: [],
    },
    {
      name: "a fault behind an alias is reported once",
      policies: authorization(
        "  rules:\n    - &rule { to: [{ operation: { path: [/a] } }] }\n    - *rule\n    - *rule\n",
      ),
      finds: [
        "error TG2003 p.yaml:6:35: unknown field `path` ^ did you mean `paths`? = the fields here are `hosts`, `notHosts`, `ports`, `notPorts`, `methods`, `notMethods`, `paths`, `notPaths`",
      ],
    },
    {
      name: "a value behind an alias is at fault where it stands",
      policies: authorization(
        "  rules:\n    - from: [{ source: { ipBlocks: &blocks [10.0.0.0/99] } }]\n    - from: [{ source: { notIpBlocks: *blocks } }]\n",
      ),
      finds: [
        "error TG3002 p.yaml:6:45: `10.0.0.0/99` is not an address or CIDR block: the prefix length must be 0 to 32 = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
      ],
    },
    {
      name: "a node that holds itself",
      policies: authorization("  rules: &rules\n    - *rules\n"),
      finds: [
        'error TG2004 p.yaml:6:5: expected a mapping, found a list = write a mapping, such as { to: [{ operation: { methods: ["GET"] } }] }',
      ],
    },
    {
      name: "a bomb of many uses",
      policies: authorization(
        `  rules:\n    - &a { to: [{ operation: { paths: [&p /a${", *p".repeat(3000)}] } }] }\n${"    - *a\n".repeat(500)}`,
      ),
      finds: [
        "error TG1004 p.yaml:62:7: the aliases of this document stand for too much text = written out it must not pass 1000000 characters; put the values into fewer rules",
      ],
    },
    {
      name: "a bomb of aliases of aliases",
      policies: `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: a\n  annotations:\n    a0: &a0 [x]\n${Array.from({ length: 40 }, (_, i) => `    a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join("")}spec: { rules: *a40 }\n`,
      finds: [
        'error TG2004 p.yaml:45:15: expected a mapping, found a list = write a mapping, such as { to: [{ operation: { methods: ["GET"] } }] }',
      ],
    },
    {
      name: "merge keys, wherever they stand",
      policies: `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { <<: { namespace: shop }, name: a }\nspec: { <<: { action: DENY } }\n`,
      finds: [
        "error TG2006 p.yaml:3:13: merge keys (`<<`) are not supported = write the fields out, or give a whole value by alias",
        "error TG2006 p.yaml:4:9: merge keys (`<<`) are not supported = write the fields out, or give a whole value by alias",
      ],
    },
    {
      name: "merge keys in YAML 1.1",
      policies: `%YAML 1.1\n---\n${authorization("  <<: { action: DENY }\n")}`,
      finds: [
        "error TG2006 p.yaml:7:3: merge keys (`<<`) are not supported = write the fields out, or give a whole value by alias",
      ],
    },
    {
      name: "merge keys among limits",
      policies: rateLimit("  limits: { <<: { a: 1 } }\n"),
      finds: [
        "error TG2006 p.yaml:5:13: merge keys (`<<`) are not supported = write the fields out, or give a whole value by alias",
      ],
    },
  ]);
});

describe("positions", () => {
  pin([
    {
      name: "with CRLF",
      policies: rateLimit("  limitz: {}\n  limits:\n    a: 3\n").replaceAll("\n", "\r\n"),
      finds: [
        "error TG2003 p.yaml:5:3: unknown field `limitz` ^ did you mean `limits`? = the fields here are `limits`, `headers`, `phase`, `trustedHops`, `selector`, `targetRefs`, `targetRef`",
        "error TG2004 p.yaml:7:8: expected a mapping, found a number = write a mapping, such as { rates: [{ limit: 60, window: 1m }] }",
      ],
    },
    {
      name: "behind a byte order mark",
      policies: `\uFEFF${authorization("  action: Deny\n")}`,
      finds: [
        "error TG2007 p.yaml:5:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `Deny` ^ did you mean `DENY`?",
      ],
    },
    {
      name: "behind characters of several units",
      policies: authorization("  rules: [{ to: [{ operation: { paths: [/😀é, *x] } }] }]\n"),
      finds: [
        'error TG1001 p.yaml:5:47: `*x` is an alias, and there is no anchor for it = quote a text that begins with an asterisk: "*x"',
      ],
    },
    {
      name: "in the third document",
      policies: `${good}---\n${good.replace("name: a", "name: b")}---\n${authorization("  action: Deny\n").replace("name: a", "name: c")}`,
      finds: [
        "error TG2007 p.yaml:17:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `Deny` ^ did you mean `DENY`?",
      ],
    },
    {
      name: "at the end of a file without a last newline",
      policies: authorization("  action:"),
      finds: ["error TG2004 p.yaml:5:10: expected a string, found nothing"],
    },
  ]);
});
