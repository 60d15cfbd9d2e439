// Whom a peer's certificate names, as Istio's identities have it: `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/SERVICE_ACCOUNT`,
// with further pairs of names and values where an issuer adds them.
import type { Regex } from "../../automata/regex.ts";
import { byteString } from "../../http/header-syntax.ts";
import type { Predicate } from "../../ir/program.ts";
import { patternOf } from "./pattern.ts";

/** Istio's own trust domain; the only one that a policy can mean by it, as bundles name no others. */
const TRUST_DOMAIN = "cluster.local";
const SPIFFE = "spiffe://";

/** A peer's name, without `spiffe://`. Wildcards cross `/`. */
export function principalPredicate(value: string): Predicate {
  const pattern = patternOf(inOwnTrustDomain(value));
  if (pattern.kind === "any") return { kind: "present" };
  if (pattern.kind !== "suffix") return { kind: pattern.kind, text: SPIFFE + byteString(pattern.text) };
  return regex(sequence(literal(SPIFFE), anything, literal(pattern.text)));
}

/**
 * Istio takes a trust domain that begins like its own and ends in `*` for its own, in a whole identity. Elsewhere an
 * asterisk amidst a value stands for itself.
 */
export function inOwnTrustDomain(value: string): string {
  const [trustDomain = "", ...rest] = value.split("/");
  const meant =
    rest.length === 4 && /^[^*]+\*$/.test(trustDomain) && TRUST_DOMAIN.startsWith(trustDomain.slice(0, -1));
  return meant ? [TRUST_DOMAIN, ...rest].join("/") : value;
}

/** Wildcards stand anywhere, and cross `/`. */
export function namespacePredicate(value: string): Predicate {
  return regex(sequence(anything, literal("/ns/"), glob(value, anything), literal("/"), anything));
}

/** `NAMESPACE/ACCOUNT`, or `ACCOUNT` in the policy's own namespace. */
export function serviceAccountPredicate(value: string, ownNamespace: string): Predicate {
  const { namespace, account } = serviceAccountOf(value, ownNamespace);
  return regex(
    sequence(
      literal(SPIFFE),
      something,
      literal(`/ns/${namespace}/`),
      optional(sequence(something, literal("/"))),
      literal(`sa/${account}`),
      optional(sequence(literal("/"), something)),
    ),
  );
}

/** The parts of a service account's name. */
export function serviceAccountOf(
  value: string,
  ownNamespace: string,
): { readonly namespace: string; readonly account: string } {
  const slash = value.indexOf("/");
  return slash < 0
    ? { namespace: ownNamespace, account: value }
    : { namespace: value.slice(0, slash), account: value.slice(slash + 1) };
}

/** Wildcards stand anywhere, and never cross `/`; `*` alone is any peer with a certificate. */
export function trustDomainPredicate(value: string): Predicate {
  if (value === "*") return { kind: "present" };
  if (!value.includes("*")) return { kind: "prefix", text: `${SPIFFE}${byteString(value)}/` };
  return regex(sequence(literal(SPIFFE), glob(value, anyInElement), literal("/"), anything));
}

// As RE2 reads `.`: any byte but a line feed.
const anyByte: Regex = {
  op: "bytes",
  ranges: [
    [0, 9],
    [11, 255],
  ],
};
const anything: Regex = { op: "repeat", of: anyByte, min: 0 };
const something: Regex = { op: "repeat", of: anyByte, min: 1 };
const anyInElement: Regex = {
  op: "repeat",
  of: {
    op: "bytes",
    ranges: [
      [0, 46],
      [48, 255],
    ],
  },
  min: 0,
};

/** A text in which each asterisk is a wildcard. */
function glob(text: string, wildcard: Regex): Regex {
  const [first = "", ...rest] = text.split("*");
  return sequence(literal(first), ...rest.flatMap((part) => [wildcard, literal(part)]));
}

function literal(text: string): Regex {
  const bytes = Array.from(byteString(text), (char) => char.charCodeAt(0));
  return sequence(...bytes.map((byte): Regex => ({ op: "bytes", ranges: [[byte, byte]] })));
}

function sequence(...of: readonly Regex[]): Regex {
  return { op: "sequence", of };
}

function optional(of: Regex): Regex {
  return { op: "choice", of: [{ op: "empty" }, of] };
}

function regex(tree: Regex): Predicate {
  return { kind: "regex", regex: tree };
}
