// Requests near a policy: for every value that it names witnesses, near misses, and whatever its other fields name.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { parseBlock } from "../../compiler/net/block.ts";
import type { Client, Conversation } from "./conversation.ts";
import type { Identities, Identity } from "./identities.ts";
import { fieldsOf, valuesOf, type Policy } from "./istio.ts";
import type { Claims } from "./tokens.ts";
import type { WireRequest } from "./wire.ts";

/** What clients of a policy can be and say. */
export interface Neighbourhood {
  readonly identities: Identities;
  /** Payloads of tokens that its clients can have; absent where it asks for none. */
  readonly claims: fc.Arbitrary<Claims> | undefined;
  readonly conversations: (requests: number, tokens?: readonly string[]) => fc.Arbitrary<Conversation>;
}

export function neighbourhood(policy: Policy): Neighbourhood {
  const all = (...fields: string[]): string[] => [...new Set(fields.flatMap((f) => valuesOf(policy, f)))];
  const header = fieldsOf(policy)
    .find((field) => field.startsWith("request.headers["))
    ?.slice("request.headers[".length, -1);
  const whom = [
    all("principals", "source.principal"),
    all("namespaces", "source.namespace"),
    all("serviceAccounts"),
  ] as const;
  const identities = identitiesOf(...whom, textsOf);
  const claims = claimsOf(all("requestPrincipals", "request.auth.principal"), all);
  const client = clientOf({
    // Of near misses there are far more.
    identities: [Object.keys(identities), Object.keys(identitiesOf(...whom, witnessesOf))],
    peers: addressesOf(all("ipBlocks", "source.ip"), "127.0.0.1"),
    clients: addressesOf(all("remoteIpBlocks", "remote.ip"), "10.255.255.1"),
    destinations: addressesOf(all("destination.ip"), "10.255.255.2"),
    ports: [...all("ports", "destination.port"), "1", "65535"].flatMap((port) => [
      Number(port),
      Number(port) - 1,
    ]),
    names: textsOf(all("connection.sni")).filter((name) => /^[a-z0-9.-]+$/i.test(name)),
  });
  const request = requestOf({
    methods: ["GET", ...textsOf(all("methods"))].filter((method) => /^[A-Za-z-]+$/.test(method)),
    paths: ["/", ...pathsOf(all("paths"))].filter((path) => /^\/[!-~]*$/.test(path)),
    hosts: ["a.test", ...textsOf(all("hosts"))],
    header,
    values: header === undefined ? [""] : ["", ...textsOf(all(`request.headers[${header}]`))],
    words: ["", ...textsOf(all("experimental.envoy.filters.a.b[c]"))],
    forwarded: addressesOf(all("remoteIpBlocks", "remote.ip"), "10.255.255.1"),
  });
  return {
    identities,
    claims,
    conversations: (requests, tokens = []) =>
      fc.record({
        client,
        requests: fc.array(tokens.length === 0 ? request : withToken(request, tokens), {
          minLength: requests,
          maxLength: requests,
          size: "max",
        }),
      }),
  };
}

function withToken(request: fc.Arbitrary<WireRequest>, tokens: readonly string[]): fc.Arbitrary<WireRequest> {
  const token = fc.option(fc.constantFrom(...tokens), { nil: undefined, freq: 6 });
  return fc.tuple(request, token).map(([asked, shown]) => ({
    ...asked,
    headers: shown === undefined ? asked.headers : [...asked.headers, ["authorization", `Bearer ${shown}`]],
  }));
}

