// Clients that want another road than the policies give them, or to write what a filter writes. Each test is an attack that
// fails, in the host's proxy and in a real Envoy; where the reference can speak, it says the same.
//
// Shown elsewhere: that generated routes take nobody's word but the filter's (../generated-routes.test.ts), and no stale one
// (../route-choice.test.ts); random routes and requests (../routing-agreement.test.ts).
import http2 from "node:http2";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { interpret, LimitState, type Decision } from "../../compiler/ir/interpret.ts";
import type { HeaderList } from "../support/http-client.ts";
import { sendRaw } from "../support/raw-http.ts";
import { keySet, makeKey, mint, type SigningKey } from "../support/tokens.ts";
import type { Seen } from "../support/echo-upstream.ts";
import { anyHost, made, roads } from "./road-policies.ts";
import { OTHERWISE, startRoads, type Roads } from "./roads.ts";
import { http1, type Fields } from "./wire.ts";

let key: SigningKey;
let under: Roads;

beforeAll(async () => {
  key = await makeKey("HS256");
  under = await startRoads(
    (urls) =>
      new Map([
        ["roads", roads(urls)],
        ["any-host", anyHost(urls)],
        ["made", made(urls, keySet(key))],
      ]),
    ["one", "two", "copies"],
  );
}, 120_000);
afterAll(() => under.close());

interface Outcome {
  readonly status: number;
  readonly headers: HeaderList;
  readonly details: string | undefined;
  /** What a service got. */
  readonly seen: Seen | undefined;
}

/** Sends bytes to every proxy, and tells of each what became of them. */
async function outcomes(filter: string, bytes: string): Promise<(readonly [proxy: string, Outcome])[]> {
  const all: [string, Outcome][] = [];
  for (const [proxy, port] of under.ports(filter)) {
    const { status, headers, body } = await sendRaw(port, bytes);
    const details = one(headers, "x-tollgate-details");
    const seen = body.startsWith("{") ? (JSON.parse(body) as Seen) : undefined;
    all.push([proxy, { status, headers, details, seen }]);
  }
  return all;
}

function one(headers: HeaderList, name: string): string | undefined {
  const values = headers.filter(([other]) => other === name).map(([, value]) => value);
  return values.length > 1 ? values.join(" | ") : values[0];
}

const HOST = "h.test";

function request(target: string, fields: Fields = [], method = "GET"): string {
  const named = fields.some(([name]) => name.toLowerCase() === "host");
  return http1(target, named ? fields : [["Host", HOST], ...fields], method);
}

/** What the reference makes of such a request. */
function reference(filter: string, target: string, fields: Fields = [], method = "GET"): Decision {
  const lower = fields.map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers: HeaderList = [
    [":method", method],
    [":path", target],
    [":authority", lower.find(([name]) => name === "host")?.[1] ?? HOST],
    [":scheme", "http"],
    ...lower.filter(([name]) => name !== "host"),
  ];
  return interpret(under.compiled(filter).program, { headers }, 0n, new LimitState());
}

/** Reaches this service with this path, in every proxy, which is told nothing that was meant for the proxy alone. */
async function reaches(
  filter: string,
  service: string,
  [target, fields, method]: readonly [target: string, fields?: Fields, method?: string],
  path = target,
): Promise<void> {
  for (const [proxy, { status, seen }] of await outcomes(filter, request(target, fields, method))) {
    const internal = seen?.headers.filter(([name]) => INTERNAL.test(name)) ?? [];
    expect({ proxy, target, status, service: seen?.backend, path: seen?.path, internal }).toEqual({
      proxy,
      target,
      status: 200,
      service,
      path,
      internal: [],
    });
  }
}

const INTERNAL = /^x-tollgate-|^x-envoy-(?!original-path|decorator)/;

/** Answered by the filter or by the listener; no service is asked. */
async function answered(
  filter: string,
  status: number,
  details: string,
  [target, fields, method]: readonly [target: string, fields?: Fields, method?: string],
): Promise<void> {
  for (const [proxy, outcome] of await outcomes(filter, request(target, fields, method)))
    expect({ proxy, target, fields, ...outcome, headers: [] }).toEqual({
      proxy,
      target,
      fields,
      status,
      details,
      headers: [],
      seen: undefined,
    });
}

