// Tokens in Envoy: ours beside the filter that Envoy has for them, and beside a signature's check and nothing else.
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { stringify } from "yaml";
import { keySet, makeKey, mint, type SigningKey } from "../../runtime-tests/support/tokens.ts";
import type { Check, CpuGoal, Suite, Variant } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import { bareModule, compiledModule, type MeasuredModule } from "../measured-modules.ts";
import { progress } from "../report/progress.ts";
import { jwtAuthn } from "./native.ts";

const ISSUER = "https://issuer.bench.test";
/** Seconds since 1970: longer than anybody measures. */
const EXPIRES = 4_102_444_800;
/** Many more than the 1,024 that a filter remembers, so that it has forgotten each when it comes again. */
const MANY = 4_096;

/** Node takes longer to send a request than Envoy does to verify its token. */
const NODE_SHARE = 1 / 3;

type Algorithm = "RS256" | "HS256";

interface Issuer {
  readonly key: SigningKey;
  readonly keySet: string;
  /** One token, for whoever is asked about one it has seen. */
  readonly token: string;
  /** The same with a signature that is not its own. */
  readonly forged: string;
  readonly ours: MeasuredModule;
  /** The same, but that the upstream gets the token too. */
  readonly forwarding: MeasuredModule;
}

let issuers: Promise<Readonly<Record<Algorithm, Issuer>>> | undefined;

/** Keys made for this run. */
function theIssuers(): Promise<Readonly<Record<Algorithm, Issuer>>> {
  return (issuers ??= (async () => ({ RS256: await issuer("RS256"), HS256: await issuer("HS256") }))());
}

async function issuer(algorithm: Algorithm): Promise<Issuer> {
  const key = await makeKey(algorithm, "k");
  const jwks = keySet(key);
  const [token = "", other = ""] = await tokens(key, 2);
  const policy = (more: object): string =>
    stringify({
      apiVersion: "security.istio.io/v1",
      kind: "RequestAuthentication",
      metadata: { name: "tokens", namespace: "bench" },
      spec: { jwtRules: [{ issuer: ISSUER, jwks, ...more }] },
    });
  const name = `tokens-${algorithm.toLowerCase()}`;
  const signed = token.slice(0, token.lastIndexOf("."));
  return {
    key,
    keySet: jwks,
    token,
    forged: signed + other.slice(other.lastIndexOf(".")),
    ours: await compiledModule(name, () => policy({})),
    forwarding: await compiledModule(`${name}-forwarded`, () => policy({ forwardOriginalToken: true })),
  };
}

/** Tokens that differ in their subject. */
async function tokens(key: SigningKey, count: number): Promise<string[]> {
  const minted: string[] = [];
  for (let i = 0; i < count; i++)
    minted.push(await mint(key, { iss: ISSUER, sub: `user-${String(i).padStart(5, "0")}`, exp: EXPIRES }));
  return minted;
}

/** Each request brings the same token, as a client's do until it gets another. */
export async function seenTokensSuite(): Promise<Suite> {
  const all = await theIssuers();
  return tokensSuite("authz: tokens seen before, in Envoy", all, (algorithm) => ({
    ...request,
    headers: bearer(all[algorithm].token),
  }));
}

/** Each request brings a token that the filter does not remember. */
export async function newTokensSuite(): Promise<Suite> {
  const all = await theIssuers();
  progress(`authz: signing ${MANY} tokens of each algorithm`);
  const values = {
    RS256: await rotating(all.RS256),
    HS256: await rotating(all.HS256),
  };
  return tokensSuite("authz: new tokens, in Envoy", all, (algorithm) => ({
    ...request,
    headers: bearer(all[algorithm].token),
    rotating: { name: "authorization", values: values[algorithm] },
  }));
}

async function rotating({ key }: Issuer): Promise<string[]> {
  return (await tokens(key, MANY)).map((token) => bearer(token).authorization);
}

const request: LoadRequest = { authority: "bench.test", path: "/", headers: {} };

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

async function tokensSuite(
  title: string,
  all: Readonly<Record<Algorithm, Issuer>>,
  requestOf: (algorithm: Algorithm) => LoadRequest,
): Promise<Suite> {
  const isNew = requestOf("RS256").rotating !== undefined;
  const alone = "verify_signature alone";
  const verify = await bareModule("verify", { "key.ts": keySource(all.RS256.key) });
  const ours = (algorithm: Algorithm, goals: readonly CpuGoal[]): Variant => ({
    name: `ours, ${algorithm}`,
    about: "a filter compiled from a RequestAuthentication; it takes the token out of the request",
    wasmPaths: [all[algorithm].ours.path],
    filters: ({ wasm }) => wasm,
    request: requestOf(algorithm),
    checks: checksOf(all[algorithm], 200),
    goals,
  });
  const native = (algorithm: Algorithm): Variant => ({
    name: `jwt_authn, ${algorithm}`,
    about: "Envoy's filter, which verifies each token anew; it takes the token out of the request",
    filters: () => [jwtAuthn(ISSUER, all[algorithm].keySet)],
    request: requestOf(algorithm),
    checks: checksOf(all[algorithm], 401),
  });
  const variants: Variant[] = [
    {
      name: "none",
      about: "no filter but the router",
      filters: () => [],
      checks: [{ status: 200 }, { headers: { authorization: null }, status: 200 }],
    },
    {
      name: alone,
      about: "by hand, an RS256 signature checked by the host and nothing else looked at",
      wasmPaths: [verify.path],
      filters: ({ wasm }) => wasm,
      checks: checksOf(all.RS256, 401),
    },
    ours("RS256", [isNew ? { atMost: 1.1, of: alone } : { atMostMicroseconds: 5 }]),
    {
      ...ours("RS256", []),
      name: "ours, RS256, forwarded",
      about: "the same, but that the token is not taken out of the request",
      wasmPaths: [all.RS256.forwarding.path],
    },
    native("RS256"),
    ours("HS256", []),
    native("HS256"),
  ];
  const share = isNew ? NODE_SHARE : 1;
  return {
    title,
    request: requestOf("RS256"),
    echoes: {},
    baseline: "none",
    times: [alone],
    variants: variants.map((variant) => ({ ...variant, share })),
    notes: [
      isNew
        ? `${MANY.toLocaleString("en-US")} tokens in turn: ours remembers 1,024 at most, so that none is known any more when it comes again. A third of the requests in each slice, as Node sends them. RSA keys of 2048 bits.`
        : "The same token in each request, one for each algorithm. RSA keys of 2048 bits.",
    ],
  };
}

/** What must come of a good token, of a forged one, and of none. */
function checksOf({ token, forged }: Issuer, withoutToken: number): Check[] {
  return [
    { headers: bearer(token), status: 200 },
    { headers: bearer(token), status: 200 },
    { headers: bearer(forged), status: 401 },
    { headers: { authorization: null }, status: withoutToken },
  ];
}

/** What peers/bare/verify.as imports: the first two fields of its message. */
function keySource({ jwk }: SigningKey): string {
  const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" }).export({
    type: "spki",
    format: "der",
  });
  const head = Buffer.concat([field(1, Buffer.from("sha256")), field(2, key)]);
  return [
    `export const HEAD: usize = memory.data<u8>([${[...head].join(", ")}]);`,
    `export const HEAD_SIZE: usize = ${head.length};`,
    "",
  ].join("\n");
}

/** A protobuf field of bytes. */
function field(number: number, bytes: Buffer): Buffer {
  const size: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) size.push((rest & 127) | 128);
  size.push(rest);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...size]), bytes]);
}
