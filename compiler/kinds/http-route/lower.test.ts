// What HTTPRoutes mean, sentence by sentence of the standard, by the plain meaning of what they become.
import { describe, expect, test } from "@jest/globals";
import type { Program } from "../../ir/program.ts";
import { checkPolicies } from "../../testing/findings.ts";
import { ask, lowered, type Ask } from "./testing.ts";

/** Services `a` to `d`, port 1, of the namespaces `default` and `far`. */
const services = ["default", "far"].flatMap((namespace) =>
  ["a", "b", "c", "d"].map((name) => `"${namespace}/${name}:1": "http://127.0.0.1:1"`),
);
const bundle = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { backends: { ${services.join(", ")} } }
`;

function document(kind: string, metadata: string, spec: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1\nkind: ${kind}\nmetadata: { ${metadata} }\nspec: { ${spec} }\n`;
}

const route = (metadata: string, spec: string): string => document("HTTPRoute", metadata, spec);
const to = (service: string): string => `backendRefs: [{ name: ${service}, port: 1 }]`;

function programOf(...documents: string[]): Program {
  return lowered([...documents, bundle].join("---\n")).program;
}

/** The program of one route with these rules. */
function ruled(...rules: string[]): Program {
  return programOf(route("name: r", `rules: [${rules.map((rule) => `{ ${rule} }`).join(", ")}]`));
}

/** The Service that a request goes to, or the status that it is answered with. */
function goesTo(program: Program, asked: Ask): string | number | undefined {
  const { cluster, status } = ask(program, asked);
  return cluster === undefined ? status : cluster.replace(/^default\/|:1$/g, "");
}

describe("hostnames", () => {
  const program = programOf(
    route("name: exact", `hostnames: [a.test], rules: [{ ${to("a")} }]`),
    route("name: long", `hostnames: ["*.b.a.test"], rules: [{ ${to("b")} }]`),
    route("name: short", `hostnames: ["*.a.test"], rules: [{ ${to("c")} }]`),
  );
  test.each([
    ["a.test", "a"],
    ["A.Test", "a"],
    ["a.test:8080", "a"],
    ["a.test:", "a"],
    ["x.a.test", "c"],
    ["x.y.a.test:80", "c"],
    ["x_y.a.test", "c"],
    ["b.a.test", "c"],
    ["x.b.a.test", "b"],
    ["X.B.A.TEST:1", "b"],
    ["test", 404],
    ["b.test", 404],
    ["xa.test", 404],
    [".a.test", 404],
    ["a.test.", 404],
    ["a.test:x", 404],
    ["a.test:80:80", 404],
    ["a.test:123456", 404],
    ["a.test:80@b.test", 404],
    ["x@a.test", 404],
    ["b.test#.a.test", 404],
    ["b.test/.a.test", 404],
    ["x..a.test", 404],
    ["[::1]:80", 404],
    ["", 404],
  ])("%s", (host, wanted) => {
    expect(goesTo(program, { host })).toBe(wanted);
  });

  test("a route without hostnames takes every host, even none", () => {
    const open = ruled(to("a"));
    for (const host of ["", "[::1]:80", "a.test", "10.0.0.1"]) expect(goesTo(open, { host })).toBe("a");
  });

  test("the most specific hostname goes before any path", () => {
    const mixed = programOf(
      route(
        "name: r1",
        `hostnames: ["*.test"], rules: [{ matches: [{ path: { type: Exact, value: /x } }], ${to("a")} }]`,
      ),
      route(
        "name: r2",
        `hostnames: [a.test], rules: [{ matches: [{ path: { value: / }, method: GET }], ${to("b")} }]`,
      ),
      route("name: r3", `rules: [{ matches: [{ path: { type: Exact, value: /x } }], ${to("c")} }]`),
    );
    expect(goesTo(mixed, { host: "a.test", path: "/x" })).toBe("b");
    expect(goesTo(mixed, { host: "a.test", path: "/x", method: "PUT" })).toBe("a");
    expect(goesTo(mixed, { host: "a", path: "/x" })).toBe("c");
    expect(goesTo(mixed, { host: "a", path: "/y" })).toBe(404);
  });
});

