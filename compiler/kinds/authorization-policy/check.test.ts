// What an author of an AuthorizationPolicy sees when something is wrong.
import { describe } from "@jest/globals";
import { beginsWith, pin, type Pinned } from "../../testing/pin.ts";
import { authorization } from "../../testing/policies.ts";

/** A field that Istio has and Tollgate does not honour: never silence. */
const notYet = (field: string, spec: string): Pinned => {
  const policies = authorization(spec);
  const column = (policies.split("\n")[4] ?? "").indexOf(field) + 1;
  const finds = [beginsWith(`error TG2006 p.yaml:5:${column}: \`${field}\` is not supported yet`)];
  return { name: field, policies, finds };
};
const to = (operation: string): string =>
  authorization(`  rules: [{ to: [{ operation: { ${operation} } }] }]\n`);
const from = (source: string): string => authorization(`  rules: [{ from: [{ source: { ${source} } }] }]\n`);
const when = (condition: string): string => authorization(`  rules: [{ when: [{ ${condition} }] }]\n`);

describe("not supported yet", () => {
  pin([
    notYet("provider", "  provider: {}\n"),
    {
      name: "action CUSTOM",
      policies: authorization("  action: CUSTOM\n"),
      finds: [
        "error TG2006 p.yaml:5:11: `CUSTOM` is not supported yet = for now this must be one of `ALLOW`, `DENY`, `AUDIT`: keep asking others in Envoy's ext_authz filter, in front of this one",
      ],
    },
    {
      name: "elements of lists in metadata",
      policies: when('key: "experimental.envoy.filters.http.lua[a]", values: ["[a]", b]'),
      finds: [
        "error TG2006 p.yaml:5:78: elements of lists in metadata are not supported yet = for now a value is compared with a text: let the filter that writes the metadata write one",
      ],
    },
  ]);
});

