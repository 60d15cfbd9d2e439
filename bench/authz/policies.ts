// The same permissions as AuthorizationPolicies, for our compiler.
import { stringify } from "yaml";
import { hit, prefix, prefixes, W2_PREFIXES } from "./prefixes.ts";

/** A policy's document that allows what one of the rules allows. */
function allow(rules: readonly object[]): string {
  return stringify({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "allowed", namespace: "bench" },
    spec: { action: "ALLOW", rules },
  });
}

/** W2: GET and POST under one of fifty prefixes, or by an admin. */
export function w2Policy(): string {
  const methods = ["GET", "POST"];
  return allow([
    { to: [{ operation: { methods, paths: prefixes(W2_PREFIXES).map((one) => `${one}*`) } }] },
    { to: [{ operation: { methods } }], when: [{ key: "request.headers[x-role]", values: ["admin"] }] },
  ]);
}

/** Rules of one prefix each. */
export function prefixPolicy(count: number): string {
  return allow(prefixes(count).map((one) => ({ to: [{ operation: { paths: [`${one}*`] } }] })));
}

const methods = ["GET", "POST", "PUT", "DELETE"];
const hosts = 100;

/** A request that a rule of `mixedPolicy` allows. */
export interface MixedRequest {
  readonly block: string;
  readonly method: string;
  readonly host: string;
  readonly tenant: string;
  readonly path: string;
}

/** What the rule with this number asks for, all of it together. */
export function mixedRule(i: number, count: number): MixedRequest {
  const loopback = i === hit(count);
  return {
    // The load comes from here. The others' blocks are all different.
    block: loopback ? "127.0.0.1/32" : `10.${i >> 8}.${i & 255}.0/24`,
    method: loopback ? "GET" : (methods[i % methods.length] ?? ""),
    host: `h${i % hosts}.bench.test`,
    tenant: `t${i}`,
    path: prefix(i, count),
  };
}

/** Rules that each ask for an address block, a method, a host, a header and a prefix. */
export function mixedPolicy(count: number): string {
  return allow(
    Array.from({ length: count }, (_, i) => {
      const { block, method, host, tenant, path } = mixedRule(i, count);
      return {
        from: [{ source: { ipBlocks: [block] } }],
        to: [{ operation: { methods: [method], hosts: [host], paths: [`${path}*`] } }],
        when: [{ key: "request.headers[x-tenant]", values: [tenant] }],
      };
    }),
  );
}
