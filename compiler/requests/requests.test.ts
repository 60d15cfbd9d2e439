// What is written of a request reads as the same request again.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Request } from "../ir/interpret.ts";
import { isRefused, present, readDescription, requestLine, requestYaml } from "./index.ts";

/** The request that a text describes. */
function read(text: string): Request {
  const diagnostics = new Diagnostics();
  const file = { path: "r.yaml", shown: "r.yaml", text };
  const description = readDescription(file, diagnostics);
  if (!description) throw new Error(diagnostics.all.map(({ message }) => message).join("; "));
  const presented = present(description);
  if (isRefused(presented)) throw new Error(presented.details);
  return presented;
}

const text = fc
  .stringMatching(/^[ -~äé€]{0,12}$/)
  .map((value) => value.trim())
  .filter((value) => !/^\$\{.*\}$/.test(value));
const name = fc.constantFrom(
  "x-a",
  "x-b",
  "cookie",
  "accept",
  "user-agent",
  "x-request-id",
  "x-forwarded-for",
);
const address = fc.constantFrom("10.0.0.9", "127.0.0.1", "2001:db8::1");
const descriptions = fc.record(
  {
    method: fc.constantFrom("GET", "POST", "HEAD", "PURGE"),
    path: fc.webPath().map((path) => (path === "" ? "/" : path)),
    host: fc.constantFrom("shop.test", "a.test:8080", "[::1]:80"),
    scheme: fc.constantFrom("http", "https"),
    headers: fc.dictionary(name, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })), {
      minKeys: 1,
    }),
    body: fc.constantFrom("", "hello", "€"),
    source: fc.record(
      {
        address,
        principal: fc.constantFrom("cluster.local/ns/a/sa/b", "td/x"),
        dns: fc.constantFrom("a.test"),
        subject: fc.constantFrom("CN=a"),
      },
      { requiredKeys: [] },
    ),
    client: address,
    destination: fc.record({ address, port: fc.integer({ min: 1, max: 65535 }) }, { requiredKeys: [] }),
    sni: fc.constantFrom("shop.test", "A.test"),
    metadata: fc.constantFrom({ "envoy.lb": { tier: "gold" } }, { a: { b: { c: "ü" } } }),
  },
  { requiredKeys: [] },
);

test("a request's YAML reads as the same request", () => {
  fc.assert(
    fc.property(descriptions, (description) => {
      const first = read(stringify(description));
      expect(grouped(read(requestYaml(first)))).toEqual(grouped(first));
    }),
    { numRuns: 300 },
  );
});

/** Headers by name: a mapping keeps no other order. */
function grouped(request: Request): object {
  const byName: Record<string, string[]> = {};
  for (const [header, value] of request.headers) (byName[header] ??= []).push(value);
  return { ...request, headers: byName };
}

describe("as a listener presents it", () => {
  test("what is left out means little", () => {
    expect(read("{}")).toEqual({
      headers: [
        [":authority", "localhost"],
        [":path", "/"],
        [":method", "GET"],
        [":scheme", "http"],
        ["x-request-id", "00000000-0000-4000-8000-000000000000"],
        ["x-forwarded-proto", "http"],
      ].sort(([a = ""], [b = ""]) => order.indexOf(a) - order.indexOf(b)),
      peer: "127.0.0.1",
      client: "127.0.0.1",
      destination: { address: "127.0.0.1", port: 10000 },
    });
  });

  test.each([
    ["paths are normalised", "path: /a/../b/%2e/c?x=/../y", [":path", "/b/c?x=/../y"]],
    ["names are in lower case", "headers: { X-Role: dev }", ["x-role", "dev"]],
    ["some headers are joined", "headers: { accept: [a, b] }", ["accept", "a,b"]],
    ["others are not", "headers: { x-a: [a, b] }", ["x-a", "b"]],
    ["texts are UTF-8", "headers: { x-a: ü }", ["x-a", "\u00c3\u00bc"]],
    ["a body has a length", "body: €", ["content-length", "3"]],
    ["a server name means TLS", "sni: a.test", [":scheme", "https"]],
  ])("%s", (_, written, header) => {
    expect(read(written).headers).toContainEqual(header);
  });

  test.each([
    ["headers: { connection: x-a, x-a: b }", "x-a"],
    ["headers: { x-envoy-max-retries: '3' }", "x-envoy-max-retries"],
  ])("%s stays behind", (written, header) => {
    expect(read(written).headers.map(([found]) => found)).not.toContain(header);
  });

  test("the client is whom the last proxy names", () => {
    expect(read("headers: { x-forwarded-for: '1.2.3.4, 5.6.7.8' }").client).toBe("5.6.7.8");
    expect(read("{ headers: { x-forwarded-for: no }, source: { address: 10.0.0.9 } }").client).toBe(
      "10.0.0.9",
    );
  });

  test("a principal is a URI", () => {
    expect(read("source: { principal: td/ns/a/sa/b }").identity).toEqual({ uri: "spiffe://td/ns/a/sa/b" });
  });
});

const order = [":authority", ":path", ":method", ":scheme", "x-request-id", "x-forwarded-proto"];

describe("faults", () => {
  test.each([
    ["method: GET /", "`GET /` is not a method"],
    ["path: x", "`x` is not a path"],
    ["path: '/a b'", "`/a b` is not a path"],
    ["host: a b", "`a b` is not a host"],
    ["source: { address: 10.0.0.9:80 }", "`10.0.0.9:80` is not an IP address"],
    ["source: { principal: a, uri: b }", "`principal` and `uri` both say whom the certificate names"],
    ["headers: { host: a }", "`host` is no field of its own here"],
    ["headers: { x a: b }", "`x a` is not a header's name"],
    ['headers: { x-a: "b\\nc" }', "this cannot be a header's value: it holds a control character"],
    ["destination: { port: 0 }", "expected a whole number from 1 to 65535, found `0`"],
    ["headres: {}", "unknown field `headres`"],
    ["[]", "expected a mapping, found a list"],
    ["", "expected a mapping, found nothing"],
    ["path: /%00", "path_normalization_failed"],
  ])("%s", (written, message) => {
    expect(() => read(written)).toThrow(message);
  });
});

test("a line says what is not the usual, and steers no terminal", () => {
  expect(requestLine(read("{ path: /x, host: a.test, headers: { x-role: dev } }"))).toBe(
    "GET /x  host: a.test  x-role: dev",
  );
  expect(
    requestLine({
      headers: [
        [":method", "GET"],
        [":path", "/\x1b[31m"],
      ],
      peer: "10.0.0.9",
    }),
  ).toBe("GET /\\u001b[31m  source: 10.0.0.9");
  expect(requestLine(read("{ sni: a.test, source: { principal: td/a }, destination: { port: 80 } }"))).toBe(
    "GET /  scheme: https  certificate URI: spiffe://td/a  destination: 127.0.0.1 port 80  sni: a.test",
  );
});