describe("listeners", () => {
  const gateway = (listeners: string, metadata = "name: web"): string =>
    document("Gateway", metadata, `listeners: [${listeners}]`);
  const listener = (hostname: string, more = "protocol: HTTP, port: 80"): string =>
    `{ name: l, hostname: "${hostname}", ${more} }`;
  const attached = (hostnames: string, more = ""): string =>
    route(
      "name: r",
      `parentRefs: [{ name: web${more} }], hostnames: [${hostnames}], rules: [{ ${to("a")} }]`,
    );
  const taken = (program: Program, hosts: readonly string[]): string[] =>
    hosts.filter((host) => goesTo(program, { host }) === "a");

  // The standard's own examples.
  const hosts = ["example.com", "test.example.com", "foo.test.example.com", "test.example.net"];
  test.each([
    ["test.example.com", "", ["test.example.com"]],
    ["test.example.com", "test.example.com", ["test.example.com"]],
    ["test.example.com", '"*.example.com"', ["test.example.com"]],
    ["test.example.com", '"*.test.example.com"', []],
    ["*.example.com", "", ["test.example.com", "foo.test.example.com"]],
    ["*.example.com", '"*.example.com"', ["test.example.com", "foo.test.example.com"]],
    ["*.example.com", "test.example.com", ["test.example.com"]],
    ["*.example.com", "foo.test.example.com", ["foo.test.example.com"]],
    ["*.example.com", "example.com", []],
    ["*.example.com", "test.example.com, test.example.net", ["test.example.com"]],
    ["*.test.example.com", '"*.example.com"', ["foo.test.example.com"]],
    ["*.example.com", '"*.test.example.com"', ["foo.test.example.com"]],
    ["", "example.com", ["example.com"]],
    ["Test.Example.com", "", ["test.example.com"]],
  ])("a listener for `%s`, a route for `%s`", (served, own, wanted) => {
    expect(taken(programOf(gateway(listener(served)), attached(own)), hosts)).toEqual(wanted);
  });

  test("`sectionName` and `port` choose among listeners", () => {
    const two = gateway(`${listener("a.test")}, { name: m, hostname: b.test, protocol: HTTP, port: 81 }`);
    const shown = (more: string): string[] => taken(programOf(two, attached("", more)), ["a.test", "b.test"]);
    expect(shown("")).toEqual(["a.test", "b.test"]);
    expect(shown(", sectionName: m")).toEqual(["b.test"]);
    expect(shown(", port: 80")).toEqual(["a.test"]);
    expect(shown(", port: 80, sectionName: m")).toEqual([]);
  });

  test("of another namespace only where the listener allows it", () => {
    const far = ", namespace: far";
    const shown = (allowed: string): string[] =>
      taken(
        programOf(
          gateway(
            `{ name: l, protocol: HTTP, port: 80, allowedRoutes: { ${allowed} } }`,
            "name: web, namespace: far",
          ),
          attached("", far),
        ),
        ["a.test"],
      );
    expect(shown("")).toEqual([]);
    expect(shown("namespaces: { from: Same }")).toEqual([]);
    expect(shown("namespaces: { from: None }")).toEqual([]);
    expect(shown("namespaces: { from: All }")).toEqual(["a.test"]);
    expect(shown("namespaces: { from: Selector }, kinds: []")).toEqual(["a.test"]);
    expect(shown("namespaces: { from: All }, kinds: [{ kind: TLSRoute }]")).toEqual([]);
  });

  test("a parent that is not in the bundle: hostnames as written", () => {
    const program = programOf(
      gateway(listener("b.test")),
      route(
        "name: r",
        `parentRefs: [{ name: web }, { name: other }], hostnames: [a.test], rules: [{ ${to("a")} }]`,
      ),
    );
    expect(taken(program, ["a.test", "b.test"])).toEqual(["a.test"]);
  });

  test("a redirect at the listener for HTTP, backends at the one for HTTPS", () => {
    const two = `{ name: l, protocol: HTTP, port: 80 }, { name: m, protocol: HTTPS, port: 443 }`;
    const at = (name: string, section: string, rule: string): string =>
      route(
        `name: ${name}`,
        `parentRefs: [{ name: web${section} }], hostnames: [a.test], rules: [{ ${rule} }]`,
      );
    const https = "filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }]";
    const program = programOf(
      gateway(two),
      at("r1", ", sectionName: l", https),
      at("r2", ", sectionName: m", to("a")),
      at("r3", "", `matches: [{ path: { value: /both } }], ${to("b")}`),
    );
    expect(ask(program, { scheme: "http", path: "/x" }).location).toBe("https://a.test/x");
    expect(goesTo(program, { scheme: "https", path: "/x" })).toBe("a");
    for (const scheme of ["http", "https"]) expect(goesTo(program, { scheme, path: "/both" })).toBe("b");
    const hosts = gateway(
      "{ name: l, hostname: a.test, protocol: HTTP, port: 80 }, { name: m, hostname: b.test, protocol: HTTPS, port: 443 }",
    );
    const split = programOf(hosts, attached(""));
    expect(goesTo(split, { host: "b.test", scheme: "http" })).toBe(404);
    expect(goesTo(split, { host: "b.test", scheme: "https" })).toBe("a");
    // Where the Gateway has one scheme, it is not looked at.
    const one = programOf(gateway("{ name: m, protocol: HTTPS, port: 443 }"), at("r", "", to("a")));
    expect(goesTo(one, { scheme: "http" })).toBe("a");
  });

  test("of hostnames that a listener makes equal the one that is longer as written goes first", () => {
    const program = programOf(
      gateway(listener("x.a.test")),
      route("name: r1", `parentRefs: [{ name: web }], rules: [{ ${to("a")} }]`),
      route("name: r2", `parentRefs: [{ name: web }], hostnames: ["*.test"], rules: [{ ${to("b")} }]`),
      route("name: r3", `parentRefs: [{ name: web }], hostnames: ["*.a.test"], rules: [{ ${to("c")} }]`),
    );
    expect(goesTo(program, { host: "x.a.test" })).toBe("c");
  });
});

