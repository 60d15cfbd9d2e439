// The clients that there are: names that policies speak of, and certificates that prove them.
import type { Certificates, Credentials } from "../../envoy/test-certificates/certificates.ts";

/** Whom a certificate names. */
export interface Identity {
  readonly uris?: readonly string[];
  readonly dns?: readonly string[];
}

/** By the certificate's common name. */
export type Identities = Readonly<Record<string, Identity>>;

export type IdentityCredentials = ReadonlyMap<string, Credentials>;

/** The subject of a certificate, as Envoy writes it (RFC 2253). */
export const subjectOf = (name: string): string => `CN=${name},O=Tollgate`;

export async function issueAll(
  certificates: Certificates,
  identities: Identities,
): Promise<IdentityCredentials> {
  const issued = new Map<string, Credentials>();
  for (const [name, names] of Object.entries(identities)) {
    issued.set(name, await certificates.issue(name, names));
  }
  return issued;
}
