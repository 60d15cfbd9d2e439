// The start of a HeaderRoutePolicy: requests that carry a header are marked for the upstream.
import { headerValueFault, isHeaderName, isOfConnection } from "../../../http/header-syntax.ts";
import { isInternalHeader } from "../../../ir/route-headers.ts";
import { quoted, type Question, type Starter } from "./starter.ts";

export const headerRoute: Starter = {
  word: "header-route",
  kind: "HeaderRoutePolicy",
  doc: "what is changed on the way, by what a request says",
  name: "beta",
  questions: [
    headerQuestion("match", "which requests: those with this header", "x-beta=1"),
    headerQuestion("set", "which header the upstream gets then", "x-version=v2"),
  ],
  example: "--match x-beta=1 --set x-version=v2",
  render(subject, answers) {
    const match = headerIn(answers["match"] ?? "");
    const set = headerIn(answers["set"] ?? "");
    const same = match.name.toLowerCase() === set.name.toLowerCase();
    return {
      policy: `# The first rule that matches decides. Besides headers it may look at path, method, query, cookies and claims.
apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: ${quoted(subject.name)}, namespace: ${quoted(subject.namespace)} }
spec:
  rules:
    - name: ${quoted(subject.name)}
      matches: [{ headers: [{ name: ${quoted(match.name)}, value: ${quoted(match.value)} }] }]
      request: { set: [{ name: ${quoted(set.name)}, value: ${quoted(set.value)} }] }
`,
      cases: [
        `- name: who asks for it gets it
  request: { headers: { ${quoted(match.name)}: ${quoted(match.value)} } }
  expect: { decision: allow, headers: { request: { set: { ${quoted(set.name)}: ${quoted(set.value)} } } } }`,
        ...(same
          ? []
          : [
              `- name: and nobody else does
  request: { path: / }
  expect: { decision: allow, headers: { request: { absent: [${quoted(set.name)}] } } }`,
            ]),
      ],
    };
  },
};

function headerQuestion(name: string, asks: string, standard: string): Question {
  return {
    name,
    placeholder: "<name=value>",
    asks,
    standard,
    fault: (answer) => {
      const { name: header, value } = headerIn(answer);
      if (!answer.includes("=") || !isHeaderName(header) || value === "")
        return `write the header's name, \`=\` and its value, such as \`${standard}\``;
      const lower = header.toLowerCase();
      if (isOfConnection(lower) || (name === "set" && isInternalHeader(lower)))
        return `\`${header}\` is the proxy's own: take another one, such as \`${standard}\``;
      const fault = headerValueFault(value);
      if (fault !== undefined) return `\`${value}\` cannot be a header's value: ${fault}`;
      return name === "set" && /[{}]/.test(value)
        ? "write a value without braces: in them stand expressions"
        : undefined;
    },
  };
}

function headerIn(answer: string): { name: string; value: string } {
  const equals = answer.indexOf("=");
  return { name: answer.slice(0, equals).trim(), value: answer.slice(equals + 1).trim() };
}