/** Payloads of tokens; undefined where the policy asks for none. Every one has an issuer. */
function claimsOf(
  principals: readonly string[],
  all: (...fields: string[]) => string[],
): fc.Arbitrary<Claims> | undefined {
  const asked = {
    iss: [...principals.map((p) => p.replace(/\/[^/]*$/, "")), ...all("request.auth.claims[iss]")],
    sub: [...principals.map((p) => p.replace(/^.*\//, "")), ""],
    aud: all("request.auth.audiences"),
    azp: all("request.auth.presenter"),
    nested: all("request.auth.claims[nested1][nested2]"),
  };
  if (asked.iss.length === 0 && asked.aud.length === 0) return undefined;
  const one = (patterns: readonly string[]): fc.Arbitrary<string> =>
    fc.oneof(fc.constantFrom("", ...witnessesOf(patterns)), fc.constantFrom("x", ...textsOf(patterns)));
  const some = (patterns: readonly string[]): fc.Arbitrary<unknown> =>
    fc.oneof(
      one(patterns),
      fc.array(fc.oneof(one(patterns), fc.constantFrom(7, null, true)), { maxLength: 3 }),
    );
  return fc.record(
    {
      iss: one(asked.iss).map((issuer) => (issuer === "" ? "x" : issuer)),
      sub: one(asked.sub),
      aud: some(asked.aud),
      azp: some(asked.azp),
      nested1: fc.oneof(
        { weight: 5, arbitrary: fc.record({ nested2: some(asked.nested) }) },
        fc.constant("nested"),
      ),
    },
    { requiredKeys: ["iss"] },
  );
}

/** Texts that satisfy the patterns, and texts that only nearly do. */
function textsOf(patterns: readonly string[]): string[] {
  const witnesses = witnessesOf(patterns);
  return [...new Set([...witnesses, ...witnesses.flatMap(nearMisses)])];
}

function witnessesOf(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => {
    if (pattern === "*") return ["anything"];
    if (pattern.startsWith("*")) return [pattern.slice(1), `x${pattern.slice(1)}`];
    if (pattern.endsWith("*")) return [pattern.slice(0, -1), `${pattern.slice(0, -1)}x`];
    return [pattern];
  });
}

function nearMisses(text: string): string[] {
  const middle = text.length >> 1;
  const other = text[middle] === "x" ? "y" : "x";
  return [
    `${text}x`,
    `x${text}`,
    text.slice(0, -1),
    text.slice(1),
    text.toUpperCase(),
    `${text.slice(0, middle)}${other}${text.slice(middle + 1)}`,
  ];
}

function pathsOf(patterns: readonly string[]): string[] {
  const templates = patterns.filter((pattern) => pattern.includes("{"));
  const fillings = ["", "a", "a/b", "a.b", "/", "a%2Fb", 'a"b'];
  const filled = templates.flatMap((template) => fillings.map((f) => template.replace(/\{\*+\}/g, f)));
  return [
    ...textsOf(patterns.filter((pattern) => !pattern.includes("{"))),
    ...filled.flatMap((f) => [f, ...nearMisses(f)]),
  ];
}

/** The first and the last address of each block, and their neighbours outside. */
function addressesOf(blocks: readonly string[], other: string): string[] {
  const found = blocks.flatMap((text) => {
    const block = parseBlock(text);
    if (typeof block === "string" || block.family !== 4) throw new Error(`no IPv4 block: ${text}`);
    const first = Number(block.network);
    const last = first + 2 ** (32 - block.bits) - 1;
    return [first, last, first - 1, last + 1].map(dotted);
  });
  return [...new Set([...found, other])];
}

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".");

/** Certificates with one of the names that are looked for, with nearly one, and with two. */
function identitiesOf(
  principals: readonly string[],
  namespaces: readonly string[],
  accounts: readonly string[],
  texts: (patterns: readonly string[]) => string[],
): Identities {
  const uris = [
    ...texts(principals).map((principal) => `spiffe://${principal}`),
    ...texts(namespaces).map((namespace) => `spiffe://td/ns/${namespace}/sa/x`),
    ...accounts.flatMap((account) => {
      const [namespace, name] = account.includes("/") ? account.split("/") : ["foo", account];
      const inAccount = texts([name ?? ""]).flatMap((n) => [
        `spiffe://td/ns/${namespace}/sa/${n}`,
        `spiffe://td/x/ns/${namespace}/y/sa/${n}/z`,
      ]);
      return [...inAccount, `spiffe://td/ns/other/sa/${name}`, `spiffe:///ns/${namespace}/sa/${name}`];
    }),
  ];
  const inNamespace = namespaces.map((namespace) => `td/ns/${namespace.replaceAll("*", "x")}/sa/x`);
  const plain = principals.filter((principal) => !principal.includes("*"));
  const list: Identity[] = [
    {},
    { dns: ["client.test"] },
    ...uris.map((uri) => ({ uris: [uri] })),
    ...inNamespace.map((dns) => ({ dns: [dns] })),
    // A peer that a policy asks for by name and by namespace shows both.
    ...plain.flatMap((p) => inNamespace.map((dns) => ({ uris: [`spiffe://${p}`], dns: [dns] }))),
  ];
  return Object.fromEntries(list.map((identity) => [nameOf(identity), identity]));
}

/** The same names, the same certificate: a neighbourhood's part has identities of the whole. */
function nameOf(identity: Identity): string {
  return `client-${createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 12)}`;
}

function clientOf(what: {
  identities: readonly (readonly string[])[];
  peers: readonly string[];
  clients: readonly string[];
  destinations: readonly string[];
  ports: readonly number[];
  names: readonly string[];
}): fc.Arbitrary<Client> {
  const endpoint = (addresses: readonly string[], ports: readonly number[]) =>
    fc.record({ address: fc.constantFrom(...addresses), port: fc.constantFrom(...ports) });
  const maybe = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(item, { nil: undefined, freq: 5 });
  return fc
    .record({
      from: fc.constantFrom(...what.peers),
      proxied: maybe(
        fc.record({
          source: endpoint(what.clients, [40_000]),
          destination: endpoint(what.destinations, what.ports),
        }),
      ),
      tls: maybe(
        fc.record({
          servername: maybe(fc.constantFrom("c.test", ...what.names)),
          identity: maybe(fc.oneof(...what.identities.map((names) => fc.constantFrom(...names)))),
        }),
      ),
    })
    .map(({ from, proxied, tls }) => ({
      from,
      ...(proxied && { proxied }),
      ...(tls && {
        tls: {
          ...(tls.servername !== undefined && { servername: tls.servername }),
          ...(tls.identity !== undefined && { identity: tls.identity }),
        },
      }),
    }));
}

function requestOf(what: {
  methods: readonly string[];
  paths: readonly string[];
  hosts: readonly string[];
  header: string | undefined;
  values: readonly string[];
  words: readonly string[];
  forwarded: readonly string[];
}): fc.Arbitrary<WireRequest> {
  const header = (name: string, values: readonly string[], most: number) =>
    fc.array(
      fc.constantFrom(...values).map((value) => [name, value] as const),
      { maxLength: most },
    );
  return fc
    .record({
      method: fc.constantFrom(...what.methods),
      path: fc.constantFrom(...what.paths),
      query: fc.constantFrom("", "", "", "?", "?a=/exact"),
      host: fc.constantFrom(...what.hosts),
      values: header(what.header ?? "x-other", what.values, 2),
      words: header("x-word", what.words, 1),
      forwarded: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: header("x-forwarded-for", what.forwarded, 1) },
      ),
    })
    .map(({ method, path, query, host, values, words, forwarded }) => ({
      method,
      path: path + query,
      headers: [["host", host], ...values, ...words, ...forwarded],
    }));
}
