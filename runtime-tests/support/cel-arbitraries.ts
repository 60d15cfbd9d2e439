// Random conditions in CEL, and random requests to ask them of.
import fc from "fast-check";
import type { CelRequest } from "../../compiler/cel/request.ts";
import type { Request } from "../../compiler/ir/interpret.ts";

const names = ["x-a", "x-b", "accept"];
const words = ["", "a", "b", "abc", "aab", "aaaab", "admin", "/a", "7", "-3", "true", "1.5", "é"];
const word = fc.constantFrom(...words);
const quoted = word.map((text) => `'${text}'`);

/** Texts of conditions that are at most `depth` deep. Some are refused, since constants in them fail. */
export function condition(depth: number): fc.Arbitrary<string> {
  const flat = fc.oneof(
    fc.constantFrom("true", "false", "connection.mtls", "has(auth.claims.tier)", "has(auth.principal)"),
    fc.constantFrom("has(request.referer)", "has(auth.claims)", "has(auth.audiences)", "auth.claims.vip"),
    fc.constantFrom(...names).map((name) => `'${name}' in request.headers`),
    fc.constantFrom("GET", "POST").map((method) => `request.method == '${method}'`),
    fc
      .tuple(fc.constantFrom("request.url_path", "request.host"), quoted)
      .map(([of, text]) => `${of} == ${text}`),
    fc
      .tuple(fc.constantFrom("startsWith", "endsWith"), quoted)
      .map(([ask, text]) => `request.url_path.${ask}(${text})`),
    quoted.map((text) => `${text} in auth.audiences`),
    fc.constantFrom("connection.requested_server_name == 'a'", "destination.port in [80, 443]"),
  );
  if (depth === 0) return flat;
  const inner = condition(depth - 1);
  const [t, i] = [text(depth - 1), int(depth - 1)];
  const order = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");
  return fc.oneof(
    flat,
    fc.tuple(inner, fc.constantFrom("&&", "||"), inner).map(([a, op, b]) => `(${a} ${op} ${b})`),
    inner.map((a) => `!(${a})`),
    fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a} ? ${asBool(b)} : ${asBool(c)})`),
    fc.tuple(t, order, t).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(i, order, i).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(double(depth - 1), order, double(depth - 1)).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(i, fc.constantFrom("<", ">="), double(depth - 1)).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc
      .tuple(t, fc.constantFrom("startsWith", "endsWith", "contains"), t)
      .map(([a, ask, b]) => `${a}.${ask}(${b})`),
    fc
      .tuple(t, fc.constantFrom("^a", "b$", "a.c", "[0-9]+", "^$", "(?i)ADMIN"))
      .map(([a, p]) => `${a}.matches('${p}')`),
    fc.tuple(t, fc.array(t, { maxLength: 4 })).map(([a, list]) => `${a} in [${list.join(", ")}]`),
    fc.tuple(i, fc.array(i, { maxLength: 4 })).map(([a, list]) => `${a} in [${list.join(", ")}]`),
    fc
      .tuple(claim, order, fc.oneof(quoted, fc.constantFrom("3", "2.5", "7u", "true")))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(claim, claim).map(([a, b]) => `string(${a}) == string(${b})`),
    claim.map((a) => `${a} == null`),
    fc
      .tuple(fc.oneof(quoted, fc.constantFrom("3", "2.5", "true", "null")), claim)
      .map(([a, b]) => `${a} in ${b}`),
    fc
      .tuple(claim, fc.constantFrom("all", "exists", "exists_one"), order, quoted)
      .map(([a, ask, op, b]) => `${a}.${ask}(x, x ${op} ${b})`),
    fc.tuple(claim, inner).map(([a, b]) => `${a}.exists(x, x == 'a' && ${b})`),
    fc
      .tuple(fc.constantFrom("all", "exists", "exists_one"), quoted)
      .map(([ask, b]) => `auth.audiences.${ask}(x, x + 'a' == ${b})`),
    fc
      .tuple(fc.array(t, { maxLength: 3 }), fc.constantFrom("all", "exists", "exists_one"), t)
      .map(([list, ask, b]) => `[${list.join(", ")}].${ask}(x, x == ${b})`),
    fc.constantFrom("request.time.getHours() < 12", "request.time > timestamp('2026-01-01T00:00:00Z')"),
    fc.constantFrom(
      "request.time.getDayOfWeek('+02:00') == 1",
      "request.time - timestamp('2020-02-29T00:00:00Z') > duration('1h')",
    ),
  );
}

/** Both branches of `?:` must be of one type, and a claim is `dyn`. */
function asBool(text: string): string {
  return text === "auth.claims.vip" ? `(${text} && true)` : text;
}

/** Claims of any type. */
export const claim = fc.constantFrom(
  "auth.claims.tier",
  "auth.claims.level",
  "auth.claims.roles",
  "auth.claims.realm",
  "auth.claims.realm.roles",
  "auth.claims['tier']",
  "auth.claims.roles[0]",
  "auth.claims",
);

/** Texts of expressions that come to a text. */
export function text(depth: number): fc.Arbitrary<string> {
  const flat = fc.oneof(
    quoted,
    fc.constantFrom(...names).map((name) => `request.headers['${name}']`),
    fc.constantFrom("request.method", "request.path", "request.url_path", "request.query", "request.host"),
    fc.constantFrom(
      "request.referer",
      "auth.principal",
      "auth.issuer",
      "connection.uri_san_peer_certificate",
      "source.address",
    ),
  );
  if (depth === 0) return flat;
  return fc.oneof(
    flat,
    fc.tuple(text(depth - 1), text(depth - 1)).map(([a, b]) => `(${a} + ${b})`),
    fc
      .tuple(condition(depth - 1), text(depth - 1), text(depth - 1))
      .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.oneof(int(depth - 1), condition(depth - 1)).map((a) => `string(${a})`),
    claim.map((a) => `string(${a})`),
  );
}

/** Texts of expressions that come to an int. */
export function int(depth: number): fc.Arbitrary<string> {
  const flat = fc.constantFrom(
    "0",
    "1",
    "3",
    "-7",
    "9223372036854775807",
    "request.size",
    "source.port",
    "destination.port",
  );
  if (depth === 0) return flat;
  const inner = int(depth - 1);
  return fc.oneof(
    flat,
    fc.tuple(inner, fc.constantFrom("+", "-", "*", "/", "%"), inner).map(([a, op, b]) => `(${a} ${op} ${b})`),
    inner.map((a) => `-(${a})`),
    text(depth - 1).map((a) => `size(${a})`),
    fc
      .tuple(inner, fc.oneof(text(depth - 1), claim))
      .map(([a, b]) => `{'a': 3, 'admin': ${a}, '': -1}[${b}]`),
    fc.oneof(text(depth - 1), double(depth - 1), claim).map((a) => `int(${a})`),
    claim.map((a) => `size(${a})`),
  );
}

function double(depth: number): fc.Arbitrary<string> {
  const flat = fc.constantFrom("0.0", "1.5", "-2.25", "1e300");
  if (depth === 0) return flat;
  const inner = double(depth - 1);
  return fc.oneof(
    flat,
    fc.tuple(inner, fc.constantFrom("+", "-", "*", "/"), inner).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.oneof(text(depth - 1), int(depth - 1), claim).map((a) => `double(${a})`),
  );
}

const claimValue = fc.oneof(
  word,
  fc.constantFrom(3, 2.5, -7, 7, true, false, null),
  fc.array(fc.oneof(word, fc.constantFrom(3, true, null)), { maxLength: 3 }),
);

/** At most one of each pseudo header; others may be repeated, and claims be fractions, where that is asked for. */
export function requests(repeats: boolean, fractions = true): fc.Arbitrary<Request & CelRequest> {
  const header = fc.tuple(
    fc.constantFrom(...names, "referer"),
    word.map((text) => Buffer.from(text).toString("latin1")),
  );
  // Texts of claims with fractions are errors with us.
  const json = fractions ? claimValue : claimValue.filter((value) => value !== 2.5);
  const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(value, { nil: undefined });
  return fc
    .record({
      method: fc.constantFrom("GET", "POST"),
      path: optional(fc.constantFrom("/a", "/abc?x=1", "/", "/admin", "/a/b?c#d")),
      host: optional(fc.constantFrom("a", "B", "a.test:80", "abc")),
      headers: repeats
        ? fc.array(header, { maxLength: 6 })
        : fc.uniqueArray(header, { selector: ([name]) => name }),
      claims: optional(
        fc.record(
          {
            iss: word,
            sub: word,
            aud: fc.oneof(word, fc.array(fc.oneof(word, fc.constantFrom(3)), { maxLength: 3 })),
            tier: json,
            level: json,
            roles: json,
            vip: fc.constantFrom(true, false, "yes"),
            realm: fc.oneof(json, fc.record({ roles: json }, { requiredKeys: [] })),
          },
          { requiredKeys: [] },
        ),
      ),
      sni: optional(fc.constantFrom("a", "b")),
      port: optional(fc.constantFrom(80, 443, 8080)),
      uri: optional(fc.constantFrom("spiffe://a", "b")),
      time: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
      size: fc.constantFrom(0n, 7n, 9223372036854775807n),
    })
    .map(({ method, path, host, headers, claims, sni, port, uri, time, size }) => ({
      headers: [
        [":method", method] as const,
        ...(path === undefined ? [] : [[":path", path] as const]),
        ...(host === undefined ? [] : [[":authority", host] as const]),
        ...headers,
      ],
      // Plain objects, as a token's payload is parsed into.
      ...(claims === undefined ? {} : { claims: JSON.parse(JSON.stringify(claims)) as typeof claims }),
      ...(sni === undefined ? {} : { sni }),
      ...(port === undefined ? {} : { destination: { address: "10.0.0.1", port } }),
      ...(uri === undefined ? {} : { identity: { uri } }),
      properties: {
        "request.time": time,
        "request.size": size,
        "source.address": "10.0.0.9:4711",
        "source.port": 4711n,
      },
    }));
}