describe("paths", () => {
  const at = (type: string, value: string, service = "a"): string =>
    `matches: [{ path: { type: ${type}, value: "${value}" } }], ${to(service)}`;
  test.each([
    [
      "PathPrefix",
      "/abc",
      ["/abc", "/abc/", "/abc/def", "/abc?x", "/abc/?x"],
      ["/abcd", "/ab", "/Abc", "/x/abc", "/abc%2Fd"],
    ],
    ["PathPrefix", "/abc/", ["/abc", "/abc/", "/abc/def"], ["/abcd"]],
    ["PathPrefix", "/", ["/", "/a", "/a?b", "*"], []],
    ["Exact", "/abc", ["/abc", "/abc?x=y"], ["/abc/", "/Abc", "/abcd", "/ab"]],
    ["Exact", "/abc/", ["/abc/"], ["/abc", "/abc/d"]],
    ["RegularExpression", "/a.c|/d+", ["/abc", "/a-c", "/dd", "/d?x"], ["/abcd", "/x/abc", "/ddx"]],
  ])("%s %s", (type, value, taken, left) => {
    const program = ruled(at(type, value));
    for (const path of taken) expect([path, goesTo(program, { path })]).toEqual([path, "a"]);
    for (const path of left) expect([path, goesTo(program, { path })]).toEqual([path, 404]);
  });

  test("exact before regular expressions, these before prefixes; the longer first", () => {
    const program = ruled(
      at("PathPrefix", "/a", "a"),
      at("PathPrefix", "/a/b/", "b"),
      at("RegularExpression", "/a/x.*", "c"),
      at("Exact", "/a/xy", "d"),
      at("RegularExpression", "/a/x.*z*", "b"),
    );
    expect(goesTo(program, { path: "/a" })).toBe("a");
    expect(goesTo(program, { path: "/a/b" })).toBe("b");
    expect(goesTo(program, { path: "/a/bc" })).toBe("a");
    expect(goesTo(program, { path: "/a/x" })).toBe("b");
    expect(goesTo(program, { path: "/a/xy" })).toBe("d");
  });
});

