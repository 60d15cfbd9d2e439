// Random conditions on random requests: the evaluator, the compiled form, the conditions they are lowered to, and another
// implementation of CEL all come to the same.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { celEnv, celMap, parse, plan } from "@bufbuild/cel";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { celAttributes, type CelAttributeName } from "../compiler/cel/attributes.ts";
import { checkCel } from "../compiler/cel/check.ts";
import { evaluateCel } from "../compiler/cel/evaluate.ts";
import type { CelExpression } from "../compiler/cel/expression.ts";
import { lowerCel, toCondition } from "../compiler/cel/predicates.ts";
import { attributeOf, type CelRequest } from "../compiler/cel/request.ts";
import { Assembler } from "../compiler/index.ts";
import type { Condition } from "../compiler/ir/program.ts";
import { holds, type Request } from "../compiler/ir/interpret.ts";
import { CelModule } from "./support/cel-module.ts";

const seed = Number(process.env["TOLLGATE_TEST_SEED"] ?? 20260101);
let assembler: Assembler;
let expressions: CelExpression[];
let module: CelModule;

beforeAll(async () => {
  assembler = new Assembler();
  const texts = fc.sample(condition(4), { seed, numRuns: 300 });
  const checked = texts.map((text) => checkCel(text));
  const faulty = checked.flatMap((one, i) =>
    "faults" in one ? [`${texts[i] ?? ""} ${JSON.stringify(one.faults)}`] : [],
  );
  // Only constants that surely fail.
  expect(faulty.filter((text) => !text.includes('"value"'))).toEqual([]);
  expressions = checked.flatMap((one) => ("expression" in one ? [one.expression] : []));
  module = await CelModule.compile(expressions, assembler);
}, 180_000);

afterAll(() => assembler.close());

const names = ["x-a", "x-b", "accept"];
const words = ["", "a", "b", "abc", "admin", "/a", "7", "-3", "true", "1.5", "é"];
const word = fc.constantFrom(...words);
const quoted = word.map((text) => `'${text}'`);

