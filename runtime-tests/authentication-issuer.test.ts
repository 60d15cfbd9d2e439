// Tokens and an issuer's key set, fetched from a real HTTP server whose answers the test controls: in the host's proxy and in a
// real Envoy.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Assembler, type PackagedFilter } from "../compiler/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { eventually } from "../filters/testing/eventually.ts";
import type { Observation } from "./engines/engine.ts";
import { envoyEngines } from "./engines/envoy.ts";
import { hostEngine } from "./engines/host.ts";
import { compileDocuments } from "./support/compile.ts";
import { startEchoUpstream, type EchoUpstream } from "./support/echo-upstream.ts";
import { send, type HttpRequest } from "./support/http-client.ts";
import { keySet, makeKey, mint, type SigningKey } from "./support/tokens.ts";

const assembler = new Assembler();
const envoy = await envoyForTests();
let old: SigningKey;
let next: SigningKey;
let upstream: EchoUpstream;

beforeAll(async () => {
  [old, next] = await Promise.all([makeKey("RS256", "old"), makeKey("ES384", "next")]);
  upstream = await startEchoUpstream();
});
afterAll(async () => {
  await assembler.close();
  await upstream.close();
});

/** Answers with a status and a body, or, without, not at all. */
type Answer = { readonly status: number; readonly body: string } | undefined;