describe("matches", () => {
  const shown = (match: string, asked: Ask): boolean =>
    goesTo(ruled(`matches: [${match}], ${to("a")}`), asked) === "a";

  test("names of headers have no case, their values have; any of several values counts", () => {
    const match = "{ headers: [{ name: X-Version, value: One }] }";
    expect(shown(match, { headers: [["x-version", "One"]] })).toBe(true);
    expect(shown(match, { headers: [["x-version", "one"]] })).toBe(false);
    expect(
      shown(match, {
        headers: [
          ["x-version", "Two"],
          ["x-version", "One"],
        ],
      }),
    ).toBe(true);
    expect(shown(match, {})).toBe(false);
    expect(shown("{ headers: [{ name: host, value: a.test }] }", { host: "a.test" })).toBe(true);
  });

  test("of equivalent names the first counts", () => {
    const match =
      "{ headers: [{ name: v, value: a }, { name: V, value: b }], queryParams: [{ name: q, value: a }, { name: q, value: b }] }";
    expect(shown(match, { headers: [["v", "a"]], path: "/?q=a" })).toBe(true);
    expect(shown(match, { headers: [["v", "b"]], path: "/?q=a" })).toBe(false);
    expect(shown("{ queryParams: [{ name: q, value: a }, { name: Q, value: b }] }", { path: "/?q=a" })).toBe(
      false,
    );
  });

  test("query parameters are decoded, of several the first counts, names have a case", () => {
    const match = '{ queryParams: [{ name: q, value: "a b&c" }] }';
    expect(shown(match, { path: "/?q=a%20b%26c" })).toBe(true);
    expect(shown(match, { path: "/?x=1&q=%61%20b%26c" })).toBe(true);
    expect(shown(match, { path: "/?q=a+b%26c" })).toBe(false);
    expect(shown(match, { path: "/?q=x&q=a%20b%26c" })).toBe(false);
    expect(shown(match, { path: "/?Q=a%20b%26c" })).toBe(false);
  });

  test("regular expressions match whole values", () => {
    const match =
      '{ headers: [{ name: v, type: RegularExpression, value: "[0-9]+" }], queryParams: [{ name: q, type: RegularExpression, value: "a|b" }] }';
    expect(shown(match, { headers: [["v", "12"]], path: "/?q=b" })).toBe(true);
    expect(shown(match, { headers: [["v", "12x"]], path: "/?q=b" })).toBe(false);
    expect(shown(match, { headers: [["v", "12"]], path: "/?q=ab" })).toBe(false);
  });

  test("empty lists ask for nothing", () => {
    expect(shown("{ headers: [], queryParams: [] }", {})).toBe(true);
    expect(goesTo(ruled(`matches: [], filters: [], ${to("a")}`), {})).toBe("a");
  });

  test("a route without rules takes every request, and has nowhere to send it", () => {
    expect(goesTo(programOf(route("name: r", "")), { path: "/x" })).toBe(500);
  });
});

describe("precedence of equal matches", () => {
  const dated = (name: string, service: string, created?: string): string =>
    route(
      `name: ${name}${created === undefined ? "" : `, creationTimestamp: ${created}`}`,
      `rules: [{ ${to(service)} }]`,
    );

  test("the oldest route, those without a date last", () => {
    const [early, late] = ['"2025-01-01T00:00:00Z"', '"2025-01-01T02:00:00+01:00"'];
    expect(goesTo(programOf(dated("r1", "a", late), dated("r2", "b", early), dated("r0", "c")), {})).toBe(
      "b",
    );
    expect(goesTo(programOf(dated("r1", "a", late), dated("r0", "c", "null")), {})).toBe("a");
  });

  test("then `namespace/name` in the alphabet", () => {
    expect(goesTo(programOf(dated("r2", "b"), dated("r1", "a")), {})).toBe("a");
    const near = route(
      "name: z, namespace: a-b",
      `rules: [{ backendRefs: [{ name: a, namespace: a-b, port: 1 }] }]`,
    );
    const backends = bundle.replace(
      '"default/a:1"',
      '"a-b/a:1": "http://127.0.0.1:1", "a/a:1": "http://127.0.0.1:1", "default/a:1"',
    );
    const far = near.replaceAll("a-b", "a");
    // `-` goes before `/`.
    expect(ask(lowered([far, near, backends].join("---\n")).program, {}).cluster).toBe("a-b/a:1");
  });

  test("then the order in the route", () => {
    expect(goesTo(ruled(to("a"), to("b")), {})).toBe("a");
  });

  test("before all that: method, then headers, then query parameters", () => {
    const program = ruled(
      `matches: [{ queryParams: [{ name: a, value: a }, { name: b, value: b }, { name: c, value: c }] }], ${to("a")}`,
      `matches: [{ headers: [{ name: v, value: v }] }], ${to("b")}`,
      `matches: [{ method: GET }], ${to("c")}`,
      `matches: [{ method: GET, headers: [{ name: v, value: v }], queryParams: [{ name: a, value: a }] }], ${to("d")}`,
    );
    const headers = [["v", "v"]] as const;
    const path = "/?a=a&b=b&c=c";
    expect(goesTo(program, { headers, path })).toBe("d");
    expect(goesTo(program, { headers })).toBe("c");
    expect(goesTo(program, { headers, path, method: "PUT" })).toBe("b");
    expect(goesTo(program, { path, method: "PUT" })).toBe("a");
    expect(goesTo(program, { method: "PUT" })).toBe(404);
  });
});

