// Whom a policy sees: identities come from the certificate that the client of a real Envoy showed, and from nothing it says.
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Assembler } from "../../compiler/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { certificates, type Certificates } from "../../envoy/test-certificates/certificates.ts";
import { compileDocuments } from "../support/compile.ts";
import { connectionOf, type Client } from "./conversation.ts";
import { issueAll, type Identities } from "./identities.ts";
import { startRig, type Subject, type Told } from "./rig.ts";
import { toRbac } from "./to-rbac.ts";
import type { Connection } from "./wire.ts";

const identities: Identities = {
  spiffe: { uris: ["spiffe://td/ns/shop/sa/web"] },
  dns: { dns: ["web.test"] },
  both: { uris: ["spiffe://td/ns/shop/sa/web"], dns: ["web.test"] },
  subject: {},
  // Envoy shows a filter the first name of a kind alone.
  several: { uris: ["spiffe://td/ns/other/sa/x", "spiffe://td/ns/shop/sa/web"] },
};

const assembler = new Assembler();
let issued: Certificates;
beforeAll(async () => {
  issued = await certificates();
});
afterAll(async () => {
  await assembler.close();
  await issued.remove();
});

const allow = (rule: object): object => ({
  kind: "AuthorizationPolicy",
  apiVersion: "security.istio.io/v1",
  metadata: { name: "p", namespace: "shop" },
  spec: { action: "ALLOW", rules: [rule] },
});
const from = (source: object): object => allow({ from: [{ source }] });

/** Each policy's decision on each client: ours, and where RBAC decides otherwise, that too. It knows no CEL. */
async function decisions(
  policies: Readonly<Record<string, object>>,
  clients: Readonly<Record<string, Client>>,
  connections: Readonly<Record<string, Connection>> = {},
): Promise<Record<string, Record<string, string>> | undefined> {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return undefined;
  const credentials = await issueAll(issued, identities);
  const subjects: Subject[] = [];
  for (const [name, policy] of Object.entries(policies)) {
    const { program, filter } = await compileDocuments([policy], assembler);
    const inCel = JSON.stringify(policy).includes('"condition"');
    subjects.push({ name, wasm: filter.wasm, native: inCel ? [] : toRbac(program.authorization) });
  }
  const rig = await startRig(envoyPath, subjects, issued);
  const inWords = (told: Told | undefined): string => {
    const ours = told?.status === 200;
    const native = told?.native.length ? told.native.every(({ allowed }) => allowed) : ours;
    return ours === native
      ? ours
        ? "in"
        : "out"
      : `${ours ? "in" : "out"}, native ${native ? "in" : "out"}`;
  };
  try {
    const result: Record<string, Record<string, string>> = {};
    const request = {
      method: "GET",
      path: "/",
      headers: [
        ["host", "a.test"],
        // What a client says about itself proves nothing.
        ["x-forwarded-client-cert", "URI=spiffe://td/ns/shop/sa/web;DNS=web.test"],
      ],
    } as const;
    for (const { name } of subjects) {
      const known = Object.entries(clients).map(
        ([who, client]) => [who, connectionOf(client, credentials)] as const,
      );
      for (const [who, connection] of [...known, ...Object.entries(connections)]) {
        const [told] = await rig.send(name, connection, [request]);
        (result[name] ??= {})[who] = inWords(told);
      }
    }
    return result;
  } finally {
    await rig.close();
  }
}

const loopback = "127.0.0.1";
const clients: Record<string, Client> = {
  clear: { from: loopback },
  anonymous: { from: loopback, tls: {} },
  ...Object.fromEntries(
    Object.keys(identities).map((identity) => [identity, { from: loopback, tls: { identity } }]),
  ),
};
/** Those who get in, in the order of `clients`; the others do not. */
function only(...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.keys(clients).map((name) => [name, names.includes(name) ? "in" : "out"]));
}

test("SPIFFE identities, DNS names and subjects of real certificates", async () => {
  const seen = await decisions(
    {
      principal: from({ principals: ["td/ns/shop/sa/web"] }),
      namespace: from({ namespaces: ["shop"] }),
      account: from({ serviceAccounts: ["shop/web"] }),
      domain: from({ trustDomains: ["td"] }),
      anybody: from({ principals: ["*"] }),
      nobody: from({ notPrincipals: ["*"] }),
      stranger: from({ notPrincipals: ["td/ns/shop/sa/web"] }),
    },
    clients,
  );
  if (!seen) return;
  const web = { ...only("spiffe", "both"), several: "out, native in" };
  expect(seen).toEqual({
    principal: web,
    namespace: web,
    account: web,
    domain: only("spiffe", "both", "several"),
    anybody: only("spiffe", "dns", "both", "subject", "several"),
    nobody: only("clear", "anonymous"),
    stranger: { ...only("clear", "anonymous", "dns", "subject", "several"), several: "in, native out" },
  });
});

test("DNS names, subjects and digests in CEL", async () => {
  const credentials = await issueAll(issued, { pinned: {} });
  const pinned = credentials.get("pinned");
  if (!pinned) throw new Error("no certificate");
  const digest = new X509Certificate(pinned.cert).fingerprint256.replaceAll(":", "").toLowerCase();
  const seen = await decisions(
    {
      dns: allow({ condition: 'connection.dns_san_peer_certificate == "web.test"' }),
      subject: allow({ condition: 'connection.subject_peer_certificate == "CN=subject,O=Tollgate"' }),
      uri: allow({ condition: 'connection.uri_san_peer_certificate.startsWith("spiffe://td/ns/shop/")' }),
      digest: allow({ condition: `connection.sha256_peer_certificate_digest == "${digest}"` }),
    },
    clients,
    { pinned: { from: loopback, tls: { credentials: pinned } } },
  );
  if (!seen) return;
  expect(seen).toEqual({
    dns: { ...only("dns", "both"), pinned: "out" },
    subject: { ...only("subject"), pinned: "out" },
    uri: { ...only("spiffe", "both"), pinned: "out" },
    digest: { ...only(), pinned: "in" },
  });
});
