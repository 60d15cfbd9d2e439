// What rules ask: each field of a source or an operation, and each key of `when`, is a question with values of which one
// must match, and values of which none may.
import type { Items } from "../../schema/schema.ts";
import type { Located } from "../../source/span.ts";
import { parseKey } from "./key.ts";
import type { ConditionSpec, OperationSpec, SourceSpec } from "./schema.ts";

/** What is asked about. */
export type Subject =
  | { readonly kind: "host" | "method" | "path" | "sni" | "port" }
  | { readonly kind: "principal" | "namespace" | "service-account" | "trust-domain" }
  | { readonly kind: "request-principal" }
  | AddressSubject
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "claim"; readonly path: readonly string[] }
  | { readonly kind: "metadata"; readonly filter: string; readonly path: readonly string[] };

/** An address, which the proxy may not say. */
export interface AddressSubject {
  readonly kind: "peer" | "client" | "destination";
}

export type Values = Items<Located<string>> | undefined;

export interface Question {
  readonly subject: Subject;
  /** The fields' names, for messages. */
  readonly names: { readonly values: string; readonly notValues: string };
  readonly values: Values;
  readonly notValues: Values;
}

export function isAddress(subject: Subject): subject is AddressSubject {
  return subject.kind === "peer" || subject.kind === "client" || subject.kind === "destination";
}

/** The questions of one source, all of which must be answered well. */
export function questionsOfSource(s: SourceSpec): readonly Question[] {
  return asked([
    [{ kind: "principal" }, "principals", "notPrincipals", s.principals, s.notPrincipals],
    [
      { kind: "request-principal" },
      "requestPrincipals",
      "notRequestPrincipals",
      s.requestPrincipals,
      s.notRequestPrincipals,
    ],
    [{ kind: "namespace" }, "namespaces", "notNamespaces", s.namespaces, s.notNamespaces],
    [
      { kind: "service-account" },
      "serviceAccounts",
      "notServiceAccounts",
      s.serviceAccounts,
      s.notServiceAccounts,
    ],
    [{ kind: "trust-domain" }, "trustDomains", "notTrustDomains", s.trustDomains, s.notTrustDomains],
    [{ kind: "client" }, "remoteIpBlocks", "notRemoteIpBlocks", s.remoteIpBlocks, s.notRemoteIpBlocks],
    [{ kind: "peer" }, "ipBlocks", "notIpBlocks", s.ipBlocks, s.notIpBlocks],
  ]);
}

/** The questions of one operation, all of which must be answered well. */
export function questionsOfOperation(o: OperationSpec): readonly Question[] {
  return asked([
    [{ kind: "host" }, "hosts", "notHosts", o.hosts, o.notHosts],
    [{ kind: "method" }, "methods", "notMethods", o.methods, o.notMethods],
    [{ kind: "path" }, "paths", "notPaths", o.paths, o.notPaths],
    [{ kind: "port" }, "ports", "notPorts", o.ports, o.notPorts],
  ]);
}

/** The question of a condition; none where its key names nothing. */
export function questionOfCondition({ key, values, notValues }: ConditionSpec): Question | undefined {
  const subject = parseKey(key);
  return subject && { subject, names: { values: "values", notValues: "notValues" }, values, notValues };
}

type Row = readonly [subject: Subject, name: string, notName: string, values: Values, notValues: Values];

function asked(rows: readonly Row[]): readonly Question[] {
  return rows
    .map(([subject, name, notName, values, notValues]) => ({
      subject,
      names: { values: name, notValues: notName },
      values,
      notValues,
    }))
    .filter(({ values, notValues }) => values || notValues);
}