/** The standard's table of `ReplacePrefixMatch`. */
const replaced: readonly (readonly [path: string, prefix: string, to: string, becomes: string])[] = [
  ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
  ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
  ["/foo/bar", "/foo/", "/xyz", "/xyz/bar"],
  ["/foo/bar", "/foo/", "/xyz/", "/xyz/bar"],
  ["/foo", "/foo", "/xyz", "/xyz"],
  ["/foo/", "/foo", "/xyz", "/xyz/"],
  ["/foo/bar", "/foo", "", "/bar"],
  ["/foo/", "/foo", "", "/"],
  ["/foo", "/foo", "", "/"],
  ["/foo/", "/foo", "/", "/"],
  ["/foo", "/foo", "/", "/"],
  // And what it leaves out.
  ["/foo/bar?x=/foo", "/foo", "/xyz", "/xyz/bar?x=/foo"],
  ["/foo?x", "/foo", "", "/?x"],
  ["/bar", "/", "/xyz", "/xyz/bar"],
  ["/", "/", "/xyz", "/xyz/"],
  ["/bar", "/", "/", "/bar"],
];

describe("URLRewrite", () => {
  const rewriting = (rewrite: string, match = ""): Program =>
    ruled(`${match}filters: [{ type: URLRewrite, urlRewrite: { ${rewrite} } }], ${to("a")}`);

  test.each(replaced)("%s, prefix %s, by `%s`", (path, prefix, by, becomes) => {
    const program = rewriting(
      `path: { type: ReplacePrefixMatch, replacePrefixMatch: "${by}" }`,
      `matches: [{ path: { value: "${prefix}" } }], `,
    );
    expect(ask(program, { path })).toMatchObject({ cluster: "default/a:1", path: becomes });
  });

  test("there is no prefix in `OPTIONS *`", () => {
    const program = rewriting("path: { type: ReplacePrefixMatch, replacePrefixMatch: /x }");
    expect(ask(program, { method: "OPTIONS", path: "*" }).status).toBe(404);
  });

  test("the whole path, and the host", () => {
    const program = rewriting("hostname: b.test, path: { type: ReplaceFullPath, replaceFullPath: /x }");
    expect(ask(program, { path: "/a/b?c" })).toMatchObject({ host: "b.test", path: "/x?c" });
    expect(ask(rewriting("hostname: b.test"), { path: "/a?c" })).toMatchObject({
      host: "b.test",
      path: "/a?c",
    });
    expect(ask(ruled(to("a")), { host: "A.test:80" })).toMatchObject({ host: "A.test:80" });
  });
});

describe("RequestRedirect", () => {
  const redirecting = (redirect: string, match = ""): string =>
    `${match}filters: [{ type: RequestRedirect, requestRedirect: { ${redirect} } }]`;
  const location = (program: Program, asked: Ask): string | undefined => ask(program, asked).location;

  test.each(replaced)("%s, prefix %s, by `%s`", (path, prefix, by, becomes) => {
    const program = ruled(
      redirecting(
        `path: { type: ReplacePrefixMatch, replacePrefixMatch: "${by}" }`,
        `matches: [{ path: { value: "${prefix}" } }], `,
      ),
    );
    expect(location(program, { path })).toBe(`http://a.test${becomes}`);
  });

  test.each([301, 302, 303, 307, 308])("status %i", (status) => {
    expect(ask(ruled(redirecting(`statusCode: ${status}`)), {}).status).toBe(status);
  });

  test("302 where none is given", () => {
    expect(ask(ruled(redirecting("scheme: https")), {}).status).toBe(302);
  });

  test.each([
    // The scheme's own port, where a scheme is given.
    ["scheme: https", "http", "a.test:8080", "https://a.test/"],
    ["scheme: http", "https", "a.test:8443", "http://a.test/"],
    // The port that is given, unless it is the scheme's own.
    ["scheme: https, port: 8443", "http", "a.test", "https://a.test:8443/"],
    ["scheme: https, port: 443", "http", "a.test:1", "https://a.test/"],
    ["port: 80", "http", "a.test:1", "http://a.test/"],
    ["port: 80", "https", "a.test", "https://a.test:80/"],
    // Else the request's.
    ["hostname: b.test", "http", "a.test:8080", "http://b.test:8080/"],
    ["hostname: b.test", "https", "a.test", "https://b.test/"],
  ])("%s of %s://%s", (redirect, scheme, host, wanted) => {
    expect(location(ruled(redirecting(redirect)), { scheme, host })).toBe(wanted);
  });

  test("the listener's port, where there is one", () => {
    const shown = (listeners: string): string | undefined =>
      location(
        programOf(
          document("Gateway", "name: web", `listeners: [${listeners}]`),
          route("name: r", `parentRefs: [{ name: web }], rules: [{ ${redirecting("hostname: b.test")} }]`),
        ),
        { host: "a.test:1" },
      );
    expect(shown("{ name: l, protocol: HTTP, port: 8080 }")).toBe("http://b.test:8080/");
    expect(shown("{ name: l, protocol: HTTP, port: 80 }")).toBe("http://b.test/");
    expect(shown("{ name: l, protocol: HTTP, port: 80 }, { name: m, protocol: HTTPS, port: 443 }")).toBe(
      "http://b.test:1/",
    );
  });

  test("with changes to the response", () => {
    const program = ruled(
      "filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }, { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: X-A, value: b }] } }]",
    );
    expect(ask(program, {}).response.get("x-a")).toEqual(["b"]);
  });
});

