// The roads that are attacked: what HTTPRoutes answer and forward, values that are made of what clients send, and splits.
type Urls = Readonly<Record<string, string>>;

const bundle = (name: string, backends: object): object => ({
  apiVersion: "tollgate.dev/v1alpha1",
  kind: "Bundle",
  metadata: { name },
  spec: { backends },
});

const httpRoute = (name: string, hostnames: readonly string[], rules: readonly object[]): object => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name, namespace: "test" },
  spec: { ...(hostnames.length > 0 && { hostnames }), rules },
});

const headerRoute = (name: string, rules: readonly object[]): object => ({
  apiVersion: "tollgate.dev/v1alpha1",
  kind: "HeaderRoutePolicy",
  metadata: { name, namespace: "test" },
  spec: { rules },
});

const denied = (rules: readonly object[]): object => ({
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  metadata: { name: "denied", namespace: "test" },
  spec: { action: "DENY", rules },
});

const to = (service: string, more: object = {}): object => ({
  backendRefs: [{ name: service, port: 80, ...more }],
});
const at = (value: string, more: object = {}): object => ({ matches: [{ path: { value }, ...more }] });
const redirect = (fields: object): object => ({
  filters: [{ type: "RequestRedirect", requestRedirect: fields }],
});
const rewrite = (fields: object): object => ({ type: "URLRewrite", urlRewrite: fields });
const cors = (fields: object): object => ({ type: "CORS", cors: fields });
const prefix = (replacePrefixMatch: string): object => ({
  path: { type: "ReplacePrefixMatch", replacePrefixMatch },
});

/** Backends `one` and `two`, and `copies`, where mirrors go. */
export function roads(urls: Urls): readonly object[] {
  return [
    bundle("roads", {
      "test/one:80": urls["one"],
      "test/two:80": urls["two"],
      "test/copies:80": urls["copies"],
    }),
    denied([
      { to: [{ operation: { paths: ["/admin", "/admin/*", "/shared/secret"] } }] },
      { to: [{ operation: { paths: ["/shared/limited"], methods: ["OPTIONS"] } }] },
    ]),
    httpRoute(
      "hosts",
      ["h.test"],
      [
        { ...at("/moved"), ...redirect({}) },
        { ...at("/moved-prefix"), ...redirect(prefix("/")) },
        { ...at("/moved-port"), ...redirect({ port: 8443 }) },
        { ...at("/moved-scheme"), ...redirect({ scheme: "https" }) },
        { ...at("/rewritten"), filters: [rewrite({ hostname: "inner.test", ...prefix("/") })], ...to("one") },
        {
          ...at("/mirrored"),
          filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name: "copies", port: 80 } } }],
          ...to("one"),
        },
        {
          ...at("/tried"),
          timeouts: { request: "5s", backendRequest: "2s" },
          retry: { codes: [503], attempts: 1, backoff: "5ms" },
          ...to("one"),
        },
        { ...at("/method", { method: "POST" }), ...to("two") },
        { ...at("/query", { queryParams: [{ name: "v", value: "2" }] }), ...to("two") },
        {
          ...at("/shared"),
          filters: [
            cors({
              allowOrigins: ["https://good.test", "https://*.good.test"],
              allowCredentials: true,
              allowMethods: ["*"],
              allowHeaders: ["*"],
              exposeHeaders: ["x-shown"],
            }),
          ],
          ...to("one"),
        },
        { ...at("/open"), filters: [cors({ allowOrigins: ["*"], allowMethods: ["GET"] })], ...to("one") },
        to("one"),
      ],
    ),
    httpRoute("wild", ["*.w.test"], [to("two")]),
  ];
}

/** Every host, whatever it is called; what nobody takes is answered 404. */
export function anyHost(urls: Urls): readonly object[] {
  return [
    bundle("any-host", { "test/one:80": urls["one"] }),
    httpRoute(
      "any",
      [],
      [
        { ...at("/moved"), ...redirect({}) },
        { ...at("/moved-prefix"), ...redirect(prefix("/")) },
        { ...at("/one"), ...to("one") },
      ],
    ),
  ];
}

/** Values made of whatever clients send, and a backend where a header asks for it. */
export function made(urls: Urls, jwks: string): readonly object[] {
  return [
    bundle("made", { "test/two:80": urls["two"] }),
    {
      apiVersion: "security.istio.io/v1",
      kind: "RequestAuthentication",
      metadata: { name: "id", namespace: "test" },
      spec: {
        jwtRules: [{ issuer: "id", jwks, outputClaimToHeaders: [{ header: "x-user", claim: "sub" }] }],
      },
    },
    headerRoute("made", [
      {
        name: "users",
        matches: [{ headers: [{ name: "x-user", value: "admin" }] }],
        request: { set: [{ name: "x-found", value: "admin" }] },
        backend: "test/two:80",
      },
      {
        name: "all",
        request: {
          set: [
            { name: "x-query", value: "{request.query}" },
            { name: "x-path", value: "{request.path}" },
            { name: "x-host", value: "{request.host}" },
            { name: "x-claim", value: "{auth.claims.text}" },
            { name: "x-who", value: "{request.headers['x-user']}" },
            { name: "x-text", value: "{request.headers['x-text']}" },
          ],
          copy: [
            { from: "x-user", to: "x-copied-user" },
            { from: "x-several", to: "x-copied" },
          ],
        },
        response: {
          set: [
            { name: "x-said", value: "{request.headers['x-text']}" },
            { name: "x-asked", value: "{request.query}" },
          ],
          add: [{ name: "x-added", value: "{request.path}" }],
        },
      },
    ]),
  ];
}