describe("shape", () => {
  pin([
    {
      name: "ALLOW without rules",
      policies: authorization("  rules: []\n"),
      finds: [
        "warning TG3012 p.yaml:5:10: an ALLOW policy without rules lets nothing by = what no other ALLOW policy lets by is refused; `rules: [{}]` lets everything by",
      ],
    },
    {
      name: "an empty spec",
      policies: authorization("  {}\n"),
      finds: [
        "warning TG3012 p.yaml:5:3: an ALLOW policy without rules lets nothing by = what no other ALLOW policy lets by is refused; `rules: [{}]` lets everything by",
      ],
    },
    {
      name: "DENY without rules",
      policies: authorization("  action: DENY\n"),
      finds: [
        "warning TG3013 p.yaml:5:3: a DENY policy without rules refuses nothing = say in `rules` what to refuse; `rules: [{}]` refuses everything",
      ],
    },
    {
      name: "DENY of everything",
      policies: authorization("  action: DENY\n  rules: [{ to: [{ operation: { methods: [GET] } }] }, {}]\n"),
      finds: [
        "warning TG3012 p.yaml:6:56: this rule matches every request: the policy refuses everything = say with `from`, `to` or `when` which requests to refuse",
      ],
    },
    {
      name: "methods in lower case",
      policies: authorization(
        "  rules: [{ to: [{ operation: { methods: [get, Post, PURGE, purge], notMethods: [Put] } }] }]\n",
      ),
      finds: [
        "warning TG3010 p.yaml:5:43: `get` never matches: methods are upper case = write `GET`",
        "warning TG3010 p.yaml:5:48: `Post` never matches: methods are upper case = write `POST`",
        "warning TG3010 p.yaml:5:82: `Put` never matches: methods are upper case = write `PUT`",
      ],
    },
    {
      name: "`source` without its key",
      policies: authorization("  rules: [{ from: [10.0.0.0/8] }]\n"),
      finds: [
        'error TG2004 p.yaml:5:20: expected a mapping, found a string = write a mapping, such as { source: { ipBlocks: ["10.0.0.0/8"] } }',
      ],
    },
    {
      name: "an empty rule matches everything",
      policies: authorization("  action: ALLOW\n  rules: [{}]\n"),
      finds: [],
    },
    {
      name: "an action in the wrong case",
      policies: authorization("  action: Allow\n"),
      finds: [
        "error TG2007 p.yaml:5:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `Allow` ^ did you mean `ALLOW`?",
      ],
    },
    {
      name: "a misspelt action",
      policies: authorization("  action: DENNY\n"),
      finds: [
        "error TG2007 p.yaml:5:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `DENNY` ^ did you mean `DENY`?",
      ],
    },
    {
      name: "an unknown action",
      policies: authorization("  action: REJECT\n"),
      finds: ["error TG2007 p.yaml:5:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `REJECT`"],
    },
    {
      name: "an action that is true",
      policies: authorization("  action: true\n"),
      finds: ['error TG2004 p.yaml:5:11: expected a string, found true or false = quote it: "true"'],
    },
    {
      name: "an action that is a list",
      policies: authorization("  action: [DENY]\n"),
      finds: ["error TG2004 p.yaml:5:11: expected a string, found a list"],
    },
    {
      name: "a misspelt field",
      policies: authorization("  acton: DENY\n"),
      finds: [
        "error TG2003 p.yaml:5:3: unknown field `acton` ^ did you mean `action`? = the fields here are `action`, `rules`, `selector`, `targetRefs`, `targetRef`",
      ],
    },
    {
      name: "a misspelt field deep down",
      policies: to("method: [GET]"),
      finds: [
        "error TG2003 p.yaml:5:33: unknown field `method` ^ did you mean `methods`? = the fields here are `hosts`, `notHosts`, `ports`, `notPorts`, `methods`, `notMethods`, `paths`, `notPaths`",
      ],
    },
    {
      name: "a field at the wrong level",
      policies: authorization("  rules: [{ paths: [/a] }]\n"),
      finds: [
        "error TG2003 p.yaml:5:13: unknown field `paths` = the fields here are `from`, `to`, `when`, `condition`",
      ],
    },
    {
      name: "rules as a mapping",
      policies: authorization("  rules: { to: [] }\n"),
      finds: [
        "error TG2004 p.yaml:5:10: expected a list, found a mapping = write it as a list: [{ to: [] }]",
      ],
    },
    {
      name: "rules without value",
      policies: authorization("  rules:\n"),
      finds: ["error TG2004 p.yaml:5:9: expected a list, found nothing"],
    },
    {
      name: "a rule without value",
      policies: authorization("  rules:\n    -\n"),
      finds: [
        'error TG2004 p.yaml:6:6: expected a mapping, found nothing = write a mapping, such as { to: [{ operation: { methods: ["GET"] } }] }',
      ],
    },
    {
      name: "a rule that is a text",
      policies: authorization("  rules: [all]\n"),
      finds: [
        'error TG2004 p.yaml:5:11: expected a mapping, found a string = write a mapping, such as { to: [{ operation: { methods: ["GET"] } }] }',
      ],
    },
    {
      name: "empty lists",
      policies: authorization("  rules: [{ from: [], to: [], when: [] }]\n"),
      finds: [
        "error TG2008 p.yaml:5:19: this list is empty = name at least one entry, or leave the field out where it may be absent",
        "error TG2008 p.yaml:5:27: this list is empty = name at least one entry, or leave the field out where it may be absent",
        "error TG2008 p.yaml:5:37: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "empty values",
      policies: to("paths: [], methods: []"),
      finds: [
        "error TG2008 p.yaml:5:40: this list is empty = name at least one entry, or leave the field out where it may be absent",
        "error TG2008 p.yaml:5:53: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "from without source",
      policies: authorization("  rules: [{ from: [{}], to: [{ operations: {} }] }]\n"),
      finds: [
        "error TG2005 p.yaml:5:20: the field `source` is missing = add `source`: where the request comes from",
        "error TG2003 p.yaml:5:32: unknown field `operations` ^ did you mean `operation`? = the only field here is `operation`",
      ],
    },
    {
      name: "a source and an operation that say nothing",
      policies: authorization("  rules: [{ from: [{ source: {} }], to: [{ operation: {} }] }]\n"),
      finds: [
        "error TG2005 p.yaml:5:30: this `source` says nothing = name at least one field of `source`, or leave the entry out to match every request",
        "error TG2005 p.yaml:5:55: this `operation` says nothing = name at least one field of `operation`, or leave the entry out to match every request",
      ],
    },
    {
      name: "a text for a list",
      policies: to('methods: GET, paths: "*.bak"'),
      finds: [
        "error TG2004 p.yaml:5:42: expected a list, found a string = write it as a list: [GET]",
        'error TG2004 p.yaml:5:54: expected a list, found a string = write it as a list: ["*.bak"]',
      ],
    },
    {
      name: "a number for a text",
      policies: to("paths: [1, 1e3, true, null]"),
      finds: [
        'error TG2004 p.yaml:5:41: expected a string, found a number = quote it: "1"',
        'error TG2004 p.yaml:5:44: expected a string, found a number = quote it: "1e3"',
        'error TG2004 p.yaml:5:49: expected a string, found true or false = quote it: "true"',
        "error TG2004 p.yaml:5:55: expected a string, found nothing",
      ],
    },
    {
      name: "a condition without key",
      policies: when("values: [a]"),
      finds: [
        "error TG2005 p.yaml:5:20: the field `key` is missing = add `key`: the attribute, such as `request.headers[x-user]`",
      ],
    },
    {
      name: "a condition without values",
      policies: when('key: "request.headers[x-a]"'),
      finds: [
        'error TG2005 p.yaml:5:27: a condition needs `values` or `notValues` = to ask only that it is there, write `values: ["*"]`',
      ],
    },
    {
      name: "values of a wrong type are reported once",
      policies: when('key: "request.headers[x-a]", values: a'),
      finds: ["error TG2004 p.yaml:5:59: expected a list, found a string = write it as a list: [a]"],
    },
  ]);
});

describe("meaning", () => {
  const remedy =
    "write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word";
  const blocks: readonly (readonly [block: string, why: string])[] = [
    ["10.0.0.0/33", ": the prefix length must be 0 to 32"],
    ["::/129", ": the prefix length must be 0 to 128"],
    ["10.0.0.0/-1", ": the prefix length must be 0 to 32"],
    ["10.0.0.0/", ": the prefix length must be 0 to 32"],
    ["10.0.0.0/08", ": the prefix length must be 0 to 32"],
    ["10.0.0.0/1e1", ": the prefix length must be 0 to 32"],
    ["10.0.0.0/8/9", ": it has more than one `/`"],
    ["10.0.0/8", ": `10.0.0` is not an IP address"],
    ["fe80::1%eth0", ": an address in a policy has no zone (`%…`)"],
    ["::ffff:10.0.0.0/104", ": write a block of IPv4-mapped addresses as IPv4"],
    ["10.0.0", ""],
    ["1.2.3.256", ""],
    ["01.2.3.4", ""],
    ["0x7f.1", ""],
    ["localhost", ""],
    ["1::2::3", ""],
    [" 10.0.0.1", ""],
    ["10.0.0.1\\n", ""],
  ];
  pin([
    ...blocks.map(([block, why]) => ({
      name: `the block ${block}`,
      policies: from(`ipBlocks: ["${block}"]`),
      finds: [`error TG3002 p.yaml:5:43: \`${block}\` is not an address or CIDR block${why} = ${remedy}`],
    })),
    {
      name: "an empty block",
      policies: from('notIpBlocks: [""]'),
      finds: [
        'error TG3002 p.yaml:5:46: `""` is not an address or CIDR block = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word',
      ],
    },
    {
      name: "blocks that are fine",
      policies: from(
        'ipBlocks: [10.0.0.0/8, 10.1.2.3, 0.0.0.0/0, "::/0", "2001:db8::1", "::ffff:10.0.0.1", 10.1.2.3/8]',
      ),
      finds: [],
    },
    {
      name: "a block in a condition",
      policies: when("key: source.ip, values: [10.0.0.0/99], notValues: [x]"),
      finds: [
        "error TG3002 p.yaml:5:47: `10.0.0.0/99` is not an address or CIDR block: the prefix length must be 0 to 32 = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
        "error TG3002 p.yaml:5:73: `x` is not an address or CIDR block = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
      ],
    },
    {
      name: "an empty value",
      policies: to('paths: [""], methods: [""]'),
      finds: [
        'error TG2007 p.yaml:5:41: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
        'error TG2007 p.yaml:5:56: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
      ],
    },
    {
      name: "contains is not a form",
      policies: to('paths: ["*admin*"]'),
      finds: [
        'warning TG3008 p.yaml:5:41: `*admin*` means "ends with `admin*`", not "contains": only one asterisk is special = Istio reads it the same way; write a prefix `abc*` or a suffix `*abc`',
      ],
    },
    {
      name: "an asterisk inside",
      policies: to('hosts: ["a.*.test"], paths: ["/a*b", "/*/b"]'),
      finds: [
        "warning TG3008 p.yaml:5:41: the asterisk inside `a.*.test` stands for itself = only a leading or a trailing asterisk is special",
        "warning TG3008 p.yaml:5:62: the asterisk inside `/a*b` stands for itself = only a leading or a trailing asterisk is special",
        "warning TG3008 p.yaml:5:70: the asterisk inside `/*/b` stands for itself = only a leading or a trailing asterisk is special",
      ],
    },
    {
      name: "a path with a query",
      policies: to('paths: ["/a?b=c", "/a#b"]'),
      finds: [
        "warning TG3010 p.yaml:5:41: `/a?b=c` never matches: paths are compared without the query = leave out everything from `?` on",
        "warning TG3010 p.yaml:5:51: `/a#b` never matches: paths are compared without the query = leave out everything from `?` on",
      ],
    },
    {
      name: "a path without slash",
      policies: to("paths: [admin]"),
      finds: ["warning TG3010 p.yaml:5:41: `admin` never matches: a path starts with `/` = write `/admin`"],
    },
  ]);
});