describe("header modifiers", () => {
  const modifying = (type: string, of: string, rest = to("a")): string =>
    `filters: [{ type: ${type}, ${type[0]?.toLowerCase()}${type.slice(1)}: { ${of} } }], ${rest}`;

  test("of requests: the standard's examples", () => {
    const shown = (of: string): Program => ruled(modifying("RequestHeaderModifier", of));
    const headers = [["my-header", "foo"]] as const;
    const found = (of: string): readonly string[] | undefined =>
      ask(shown(of), { headers }).headers.get("my-header");
    expect(found("set: [{ name: My-Header, value: bar }]")).toEqual(["bar"]);
    expect(found('add: [{ name: my-header, value: "bar,baz" }]')?.join(",")).toBe("foo,bar,baz");
    expect(found("remove: [MY-HEADER]")).toBeUndefined();
    expect(found("set: [], add: [], remove: []")).toEqual(["foo"]);
  });

  test("of responses, of the rule and then of the backend", () => {
    const program = ruled(
      modifying(
        "ResponseHeaderModifier",
        "set: [{ name: x-a, value: rule }], add: [{ name: x-b, value: rule }], remove: [server]",
        `backendRefs: [{ name: a, port: 1, filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: X-A, value: backend }], add: [{ name: x-b, value: backend }] } }, { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-c, value: backend }] } }] }]`,
      ),
    );
    const { response, headers } = ask(program, {});
    expect(response.get("x-a")).toEqual(["backend"]);
    expect(response.get("x-b")).toEqual(["rule", "backend"]);
    expect(headers.get("x-c")).toEqual(["backend"]);
  });

  test("beyond ASCII as UTF-8", () => {
    const program = ruled(modifying("RequestHeaderModifier", "set: [{ name: x-a, value: é }]"));
    expect(ask(program, {}).headers.get("x-a")).toEqual([Buffer.from("é").toString("latin1")]);
  });
});

describe("backends", () => {
  test("weights are shares, and those of invalid backends are answered 500", () => {
    const program = ruled(
      "backendRefs: [{ name: a, port: 1, weight: 1 }, { name: b, port: 1, weight: 0 }, { name: c, namespace: far, port: 1, weight: 3 }, { name: d, kind: Bucket, port: 1, weight: 0 }]",
    );
    const [rule] = program.httpRoutes?.rules ?? [];
    expect(rule?.action).toMatchObject({
      backends: [
        { cluster: "default/a:1", weight: 1 },
        { cluster: undefined, weight: 3 },
      ],
    });
    expect(program.backends.map(({ cluster }) => cluster)).toEqual(["default/a:1"]);
  });

  test("one without a weight counts once; only an invalid one, or none: 500", () => {
    expect(goesTo(ruled("backendRefs: [{ name: a, namespace: far, port: 1 }]"), {})).toBe(500);
    expect(goesTo(ruled("backendRefs: []"), {})).toBe(500);
    expect(ruled(to("a")).httpRoutes?.rules[0]?.action).toMatchObject({ backends: [{ weight: 1 }] });
  });

  test("a grant makes a backend of another namespace one", () => {
    const grant = `apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g, namespace: far }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }]
  to: [{ group: "", kind: Service }]
`;
    const far = route("name: r", "rules: [{ backendRefs: [{ name: a, namespace: far, port: 1 }] }]");
    expect(goesTo(programOf(grant, far), {})).toBe("far/a");
    expect(goesTo(programOf(grant.replace("namespace: far", "namespace: default"), far), {})).toBe(500);
  });
});

