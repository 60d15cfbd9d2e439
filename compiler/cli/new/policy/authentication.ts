// The start of a RequestAuthentication: whose tokens are good, and where there must be one. A RequestAuthentication alone lets
// requests without a token by, which is seldom meant; so an AuthorizationPolicy stands beside it.
import { parseJwksUri } from "../../../kinds/request-authentication/jwks-uri.ts";
import { pathInside, pathOutside, pathPatterns, pathQuestion } from "./paths.ts";
import { flowList, quoted, type Starter } from "./starter.ts";

export const authentication: Starter = {
  word: "authentication",
  kind: "RequestAuthentication",
  doc: "whose tokens are good",
  name: "signed-in",
  questions: [
    {
      name: "issuer",
      placeholder: "<issuer>",
      asks: "who issues the tokens, as their claim iss says",
      fault: (answer) =>
        answer.trim() === "" ? "write it as in the token, such as `https://id.example.com`" : undefined,
    },
    {
      name: "jwks-uri",
      placeholder: "<url>",
      asks: "where the issuer publishes its keys",
      standard: ({ issuer = "" }) =>
        `${/^https?:/.test(issuer) ? issuer.replace(/\/$/, "") : "https://id.example.com"}/.well-known/jwks.json`,
      fault: keySetFault,
    },
    {
      name: "audience",
      placeholder: "<audience>",
      asks: "whom tokens must be for, as their claim aud says; any: it is not looked at",
      standard: "any",
      fault: (answer) => (answer.trim() === "" ? "write the audience, or `any`" : undefined),
    },
    pathQuestion("which paths need a token; *: all of them", "*"),
  ],
  example: "--issuer https://id.shop.test --audience shop",
  render(subject, answers) {
    const { issuer = "", audience = "any", path: paths = "*" } = answers;
    const patterns = pathPatterns(paths);
    const to = patterns.length === 0 ? "" : `\n      to: [{ operation: { paths: ${flowList(patterns)} } }]`;
    const path = pathInside(patterns);
    const elsewhere = pathOutside(patterns);
    const metadata = `metadata: { name: ${quoted(subject.name)}, namespace: ${quoted(subject.namespace)} }`;
    return {
      policy: `# Whose tokens are good. A token that is no good is refused; a request without one is the next policy's business.
apiVersion: security.istio.io/v1
kind: RequestAuthentication
${metadata}
spec:
  jwtRules:
    - issuer: ${quoted(issuer)}
${audience === "any" ? "" : `      audiences: [${quoted(audience)}]\n`}      jwksUri: ${quoted(answers["jwks-uri"] ?? "")}
---
# Where there must be a token.
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
${metadata}
spec:
  action: DENY
  rules:
    - from: [{ source: { notRequestPrincipals: ["*"] } }]${to}
`,
      cases: [
        `- name: who has a token passes
  request: { path: ${quoted(path)}, token: { claims: { sub: ann } } }
  expect: { decision: allow }`,
        `- name: who has none does not
  request: { path: ${quoted(path)} }
  expect: { decision: deny, status: 403 }`,
        `- name: nor who has a stranger's
  request: { path: ${quoted(path)}, token: { key: stranger, claims: { sub: ann } } }
  expect: { decision: deny, status: 401 }`,
        ...(elsewhere === undefined
          ? []
          : [
              `- name: other paths need none
  request: { path: ${quoted(elsewhere)} }
  expect: { decision: allow }`,
            ]),
      ],
    };
  },
};

function keySetFault(answer: string): string | undefined {
  const parsed = parseJwksUri(answer);
  return typeof parsed === "string" ? `\`${answer}\` is no address of a key set: ${parsed}` : undefined;
}