/** Redirected there, in every proxy and by the reference. */
async function moved(filter: string, to: string, target: string, fields: Fields = []): Promise<void> {
  for (const [proxy, { status, headers }] of await outcomes(filter, request(target, fields)))
    expect({ proxy, target, status, location: one(headers, "location") }).toEqual({
      proxy,
      target,
      status: 302,
      location: to,
    });
  const decision = reference(filter, target, fields);
  expect(decision.kind === "refuse" ? decision.headers : []).toEqual([["location", to]]);
}

const NOBODY = "tollgate:routing:none";

describe("headers between the filter and the routes", () => {
  const forged: Fields = [
    ["x-tollgate-cluster", "test/two:80"],
    ["X-Tollgate-Cluster", "test/copies:80"],
    ["X-TOLLGATE-RULE", "0"],
    ["x-tollgate-rule", "1"],
    ["x-envoy-retry-on", "5xx"],
    ["x-envoy-max-retries", "9"],
    ["x-envoy-retriable-status-codes", "200"],
    ["x-envoy-upstream-rq-timeout-ms", "1"],
    ["x-envoy-upstream-rq-per-try-timeout-ms", "1"],
    ["x-envoy-hedge-on-per-try-timeout", "true"],
  ];
  const ways: [string, Fields][] = [
    ["as they are", forged],
    ["from inside, by its own account", [...forged, ["x-forwarded-for", "10.0.0.1"]]],
    ["as the connection's own", [...forged, ["Connection", "x-tollgate-cluster, x-tollgate-rule"]]],
  ];

  test.each(ways)("choose no road when clients write them, %s", async (_, fields) => {
    for (const target of ["/", "/tried", "/mirrored", "/query?v=1", "/shared"])
      await reaches("roads", "one", [target, fields]);
    await reaches("made", OTHERWISE, ["/", fields]);
  });

  test("make no road where there is none", async () => {
    await answered("roads", 404, NOBODY, ["/", [...forged, ["Host", "nobody.test"]]]);
    await answered("any-host", 404, NOBODY, ["/two", forged]);
    await moved("roads", "http://h.test/moved", "/moved", forged);
  });

  test("are no copies' either: a mirror gets the request as the service does", async () => {
    const before = under.reached();
    await reaches("roads", "one", ["/mirrored", forged]);
    const proxies = under.ports("roads").length;
    const copies = (): number => (under.reached()["copies"] ?? 0) - (before["copies"] ?? 0);
    for (let i = 0; i < 200 && copies() < proxies; i++) await new Promise((done) => setTimeout(done, 10));
    expect(copies()).toBe(proxies);
  });

  test("say nothing in trailers", async () => {
    const trailing = `1\r\na\r\n0\r\nx-tollgate-cluster: test/two:80\r\nx-tollgate-rule: 1\r\n\r\n`;
    const head = request(
      "/",
      [
        ["Transfer-Encoding", "chunked"],
        ["Trailer", "x-tollgate-cluster"],
      ],
      "POST",
    );
    for (const [proxy, { seen }] of await outcomes("roads", head + trailing))
      expect({ proxy, service: seen?.backend }).toEqual({ proxy, service: "one" });
  });

  test("say nothing in HTTP/2", async () => {
    const [, port] = under.ports("roads").find(([proxy]) => proxy === "envoy") ?? [];
    if (port === undefined) return;
    const session = http2.connect(`http://127.0.0.1:${port}`);
    try {
      for (const path of ["/", "/tried", "/mirrored"]) {
        const stream = session.request({
          ":authority": HOST,
          ":path": path,
          "x-tollgate-cluster": ["test/two:80", "test/copies:80"],
          "x-tollgate-rule": "1",
        });
        let body = "";
        for await (const piece of stream.setEncoding("utf8")) body += piece as string;
        const seen = JSON.parse(body) as Seen;
        expect({ path, service: seen.backend }).toEqual({ path, service: "one" });
        expect(seen.headers.filter(([name]) => INTERNAL.test(name))).toEqual([]);
      }
    } finally {
      session.close();
    }
  });
});