describe("what Envoy is told", () => {
  const action = (rule: string): unknown => ruled(`${rule}, ${to("a")}`).httpRoutes?.rules[0]?.action;

  test("timeouts and retries", () => {
    expect(action("timeouts: { request: 1m30s, backendRequest: 500ms }")).toMatchObject({
      timeouts: { request: 90_000, backendRequest: 500 },
    });
    expect(action("timeouts: { request: 0s }")).toMatchObject({ timeouts: { request: 0 } });
    expect(action("timeouts: {}")).not.toHaveProperty("timeouts");
    expect(action("retry: { codes: [503, 500, 503], attempts: 0 }")).toMatchObject({
      retry: { codes: [503, 500], attempts: 0 },
    });
    expect(action("retry: {}")).toMatchObject({ retry: { codes: [] } });
    expect(action("retry: {}")).not.toHaveProperty("setting");
  });

  test("settings have an id that says what they say", () => {
    const mirror = (more = ""): string =>
      `filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: b, port: 1 }${more} } }]`;
    const setting = (rule: string): unknown => (action(rule) as { setting?: unknown }).setting;
    expect(setting(mirror())).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      mirrors: [{ cluster: "default/b:1", numerator: 100, denominator: 100 }],
    });
    expect(setting(mirror())).toEqual(setting(`${mirror(", percent: 100")}, matches: [{ method: GET }]`));
    expect(setting(mirror())).not.toEqual(setting(mirror(", percent: 99")));
    expect(setting(mirror(", percent: 0"))).toBeUndefined();
    const share = (fraction: string): unknown => setting(mirror(`, fraction: { ${fraction} }`));
    expect(share("numerator: 1")).toMatchObject({ mirrors: [{ numerator: 1, denominator: 100 }] });
    expect(share("numerator: 1, denominator: 200")).toMatchObject({
      mirrors: [{ numerator: 50, denominator: 10_000 }],
    });
    expect(share("numerator: 1, denominator: 3")).toMatchObject({
      mirrors: [{ numerator: 333_333, denominator: 1_000_000 }],
    });
    expect(share("numerator: 1, denominator: 2147483647")).toMatchObject({
      mirrors: [{ numerator: 1, denominator: 1_000_000 }],
    });
    expect(setting("retry: { backoff: 1s, attempts: 2 }")).toMatchObject({
      mirrors: [],
      retryBackoffMs: 1000,
    });
  });
});

