// A certificate authority of a test's own, so that no key is kept in the repository. Runs in Node.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as der from "./der.ts";

/** A certificate and its key: as PEM, and as files with the same. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificates {
  /** The authority's certificate. */
  readonly ca: string;
  readonly caFile: string;
  /** `O=Tollgate,CN=example.test`, for example.test, localhost and 127.0.0.1. */
  readonly server: Credentials;
  /** `O=Tollgate,CN=client`, with the names `client.test` and `spiffe://tollgate/client`. */
  readonly client: Credentials;
  /** A certificate for a client: `O=Tollgate,CN=<name>`, with these names and no others. `name` is a file's name, too. */
  issue(
    name: string,
    names: { readonly uris?: readonly string[]; readonly dns?: readonly string[] },
  ): Promise<Credentials>;
  /** Removes the files. */
  remove(): Promise<void>;
}

/** Makes an authority and a certificate for a server and for a client, valid from yesterday for a year. */
export async function certificates(): Promise<Certificates> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-certificates-"));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const authority: Subject = { name: "authority", keys: newKeys(), altNames: "authority" };
  const ca = certificate(authority, authority);
  const issue = async (name: string, altNames: Buffer[]): Promise<Credentials> => {
    const subject: Subject = { name, keys: newKeys(), altNames };
    const cert = certificate(subject, authority);
    const key = subject.keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    return { cert, key, certFile: await file(`${name}.pem`, cert), keyFile: await file(`${name}.key`, key) };
  };
  return {
    ca,
    caFile: await file("ca.pem", ca),
    server: await issue("example.test", [dns("example.test"), dns("localhost"), ip(127, 0, 0, 1)]),
    client: await issue("client", [dns("client.test"), uri("spiffe://tollgate/client")]),
    issue: (name, names) => issue(name, [...(names.dns ?? []).map(dns), ...(names.uris ?? []).map(uri)]),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

interface Subject {
  name: string;
  keys: { publicKey: KeyObject; privateKey: KeyObject };
  /** Encoded `GeneralName`s; an authority has none. */
  altNames: Buffer[] | "authority";
}

const newKeys = (): Subject["keys"] => generateKeyPairSync("ec", { namedCurve: "P-256" });

const dns = (name: string): Buffer => der.tagged(0x82, Buffer.from(name));
const uri = (name: string): Buffer => der.tagged(0x86, Buffer.from(name));
const ip = (...bytes: number[]): Buffer => der.tagged(0x87, Buffer.from(bytes));

const ECDSA_WITH_SHA256 = der.sequence(der.objectId("1.2.840.10045.4.3.2"));
const DAY_MS = 86_400_000;

/** X.509 version 3, in PEM. */
function certificate(subject: Subject, issuer: Subject): string {
  const now = Date.now();
  const extensions =
    subject.altNames === "authority"
      ? [extension("2.5.29.19", der.sequence(der.TRUE))] // basic constraints: it may sign
      : subject.altNames.length > 0
        ? [extension("2.5.29.17", der.sequence(...subject.altNames))]
        : [];
  const body = der.sequence(
    der.tagged(0xa0, der.integer(Uint8Array.of(2))),
    der.integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.name),
    der.sequence(der.time(new Date(now - DAY_MS)), der.time(new Date(now + 365 * DAY_MS))),
    distinguishedName(subject.name),
    subject.keys.publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [der.tagged(0xa3, der.sequence(...extensions))] : []),
  );
  const signature = sign("sha256", body, issuer.keys.privateKey);
  const bytes = der.sequence(body, ECDSA_WITH_SHA256, der.bitString(signature));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function distinguishedName(commonName: string): Buffer {
  const attribute = (id: string, value: string): Buffer =>
    der.set(der.sequence(der.objectId(id), der.utf8(value)));
  return der.sequence(attribute("2.5.4.10", "Tollgate"), attribute("2.5.4.3", commonName));
}

function extension(id: string, value: Buffer): Buffer {
  return der.sequence(der.objectId(id), der.octets(value));
}