describe("hosts", () => {
  test.each(["h.test", "H.TEST", "h.test:", "h.test:8080", "h.test:99999"])("%s is h.test", (host) =>
    reaches("roads", "one", ["/", [["Host", host]]]),
  );

  test.each(["a.w.test", "a.b.w.test", "A.W.TEST:8", "_a.w.test"])("%s is below w.test", (host) =>
    reaches("roads", "two", ["/", [["Host", host]]]),
  );

  test.each(
    ["h.test.", "h.test:80:evil", "h.test:0x50", "h.test:999999", "h.test:80@evil.test", "a@h.test"].concat(
      ["h.test,evil.test", "h.test;x", "%68.test", "xh.test", "[h.test]", "[::1]", "::1", ""],
      [
        "w.test",
        ".w.test",
        "a..w.test",
        "a.w.test.",
        "a.w.test:x",
        "*.w.test",
        "a.w.test:80:1",
        "a@b.w.test",
      ],
    ),
  )("%s is nobody's", (host) => answered("roads", 404, NOBODY, ["/", [["Host", host]]]));

  test.each(["h.test evil", "h.test/evil", "h.test?x", "h.test#x", "h.test\\x", "\xfc.w.test"])(
    "%s is no host",
    (host) => answered("roads", 400, "http.invalid_authority", ["/", [["Host", host]]]),
  );

  test("several are one that is nobody's", () =>
    answered("roads", 404, NOBODY, [
      "/",
      [
        ["Host", "h.test"],
        ["Host", "evil.test"],
      ],
    ]));

  test("what stands in the request's target counts, not the header beside it", async () => {
    await answered("roads", 404, NOBODY, ["http://evil.test/", [["Host", "h.test"]]]);
    await reaches("roads", "two", ["http://a.w.test/x", [["Host", "h.test"]]], "/x");
  });
});

describe("redirects", () => {
  test.each([
    ["/moved//evil.test", "http://h.test/moved//evil.test"],
    ["/moved-prefix//evil.test/", "http://h.test//evil.test/"],
    ["/moved-prefix/%2fevil.test", "http://h.test/%2fevil.test"],
    ["/moved/%0d%0aset-cookie:a=b", "http://h.test/moved/%0d%0aset-cookie:a=b"],
    ["/moved?//evil.test", "http://h.test/moved?//evil.test"],
    ["/moved?a=%0d%0ax:y", "http://h.test/moved?a=%0d%0ax:y"],
    ["/moved-scheme", "https://h.test/moved-scheme"],
    ["/moved-port", "http://h.test:8443/moved-port"],
    [`/moved/${"a".repeat(50_000)}`, `http://h.test/moved/${"a".repeat(50_000)}`],
  ])("%.60s stays with its host", (target, to) => moved("roads", to, target));

  test("a client without a host is sent to none: two slashes would begin one", async () => {
    const nameless: Fields = [["Host", ""]];
    await moved("any-host", "/moved/x?y", "/moved/x?y", nameless);
    await moved("any-host", "/.//evil.test/", "/moved-prefix//evil.test/", nameless);
    await moved("any-host", "/.//evil.test?a//b", "/moved-prefix//evil.test?a//b", nameless);
    await moved("any-host", "/", "/moved-prefix", nameless);
  });

  test.each([
    ["[::1]", "http://[::1]/moved"],
    ["[::1]:80", "http://[::1]:80/moved"],
    ["h.test:", "http://h.test:/moved"],
    ["h.test:80:1", "http://h.test:80:1/moved"],
  ])("of a client that names %s lead there", (host, to) => moved("any-host", to, "/moved", [["Host", host]]));

  test("another host's name beside the request's own says nothing", async () => {
    await moved("roads", "http://h.test/moved", "/moved", [["x-forwarded-host", "evil.test"]]);
    await moved("roads", "http://h.test/moved", "/moved", [["x-forwarded-proto", "javascript"]]);
  });
});