describe("CORS", () => {
  const program = (cors: string, more = to("a")): Program =>
    ruled(`filters: [{ type: CORS, cors: { ${cors} } }], ${more}`);
  const preflight = (of: Program, origin: string, more: Ask["headers"] = []): ReturnType<typeof ask> =>
    ask(of, {
      method: "OPTIONS",
      headers: [["origin", origin], ["access-control-request-method", "PUT"], ...more],
    });
  const allowed = (origins: string, origin: string): boolean =>
    preflight(program(`allowOrigins: [${origins}]`), origin).response.has("access-control-allow-origin");

  test.each([
    [
      "https://a.test",
      ["https://a.test"],
      ["http://a.test", "https://a.test:8443", "https://b.a.test", "https://a.test.b", "null", ""],
    ],
    ["http://A.test:80", ["http://a.test"], ["http://a.test:81"]],
    ["http://a.test:8080", ["http://a.test:8080"], ["http://a.test", "http://a.test:80801"]],
    [
      "https://*.a.test",
      ["https://b.a.test", "https://c.b.a.test"],
      [
        "https://a.test",
        "https://ba.test",
        "http://b.a.test",
        "https://b.a.test:1",
        "https://b.a.test.c",
        "https://x/.a.test",
      ],
    ],
    [
      "https://*",
      ["https://a.test", "https://localhost", "https://[::1]"],
      ["http://a.test", "https://a.test:1", "null", "https://"],
    ],
    ["http://*:8080", ["http://a.test:8080"], ["http://a.test"]],
    ["*", ["http://a.test", "null", "https://b.test:1"], []],
  ])("origins by %s", (origin, taken, left) => {
    for (const one of taken) expect([one, allowed(JSON.stringify(origin), one)]).toEqual([one, true]);
    for (const one of left) expect([one, allowed(JSON.stringify(origin), one)]).toEqual([one, false]);
  });

  test("a preflight is answered by the rule that would take what it asks about", () => {
    const of = program(
      'allowOrigins: ["https://b.test"], allowMethods: [PUT, DELETE], allowHeaders: [X-A, x-b], allowCredentials: true, maxAge: 60',
      `matches: [{ method: PUT }], ${to("a")}`,
    );
    const { status, response } = preflight(of, "https://b.test");
    expect(status).toBe(204);
    expect(Object.fromEntries(response)).toEqual({
      "access-control-allow-origin": ["https://b.test"],
      "access-control-allow-credentials": ["true"],
      "access-control-allow-methods": ["PUT, DELETE"],
      "access-control-allow-headers": ["X-A, x-b"],
      "access-control-max-age": ["60"],
    });
    expect(ask(of, { method: "OPTIONS", headers: [["origin", "https://b.test"]] }).status).toBe(404);
  });

  test("everything is an asterisk without credentials, and what is asked for with them", () => {
    const all = 'allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], exposeHeaders: ["*"]';
    const asking = [["access-control-request-headers", "x-a"]] as const;
    const open = preflight(program(all), "https://b.test", asking).response;
    expect(open.get("access-control-allow-origin")).toEqual(["*"]);
    expect(open.get("access-control-allow-methods")).toEqual(["*"]);
    expect(open.get("access-control-max-age")).toEqual(["5"]);
    const named = preflight(program(`${all}, allowCredentials: true`), "https://b.test", asking).response;
    expect(named.get("access-control-allow-origin")).toEqual(["https://b.test"]);
    expect(named.get("access-control-allow-methods")).toEqual(["PUT"]);
    expect(named.get("access-control-allow-headers")).toEqual(["x-a"]);
  });

  test("the response to what may be asked", () => {
    const of = program('allowOrigins: ["https://b.test"], exposeHeaders: [x-a, X-B]');
    const { cluster, response } = ask(of, { headers: [["origin", "https://b.test"]] });
    expect(cluster).toBe("default/a:1");
    expect(response.get("access-control-allow-origin")).toEqual(["https://b.test"]);
    expect(response.get("access-control-expose-headers")).toEqual(["x-a, X-B"]);
    expect(ask(of, { headers: [["origin", "https://c.test"]] }).response.size).toBe(0);
  });
});

describe("workloads", () => {
  const workloads = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec:
  backends: { default/a:1: "http://127.0.0.1:1" }
  workloads:
    - { name: edge, namespace: infra, labels: { gateway.networking.k8s.io/gateway-name: web } }
    - { name: orders, labels: { app: orders } }
    - { name: stock }
`;
  const service = `apiVersion: v1\nkind: Service\nmetadata: { name: o }\nspec: { selector: { app: orders } }\n`;
  const holders = (parents: string): (string | undefined)[] => {
    const { targets, diagnostics } = checkPolicies(
      [route("name: r", `${parents}rules: [{ ${to("a")} }]`), service, workloads].join("---\n"),
    );
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    return targets.filter(({ program }) => program.httpRoutes).map(({ workload }) => workload);
  };

  test.each([
    ["", ["edge", "orders", "stock"]],
    ["parentRefs: [], ", ["edge", "orders", "stock"]],
    ["parentRefs: [{ name: web, namespace: infra }], ", ["edge"]],
    ["parentRefs: [{ name: web }], ", ["edge", "orders", "stock"]],
    ['parentRefs: [{ kind: Service, group: "", name: o }], ', ["orders"]],
    ['parentRefs: [{ kind: Service, group: "", name: stock }], ', ["stock"]],
    ['parentRefs: [{ kind: Service, group: "", name: none }], ', []],
    [
      'parentRefs: [{ kind: Service, group: "", name: o }, { name: web, namespace: infra }], ',
      ["edge", "orders"],
    ],
  ])("%s", (parents, wanted) => {
    expect(holders(parents)).toEqual(wanted);
  });

  test("a route for nobody is said", () => {
    const { diagnostics } = checkPolicies(
      [
        route("name: r", `parentRefs: [{ kind: Service, group: "", name: none }], rules: [{ ${to("a")} }]`),
        workloads,
      ].join("---\n"),
    );
    expect(diagnostics.map(({ message }) => message)).toContain(
      "the HTTPRoute `default/r` applies to no workload",
    );
  });
});
