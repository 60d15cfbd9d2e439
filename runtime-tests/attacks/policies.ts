// What is attacked: prohibitions that must not be got around, and doors that must not be got through.
function policy(name: string, action: string, rules: readonly object[]): object {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name, namespace: "test" },
    spec: { action, rules },
  };
}

const to = (operation: object): object => ({ to: [{ operation }] });
const header = (name: string, lists: object): object => ({
  when: [{ key: `request.headers[${name}]`, ...lists }],
});

/** `test/denials`: everything else passes. */
export const denials: readonly object[] = [
  policy("denials", "DENY", [
    header("x-role", { values: ["admin", "root*", "*-super"] }),
    to({ paths: ["/admin", "/admin/*"] }),
    to({ hosts: ["internal.test", "internal.test:*", "*.internal.test"] }),
    to({ paths: ["/api/*"], methods: ["DELETE"] }),
    to({ paths: ["/read"], notMethods: ["GET"] }),
    { from: [{ source: { ipBlocks: ["127.0.0.16/28"] } }], ...to({ paths: ["/peer"] }) },
    { from: [{ source: { remoteIpBlocks: ["10.66.0.0/16"] } }], ...to({ paths: ["/client"] }) },
    to({ paths: ["/t/{*}/secret"] }),
    { ...to({ paths: ["/key"] }), ...header("x-key", { notValues: ["k-1"] }) },
    { ...to({ paths: ["/agent"] }), ...header("user-agent", { notValues: ["good"] }) },
  ]),
];

/** `test/doors`: whatever matches none of its rules is refused. */
export const doors: readonly object[] = [
  policy("doors", "ALLOW", [
    to({ paths: ["/public", "/public/*"] }),
    to({ hosts: ["shop.test"] }),
    to({ paths: ["/read"], methods: ["GET"] }),
    { ...to({ paths: ["/key"] }), ...header("x-key", { values: ["k-1"] }) },
    { ...to({ paths: ["/agent"] }), ...header("user-agent", { values: ["good"] }) },
    { ...to({ paths: ["/mesh"] }), ...header("x-forwarded-client-cert", { values: ["By=spiffe://a/*"] }) },
    { ...to({ paths: ["/office"] }), from: [{ source: { ipBlocks: ["127.0.0.33"] } }] },
    { ...to({ paths: ["/client"] }), from: [{ source: { remoteIpBlocks: ["10.1.2.3"] } }] },
    { ...to({ paths: ["/route"] }), ...header("x-tollgate-cluster", { notValues: ["*"] }) },
  ]),
];

const claim = (path: string, lists: object): object => ({
  when: [{ key: `request.auth.claims${path}`, ...lists }],
});

/** Tokens of the issuer `id`; `test/claims` lets in by what they claim, `test/banned` refuses. */
export function tokens(jwks: string): readonly object[] {
  return [
    {
      apiVersion: "security.istio.io/v1",
      kind: "RequestAuthentication",
      metadata: { name: "id", namespace: "test" },
      spec: { jwtRules: [{ issuer: "id", jwks }] },
    },
    policy("banned", "DENY", [claim("[banned]", { values: ["yes"] })]),
    policy("claims", "ALLOW", [
      { ...to({ paths: ["/user"] }), from: [{ source: { requestPrincipals: ["id/*"] } }] },
      { ...to({ paths: ["/gold"] }), ...claim("[tier]", { values: ["gold"] }) },
      { ...to({ paths: ["/nested"] }), ...claim("[realm][role]", { values: ["admin"] }) },
      { ...to({ paths: ["/proto"] }), ...claim("[__proto__][role]", { values: ["admin"] }) },
      { ...to({ paths: ["/constructor"] }), ...claim("[constructor][name]", { values: ["*"] }) },
      {
        ...to({ paths: ["/plain"] }),
        ...claim("[plain]", { values: ["1", "true", "null", "[object Object]"] }),
      },
      { ...to({ paths: ["/scope"] }), ...claim("[scope]", { values: ["write"] }) },
      { ...to({ paths: ["/groups"] }), ...claim("[groups]", { values: ["staff"] }) },
    ]),
  ];
}