describe("paths, methods and queries", () => {
  test("a road's neighbours are not the road", async () => {
    for (const target of ["/rewritten;/x", "/rewritten%2fx", "/rewrittenx", "/REWRITTEN", "//rewritten"])
      await reaches("roads", "one", [target]);
    for (const target of ["/moved;x", "/moved%2fx", "/movedx", "//moved"])
      await answered("any-host", 404, NOBODY, [target]);
  });

  test("what is rewritten is what the filter saw", async () => {
    await reaches("roads", "one", ["/rewritten/x?y=/../z"], "/x?y=/../z");
    await reaches("roads", "one", ["/rewritten/./a/../x"], "/x");
    await reaches("roads", "one", ["/rewritten/..%2fx"], "/..%2fx");
    await reaches("roads", "one", ["/rewritten//x"], "//x");
    await reaches("roads", "one", ["/rewritten"], "/");
  });

  test("no way through a rewrite leads to what is forbidden by its own name", async () => {
    const denied = "tollgate:authorization:test/denied:rules[0]";
    for (const target of [
      "/rewritten/../admin",
      "/rewritten/%2e%2e/admin/x",
      "/moved\\..\\admin",
      "/./admin",
    ])
      await answered("roads", 403, denied, [target]);
  });

  test("a fragment is none", () => answered("roads", 400, "path_normalization_failed", ["/moved#x"]));

  test("the first of a repeated parameter counts, however its name is written", async () => {
    for (const query of ["v=2", "%76=2", "v=%32", "&&v=2", "v=2&v=1"])
      await reaches("roads", "two", [`/query?${query}`]);
    for (const query of [
      "v=1&v=2",
      "%76=1&v=2",
      "V=2",
      "v=1;v=2",
      "a;v=2",
      "v",
      "v=&v=2",
      "v=+2",
      "v=2+",
    ].concat(["v=%zz2", "v%3d=2", "?v=2", "v=2%00", "v[]=2", "%2576=2"]))
      await reaches("roads", "one", [`/query?${query}`]);
  });
});

describe("requests from elsewhere", () => {
  const GOOD = "https://good.test";
  const asks = (origin: string, more: Fields = []): Fields => [
    ["Origin", origin],
    ["Access-Control-Request-Method", "GET"],
    ...more,
  ];
  const sharing = (headers: HeaderList): HeaderList =>
    headers.filter(([name]) => name.startsWith("access-control-") || name === "vary").sort();

  test.each(
    ["https://good.test.evil", "https://evilgood.test", "https://good.test:8443", "http://good.test"].concat(
      ["null", "", "https://good.test/", "https://GOOD.test", "https://x@good.test", "https://.good.test"],
      ["https://good.test, https://evil.test", "https://evil.test#.good.test", "https://a%00.good.test"],
      ["https://evil\\.good.test", "\xff", `https://${"a".repeat(4090)}.good.test`],
    ),
  )("%.50s is let in nowhere", async (origin) => {
    for (const [proxy, { status, headers }] of await outcomes(
      "roads",
      request("/shared", [["Origin", origin]]),
    ))
      expect({ proxy, origin, status, told: sharing(headers) }).toEqual({
        proxy,
        origin,
        status: 200,
        told: [],
      });
    for (const [proxy, { status, headers }] of await outcomes(
      "roads",
      request("/shared", asks(origin), "OPTIONS"),
    ))
      expect({ proxy, origin, status, told: sharing(headers) }).toEqual({
        proxy,
        origin,
        status: 204,
        told: [],
      });
  });

  test("two origins are none", async () => {
    for (const [proxy, { headers }] of await outcomes(
      "roads",
      request("/shared", [
        ["Origin", GOOD],
        ["Origin", "https://evil.test"],
      ]),
    ))
      expect({ proxy, told: sharing(headers) }).toEqual({ proxy, told: [] });
  });

  test("a preflight gets nowhere; what only looks like one is decided as any request", async () => {
    const before = under.reached();
    for (const more of [[], [["Authorization", "Bearer x"]], [["Content-Length", "0"]]] as Fields[])
      for (const [proxy, { status, details }] of await outcomes(
        "roads",
        request("/shared/secret", asks(GOOD, more), "OPTIONS"),
      ))
        expect({ proxy, status, details }).toEqual({
          proxy,
          status: 204,
          details: "tollgate:cors:test/hosts:rules[9]",
        });
    const method = (name: string): Fields[number] => ["Access-Control-Request-Method", name];
    const denied = "tollgate:authorization:test/denied:rules[1]";
    for (const fields of [[["Origin", GOOD]], [method("GET")]] as Fields[])
      await answered("roads", 403, denied, ["/shared/limited", fields, "OPTIONS"]);
    const secret = "tollgate:authorization:test/denied:rules[0]";
    await answered("roads", 403, secret, ["/shared/secret", asks(GOOD), "POST"]);
    await answered("roads", 403, secret, ["/admin", asks(GOOD), "OPTIONS"]);
    expect(under.reached()).toEqual(before);
  });

  test("what is asked for is said again, and splits no header", async () => {
    const asked = "a,,\xff\t{x}";
    for (const [proxy, { headers }] of await outcomes(
      "roads",
      request("/shared", asks(GOOD, [["Access-Control-Request-Headers", asked]]), "OPTIONS"),
    ))
      expect({ proxy, told: sharing(headers) }).toEqual({
        proxy,
        told: [
          ["access-control-allow-credentials", "true"],
          ["access-control-allow-headers", asked],
          ["access-control-allow-methods", "GET"],
          ["access-control-allow-origin", GOOD],
          ["access-control-max-age", "5"],
        ],
      });
    const long = "x".repeat(50_000);
    for (const [, { status, headers }] of await outcomes(
      "roads",
      request("/shared", asks(GOOD, [["Access-Control-Request-Headers", long]]), "OPTIONS"),
    ))
      expect([status, one(headers, "access-control-allow-headers")]).toEqual([204, long]);
  });
});

