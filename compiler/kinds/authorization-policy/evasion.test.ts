// What a client gets around, and what it does not.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { authorization } from "../../testing/policies.ts";

const rule = (action: string, text: string): string =>
  authorization(`  action: ${action}\n  rules: [{ ${text} }]\n`);
const hosts = (action: string, fields: string): string => rule(action, `to: [{ operation: { ${fields} } }]`);
const header = (action: string, name: string, lists: string): string =>
  rule(action, `when: [{ key: "request.headers[${name}]", ${lists} }]`);

const JOINS = "say which values may pass: `values` in an ALLOW policy, or `notValues` in a DENY policy";

describe("headers that Envoy joins", () => {
  pin([
    {
      name: "a denied value",
      policies: header("DENY", "User-Agent", "values: [badbot, other]"),
      finds: [
        `warning TG3016 p.yaml:6:67: a client gets around \`badbot\` by sending \`user-agent\` twice: Envoy joins the two with a comma = ${JOINS}`,
      ],
    },
    {
      name: "an excepted value",
      policies: header("ALLOW", "origin", 'notValues: ["*.evil.test"]'),
      finds: [
        `warning TG3016 p.yaml:6:66: a client gets around \`*.evil.test\` by sending \`origin\` twice: Envoy joins the two with a comma = ${JOINS}`,
      ],
    },
    { name: "presence", policies: header("DENY", "user-agent", 'values: ["*"]'), finds: [] },
    { name: "a value that may pass", policies: header("ALLOW", "origin", "values: [a]"), finds: [] },
    { name: "all but one denied", policies: header("DENY", "origin", "notValues: [a]"), finds: [] },
    { name: "a header that keeps its values", policies: header("DENY", "x-role", "values: [a]"), finds: [] },
  ]);
});

describe("hosts", () => {
  const around = (host: string, example: string): string =>
    `a client gets around \`${host}\` by naming a port, as in \`${example}\`: hosts are compared with it`;
  const allow = "say which hosts may be asked for: `hosts` in an ALLOW policy";
  pin([
    {
      name: "a denied one",
      policies: hosts("DENY", "hosts: [a.test]"),
      finds: [
        `warning TG3016 p.yaml:6:41: ${around("a.test", "a.test:80")} = list \`a.test:*\` too, or better ${allow}`,
      ],
    },
    {
      name: "a denied suffix, for which no pattern has a port",
      policies: hosts("DENY", 'hosts: ["*.a.test"]'),
      finds: [`warning TG3016 p.yaml:6:41: ${around("*.a.test", "x.a.test:80")} = ${allow}`],
    },
    {
      name: "an excepted one",
      policies: hosts("ALLOW", "notHosts: [a.test]"),
      finds: [
        `warning TG3016 p.yaml:6:44: ${around("a.test", "a.test:80")} = list \`a.test:*\` too, or better ${allow}`,
      ],
    },
    {
      name: "by the header",
      policies: header("DENY", "Host", "values: [a.test]"),
      finds: [
        `warning TG3016 p.yaml:6:61: ${around("a.test", "a.test:80")} = list \`a.test:*\` too, or better ${allow}`,
      ],
    },
    { name: "with every port", policies: hosts("DENY", 'hosts: [A.test, "a.test:*"]'), finds: [] },
    { name: "with what it begins with", policies: hosts("DENY", 'hosts: [a.test, "a.*"]'), finds: [] },
    { name: "with a port", policies: hosts("DENY", 'hosts: ["a.test:8080"]'), finds: [] },
    { name: "any", policies: hosts("DENY", 'hosts: ["*"]'), finds: [] },
    { name: "one that may be asked for", policies: hosts("ALLOW", "hosts: [a.test]"), finds: [] },
    { name: "all but one denied", policies: hosts("DENY", "notHosts: [a.test]"), finds: [] },
  ]);
});

