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