describe("values that are made of what clients send", () => {
  const MADE = ["x-query", "x-path", "x-host", "x-claim", "x-who", "x-text", "x-copied", "x-copied-user"];
  const bearer = async (claims: object): Promise<Fields[number]> => [
    "Authorization",
    `Bearer ${await mint(key, { iss: "id", sub: "kim", exp: 4_000_000_000, ...claims })}`,
  ];

  /** What the service finds of the made headers, and nothing that no policy wrote. */
  async function makes(
    target: string,
    fields: Fields,
    expected: Readonly<Record<string, string | undefined>>,
  ): Promise<void> {
    for (const [proxy, { status, seen, headers }] of await outcomes("made", request(target, fields))) {
      const found = Object.fromEntries(
        MADE.filter((name) => name in expected).map(
          (name) => [name, one(seen?.headers ?? [], name)] as const,
        ),
      );
      expect({ proxy, status, found }).toEqual({ proxy, status: 200, found: expected });
      const evil = [...(seen?.headers ?? []), ...headers].filter(([name]) => name === "x-evil");
      expect({ proxy, evil }).toEqual({ proxy, evil: [] });
    }
  }
  const absent = undefined;

  test("queries and paths stay encoded", async () => {
    await makes("/%0d%0ax-evil:1?%0d%0ax-evil:1", [], {
      "x-query": "%0d%0ax-evil:1",
      "x-path": "/%0d%0ax-evil:1?%0d%0ax-evil:1",
    });
    await makes("/?{request.host}", [], { "x-query": "{request.host}" });
  });

  test("4,096 bytes are a value, and one more is none", async () => {
    const most = "a".repeat(4096);
    await makes(`/?${most}`, [["x-query", "sent"]], { "x-query": most, "x-path": absent });
    await makes(`/?${most}a`, [["x-query", "sent"]], { "x-query": absent });
    await makes("/", [["x-text", most]], { "x-text": most });
    for (const [proxy, { headers }] of await outcomes("made", request("/", [["x-text", most]])))
      expect({ proxy, said: one(headers, "x-said") }).toEqual({ proxy, said: most });
    for (const [proxy, { headers }] of await outcomes("made", request("/", [["x-text", `${most}a`]])))
      expect({ proxy, said: one(headers, "x-said") }).toEqual({ proxy, said: undefined });
  });

  test.each(["a\r\nx-evil: 1", "a\nx-evil: 1", "a\u0000b", "a\u007f", " a", "a ", "\t", "x".repeat(4097)])(
    "a claim that can be no header's value is none: %j",
    async (text) => {
      await makes("/", [["x-claim", "sent"], await bearer({ text })], { "x-claim": absent });
      await makes("/", [["x-claim", "sent"], await bearer({ text: "kim" })], { "x-claim": "kim" });
    },
  );

  test("bytes that are no UTF-8 are bytes", async () => {
    for (const [proxy, { headers }] of await outcomes("made", request("/", [["x-text", "\xff\xfe("]])))
      expect({ proxy, said: one(headers, "x-said") }).toEqual({ proxy, said: "\xff\xfe(" });
  });

  test("a header that a token fills is the token's, whoever else writes it", async () => {
    const forged: Fields = [
      ["x-user", "admin"],
      ["X-User", "admin"],
    ];
    await makes("/", forged, { "x-who": absent, "x-copied-user": absent });
    await reaches("made", OTHERWISE, ["/", forged]);
    await makes("/", [...forged, await bearer({})], { "x-who": "kim", "x-copied-user": "kim" });
    await reaches("made", OTHERWISE, ["/", [...forged, await bearer({})]]);
    await reaches("made", "two", ["/", [["x-user", "kim"], await bearer({ sub: "admin" })]]);
    await reaches("made", OTHERWISE, ["/", [await bearer({ sub: "admin\r\nx-evil: 1" })]]);
  });
});