describe("tokens", () => {
  const joe = '"https://a.test/joe"';
  const NO_TOKEN =
    'refuse requests without one too: `notRequestPrincipals: ["*"]` in a DENY rule; or say in an ALLOW policy whose token may pass';
  const around = (value: string): string =>
    `a client gets around \`${value}\` by sending no token = ${NO_TOKEN}`;
  const source = (action: string, ...fields: readonly string[]): string =>
    rule(action, `from: [${fields.map((field) => `{ source: { ${field} } }`).join(", ")}]`);
  const claim = (action: string, lists: string): string =>
    rule(action, `when: [{ key: "request.auth.claims[role]", ${lists} }]`);
  pin([
    {
      name: "a denied subject",
      policies: source("DENY", `requestPrincipals: [${joe}]`),
      finds: [`warning TG3016 p.yaml:6:52: ${around("https://a.test/joe")}`],
    },
    {
      name: "an excepted one",
      policies: source("ALLOW", `notRequestPrincipals: [${joe}]`),
      finds: [`warning TG3016 p.yaml:6:55: ${around("https://a.test/joe")}`],
    },
    {
      name: "a denied claim",
      policies: claim("DENY", "values: [guest]"),
      finds: [`warning TG3016 p.yaml:6:65: ${around("guest")}`],
    },
    { name: "whoever has a token", policies: claim("DENY", 'values: ["*"]'), finds: [] },
    { name: "all but one role", policies: claim("DENY", "notValues: [admin]"), finds: [] },
    { name: "a role that may pass", policies: claim("ALLOW", "values: [admin]"), finds: [] },
    {
      name: "where requests without a token are denied as well",
      policies: source("DENY", `requestPrincipals: [${joe}]`, 'notRequestPrincipals: ["*"]'),
      finds: [],
    },
    {
      name: "an exception where a token is asked for",
      policies: source("ALLOW", `requestPrincipals: ["*"], notRequestPrincipals: [${joe}]`),
      finds: [],
    },
  ]);
});

describe("addresses of clients", () => {
  const forged = (field: string): string =>
    `where the listener trusts \`x-forwarded-for\`, as it does by default, a client says itself what \`${field}\` look at = count the trusted proxies in the listener (\`use_remote_address: true\` and \`xff_num_trusted_hops\`), or look at the direct peer: \`ipBlocks\``;
  const blocks = (action: string, fields: string): string =>
    rule(action, `from: [{ source: { ${fields} } }]`);
  pin([
    {
      name: "that are denied",
      policies: blocks("DENY", "remoteIpBlocks: [10.0.0.0/8]"),
      finds: [`warning TG3016 p.yaml:6:49: ${forged("remoteIpBlocks")}`],
    },
    {
      name: "that may pass",
      policies: blocks("ALLOW", "notRemoteIpBlocks: [10.0.0.0/8]"),
      finds: [`warning TG3016 p.yaml:6:52: ${forged("notRemoteIpBlocks")}`],
    },
    {
      name: "by their key, told once",
      policies: rule(
        "DENY",
        "when: [{ key: remote.ip, values: [10.0.0.1] }, { key: remote.ip, notValues: [10.0.0.0/8] }]",
      ),
      finds: [`warning TG3016 p.yaml:6:47: ${forged("values")}`],
    },
    { name: "direct peers", policies: blocks("DENY", "ipBlocks: [10.0.0.0/8]"), finds: [] },
  ]);
});

describe("path templates", () => {
  const paths = (action: string, fields: string): string =>
    rule(action, `to: [{ operation: { ${fields} } }]`);
  const around = (template: string, example: string, prefix: string): string =>
    `a client gets around \`${template}\` with a character that no template takes, as in \`${example}\` = list \`${prefix}*\` instead, or better say which paths may pass: \`paths\` in an ALLOW policy`;
  pin([
    {
      name: "that are denied",
      policies: paths("DENY", 'paths: ["/admin/{**}"]'),
      finds: [`warning TG3016 p.yaml:6:41: ${around("/admin/{**}", '/admin/"', "/admin/")}`],
    },
    {
      name: "that are excepted",
      policies: paths("ALLOW", 'notPaths: ["/{*}/x/{*}"]'),
      finds: [`warning TG3016 p.yaml:6:44: ${around("/{*}/x/{*}", '/"/x/x', "/")}`],
    },
    { name: "with what they begin with", policies: paths("DENY", 'paths: ["/a/{*}", "/a/*"]'), finds: [] },
    { name: "that may pass", policies: paths("ALLOW", 'paths: ["/a/{*}"]'), finds: [] },
  ]);
});

describe("what decides nothing", () => {
  pin([
    { name: "is not told of", policies: header("AUDIT", "user-agent", "values: [badbot]"), finds: [] },
    {
      name: "nor is a dry run",
      policies: header("DENY", "user-agent", "values: [badbot]").replace(
        "{ name: a }",
        '{ name: a, annotations: { istio.io/dry-run: "true" } }',
      ),
      finds: [],
    },
  ]);
});