class Issuer {
  readonly server = http.createServer((request, response) => {
    this.asked.push(`${request.method ?? ""} ${request.headers.host ?? ""}${request.url ?? ""}`);
    const { answer } = this;
    if (answer) response.writeHead(answer.status).end(answer.body);
    else this.held.push(response);
  });
  readonly asked: string[] = [];
  held: http.ServerResponse[] = [];
  answer: Answer;

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return (this.server.address() as AddressInfo).port;
  }

  /** Until it is told what to say it says nothing. */
  reset(): void {
    this.answer = undefined;
    this.asked.length = 0;
    for (const response of this.held) response.destroy();
    this.held = [];
  }

  /** From now on, and to whoever waits. */
  publish(...keys: SigningKey[]): void {
    this.say({ status: 200, body: keySet(...keys) });
  }

  say(answer: { status: number; body: string }): void {
    this.answer = answer;
    for (const response of this.held) response.writeHead(answer.status).end(answer.body);
    this.held = [];
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

interface Running {
  run(request: HttpRequest): Promise<Observation>;
  port(): number;
  close(): Promise<void>;
}

const starters: Record<string, (filter: PackagedFilter) => Promise<Running>> = {
  host: async (filter) => {
    const engine = await hostEngine(filter, upstream.url);
    return { run: (request) => engine.run(request), port: () => engine.port, close: () => engine.close() };
  },
  ...(envoy !== undefined && {
    envoy: async (filter: PackagedFilter) => {
      const engines = await envoyEngines(envoy, new Map([["tokens", filter]]), upstream.url);
      const engine = engines.engines.get("tokens");
      if (!engine) throw new Error("no engine");
      return {
        run: (request) => engine.run(request),
        port: () => engines.port("tokens"),
        close: () => engines.close(),
      };
    },
  }),
};

const issuer = new Issuer();
let port: number;
let compiled: PackagedFilter;
/** Asks an issuer whose name leads nowhere. */
let lost: PackagedFilter;

beforeAll(async () => {
  port = await issuer.start();
  const policy = (jwksUri: string): object => ({
    apiVersion: "security.istio.io/v1",
    kind: "RequestAuthentication",
    metadata: {
      name: "a",
      annotations: { "tollgate.dev/jwks-refresh": "1s", "tollgate.dev/jwks-keep": "4s" },
    },
    spec: {
      jwtRules: [
        {
          issuer: "id",
          jwksUri,
          outputClaimToHeaders: [{ header: "x-user", claim: "sub" }],
        },
      ],
    },
  });
  ({ filter: compiled } = await compileDocuments([policy(`http://127.0.0.1:${port}/keys?v=1`)], assembler));
  ({ filter: lost } = await compileDocuments([policy("http://nowhere.invalid/keys")], assembler));
});
afterAll(() => issuer.stop());

describe.each(Object.entries(starters))("%s", (_, start) => {
  let engine: Running;

  beforeEach(async () => {
    issuer.reset();
    engine = await start(compiled);
  });
  afterEach(() => engine.close());

  async function ask(key: SigningKey | undefined, more: Partial<HttpRequest> = {}): Promise<Observation> {
    const token = key && (await mint(key, { iss: "id", sub: "kim" }));
    const headers = [
      ["host", "test"],
      ...(token === undefined ? [] : [["authorization", `Bearer ${token}`]]),
    ];
    return engine.run({ method: "GET", path: "/", headers: headers as [string, string][], ...more });
  }

  const user = ({ upstream: seen }: Observation): unknown => seen && Object.fromEntries(seen.headers);

  test("first set, rotation, outage and recovery", async () => {
    // Nobody has heard of a key yet: the request waits, one without a token does not.
    const waiting = ask(old);
    expect(user(await ask(undefined))).toEqual({});
    await eventually(() => expect(issuer.held).not.toEqual([]));
    issuer.publish(old);
    expect(user(await waiting)).toEqual({ "x-user": "kim" });
    expect(issuer.asked[0]).toBe(`GET 127.0.0.1:${port}/keys?v=1`);

    const forged = await ask({ ...next, kid: "old" });
    expect(forged).toMatchObject({ status: 401, details: "tollgate:authentication:default/a:jwtRules[0]" });
    const answer = await send(engine.port(), {
      method: "GET",
      path: "/?access_token=bad",
      headers: [["host", "test"]],
    });
    expect(answer.headers).toContainEqual(["www-authenticate", 'Bearer error="invalid_token"']);

    issuer.publish(next);
    await eventually(async () => expect(await ask(next)).toMatchObject({ status: 200 }));
    expect(await ask(old)).toMatchObject({ status: 401 });

    issuer.say({ status: 500, body: "" });
    const asked = issuer.asked.length;
    await eventually(() => expect(issuer.asked.length).toBeGreaterThan(asked));
    expect(user(await ask(next))).toEqual({ "x-user": "kim" });
    await eventually(async () => expect(await ask(next)).toMatchObject({ status: 503 }));
    expect(await ask(next)).toMatchObject({
      status: 503,
      details: "tollgate:authentication:default/a:jwtRules[0]",
      retryAfter: true,
    });

    issuer.publish(next);
    await eventually(async () => expect(await ask(next)).toMatchObject({ status: 200 }));
  }, 60_000);

  test("every algorithm that a fetched key can have", async () => {
    const keys = await Promise.all(
      ["RS256", "RS384", "RS512", "ES256", "ES384"].map((algorithm) => makeKey(algorithm, algorithm)),
    );
    const secret = await makeKey("HS256", "HS256");
    issuer.publish(...keys, secret);
    for (const key of keys) {
      expect(user(await ask(key))).toEqual({ "x-user": "kim" });
      const other = await makeKey(key.algorithm, key.kid);
      expect(await ask(other)).toMatchObject({ status: 401 });
    }
    // What everybody can fetch is no secret.
    expect(await ask(secret)).toMatchObject({ status: 401 });
  });

  test("a token in the query goes no further, nor does what a client says of itself", async () => {
    issuer.publish(old);
    const token = await mint(old, { iss: "id", sub: "kim" });
    const seen = await engine.run({
      method: "GET",
      path: `/a?x=1&access_token=${token}&y=2`,
      headers: [
        ["host", "test"],
        ["X-User", "root"],
        ["x-user", "admin"],
      ],
    });
    expect(seen.upstream).toEqual({ path: "/a?x=1&y=2", headers: [["x-user", "kim"]] });
  });

  test("clients that do not wait, and a body that does", async () => {
    const token = await mint(old, { iss: "id", sub: "kim" });
    const gone = http.request({
      host: "127.0.0.1",
      port: engine.port(),
      path: "/",
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    gone.on("error", () => undefined);
    gone.end();
    const posted = fetch(`http://127.0.0.1:${engine.port()}/`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: "x".repeat(100_000),
    });
    await eventually(() => expect(issuer.held).not.toEqual([]));
    gone.destroy();
    issuer.publish(old);
    expect((await posted).status).toBe(200);
    expect(user(await ask(old))).toEqual({ "x-user": "kim" });
  });

  test("an issuer whose name leads nowhere: 503, for as long as it does", async () => {
    const nowhere = await start(lost);
    try {
      const token = await mint(old, { iss: "id", sub: "kim" });
      const headers: [string, string][] = [
        ["host", "test"],
        ["authorization", `Bearer ${token}`],
      ];
      const all = await Promise.all(
        Array.from({ length: 20 }, () => nowhere.run({ method: "GET", path: "/", headers })),
      );
      for (const seen of all) expect(seen).toMatchObject({ status: 503, retryAfter: true });
      const without = await nowhere.run({ method: "GET", path: "/", headers: [["host", "test"]] });
      expect(without).toMatchObject({ status: 200 });
    } finally {
      await nowhere.close();
    }
  });
});