/** Texts of expressions, by type; what can be said of one type is at most `depth` deep. */
function condition(depth: number): fc.Arbitrary<string> {
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
    fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
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

const claim = fc.constantFrom(
  "auth.claims.tier",
  "auth.claims.level",
  "auth.claims.roles",
  "auth.claims.realm",
  "auth.claims.realm.roles",
  "auth.claims['tier']",
  "auth.claims.roles[0]",
  "auth.claims",
);

function text(depth: number): fc.Arbitrary<string> {
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

function int(depth: number): fc.Arbitrary<string> {
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
function requests(repeats: boolean, fractions = true): fc.Arbitrary<Request & CelRequest> {
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

const runs = { seed, numRuns: 50 };

/** Fails with the first expression whose outcomes differ. */
function expectSame(texts: readonly string[], got: readonly unknown[], wanted: readonly unknown[]): void {
  const at = texts.findIndex((_, i) => got[i] !== wanted[i]);
  if (at >= 0) expect([texts[at], got[at]]).toEqual([texts[at], wanted[at]]);
}

test("the compiled form comes to what the evaluator does", () => {
  const texts = expressions.map((expression) => expression.text);
  fc.assert(
    fc.property(requests(true), (request) => {
      module.request(request);
      const compiled = expressions.map((_, index) => module.evaluate(index));
      const evaluated = expressions.map((expression) => evaluateCel(expression, request));
      expectSame(texts, compiled, evaluated);
    }),
    runs,
  );
});

test("the conditions that expressions are lowered to hold where they do", () => {
  const texts = expressions.map((expression) => expression.text);
  const lowered = [true, false].map((onError) =>
    expressions.map((expression) => lowerCel(expression, onError)),
  );
  fc.assert(
    fc.property(requests(true), (request) => {
      const outcomes = expressions.map((expression) => evaluateCel(expression, request));
      lowered.forEach((conditions, i) => {
        const wanted = outcomes.map((outcome) => (outcome === "error" ? i === 0 : outcome));
        const got = conditions.map((condition) => holds(condition, request));
        expectSame(texts, got, wanted);
      });
    }),
    runs,
  );
  const plain = expressions.filter((expression) => toCondition(expression, false) !== undefined);
  expect(plain.length).toBeGreaterThan(5);
  // Parts of larger ones as well.
  const mixed = expressions.filter((one) => lowerCel(one, false).op !== "cel" && !plain.includes(one));
  expect(mixed.length).toBeGreaterThan(5);
});

test("expressions of one text are one expression", () => {
  const roots = new Map<string, string>();
  const visit = (condition: Condition): void => {
    if (condition.op === "all" || condition.op === "any") condition.of.forEach(visit);
    else if (condition.op === "not") visit(condition.of);
    else if (condition.op === "cel") {
      const { text, root } = condition.expression;
      const shape = JSON.stringify(root, (_, value: unknown) =>
        typeof value === "bigint" ? `${value}n` : value,
      );
      expect([text, roots.get(text) ?? shape]).toEqual([text, shape]);
      roots.set(text, shape);
    }
  };
  for (const expression of expressions) visit(lowerCel(expression, false));
  expect(roots.size).toBeGreaterThan(100);
});

test("another implementation of CEL comes to the same", () => {
  const env = celEnv();
  // What `has` says of these two is our own; theirs takes numbers in texts as JavaScript does, and null for no key.
  const ownWays = /has\(auth\.(claims|audiences)\)|(double|int)\(|null in/;
  const known = expressions.filter(({ text }) => !ownWays.test(text));
  const texts = known.map((expression) => expression.text);
  const plans = texts.map((one) => plan(env, parse(one)));
  const met = new Map<unknown, number>();
  fc.assert(
    fc.property(requests(false, false), (request) => {
      const bindings = bindingsOf(request);
      const theirs = plans
        .map((run) => run(bindings as never))
        .map((one) => (typeof one === "boolean" ? one : "error"));
      const ours = known.map((expression) => evaluateCel(expression, request));
      for (const outcome of ours) met.set(outcome, (met.get(outcome) ?? 0) + 1);
      expectSame(texts, ours, theirs);
    }),
    runs,
  );
  // All outcomes are met often.
  expect(met.size).toBe(3);
  for (const count of met.values()) expect(count).toBeGreaterThan(1000);
});

test("claims that are no JSON, and cut ones, trap nothing", () => {
  const whole = JSON.stringify({
    iss: "a\\u00e9\\ud83d",
    aud: ["a", 1],
    roles: [{ a: [] }, "x\\n"],
    realm: { roles: { a: 1 } },
  });
  const pieces = fc.array(
    fc.constantFrom(...Array.from('{}[]",:\\u0d8e1-.n t'), "roles", '"aud":', "\\ud8"),
    {
      maxLength: 40,
    },
  );
  const cut = fc
    .tuple(fc.nat(whole.length), fc.nat(whole.length))
    .map(([a, b]) => whole.slice(0, a) + whole.slice(b));
  fc.assert(
    fc.property(
      fc.oneof(
        pieces.map((parts) => parts.join("")),
        cut,
        fc.string(),
      ),
      (payload) => {
        module.request({ headers: [] }, payload);
        for (let i = 0; i < expressions.length; i++) expect(module.evaluate(i)).toBeDefined();
      },
    ),
    { seed, numRuns: 100 },
  );
});

/** The attributes as another implementation takes them: texts as Unicode, absent ones left out. */
function bindingsOf(request: Request & CelRequest): Record<string, unknown> {
  const roots: Record<string, Record<string, unknown>> = {
    request: {},
    source: {},
    destination: {},
    connection: {},
    auth: {},
  };
  for (const name of Object.keys(celAttributes) as CelAttributeName[]) {
    const [root = "", field = ""] = name.split(".");
    const found = attributeOf(name, request);
    const value = name === "request.headers" ? headersOf(request) : asBinding(name, found);
    const known = roots[root];
    if (known && value !== undefined) known[field] = value;
  }
  return roots;
}

function headersOf({ headers }: Request): unknown {
  return celMap(new Map(headers.map(([name, value]) => [name, unicode(value)])));
}

function asBinding(name: CelAttributeName, value: unknown): unknown {
  if (name === "auth.claims") return value;
  if (name === "request.time") return typeof value === "bigint" ? timestampOf(value) : undefined;
  if (Array.isArray(value)) return value.map((text) => unicode(text as string));
  return typeof value === "string" ? unicode(value) : value;
}

function timestampOf(nanoseconds: bigint): unknown {
  const timestamp = timestampFromDate(new Date(0));
  return { ...timestamp, seconds: nanoseconds / 1_000_000_000n, nanos: Number(nanoseconds % 1_000_000_000n) };
}

function unicode(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
