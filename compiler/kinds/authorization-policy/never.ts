// Values that can stand in no request: sooner a slip than a wish.
import { headerValueFault } from "../../http/header-syntax.ts";
import { covers, patternOf } from "./pattern.ts";
import type { Subject } from "./question.ts";

interface Never {
  readonly why: string;
  readonly help: string;
}

/** Why nothing matches the value, or undefined where something may. */
export function whyNever(subject: Subject, value: string): Never | undefined {
  switch (subject.kind) {
    case "method":
      return neverAMethod(value);
    case "path":
      return neverAPath(value);
    case "host":
      return neverAHost(value);
    case "sni":
      return neverAServerName(value);
    case "header":
      if (subject.name === ":authority") return neverAHost(value);
      return subject.name === "x-envoy-internal" ? neverInternal(value) : neverAHeaderValue(value);
    case "principal":
      return neverAPrincipal(value);
    case "namespace":
      return value.includes("/")
        ? {
            why: "a namespace has no `/`",
            help: "write the namespace alone; a whole identity goes into `principals`",
          }
        : undefined;
    case "request-principal":
      return neverARequestPrincipal(value);
    case "claim":
      return neverAClaim(subject.path, value);
    case "peer":
    case "client":
    case "destination":
    case "port":
    case "service-account":
    case "trust-domain":
    case "metadata":
      return undefined;
  }
}

/** Why no request shows a header of this name, or undefined where one may. */
export function headerNeverSeen(name: string): string | undefined {
  if (HOP_BY_HOP.includes(name)) return "it belongs to the connection, and the listener takes it away";
  return undefined;
}

const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "transfer-encoding"];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

function neverAMethod(value: string): Never | undefined {
  const upper = value.toUpperCase();
  if (value === upper || !METHODS.includes(upper)) return undefined;
  return { why: "methods are upper case", help: `write \`${upper}\`` };
}

function neverAPath(value: string): Never | undefined {
  if (/[?#]/.test(value)) {
    return { why: "paths are compared without the query", help: "leave out everything from `?` on" };
  }
  // In the form of a request to a proxy, or of CONNECT and `OPTIONS *`, there is no path either.
  if (/^[^/*]/.test(value)) return { why: "a path starts with `/`", help: `write \`/${value}\`` };
  return undefined;
}

function neverAHost(value: string): Never | undefined {
  const scheme = /^\*?[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0];
  const host = value.slice(scheme?.length ?? 0).replace(/\/.*$/s, "");
  if (scheme !== undefined || value.includes("/"))
    return {
      why: "a host has neither scheme nor path",
      help: host === "" ? "write the host alone" : `write \`${host}\``,
    };
  if (/\s/.test(value)) return { why: "a host has no white space", help: "write a name such as `shop.test`" };
  return undefined;
}

function neverAServerName(value: string): Never | undefined {
  if (/[A-Z]/.test(value))
    return { why: "server names arrive in lower case", help: `write \`${value.toLowerCase()}\`` };
  if (/[\s/:@]/.test(value))
    return { why: "a server name is a host's name and no more", help: "write a name such as `shop.test`" };
  return undefined;
}

function neverAHeaderValue(value: string): Never | undefined {
  const pattern = patternOf(value);
  if (pattern.kind === "any") return undefined;
  // Next to a wildcard there may be white space.
  const text = `${pattern.kind === "suffix" ? "x" : ""}${pattern.text}${pattern.kind === "prefix" ? "x" : ""}`;
  const fault = headerValueFault(text);
  return fault === undefined
    ? undefined
    : {
        why: fault.replace(/^it /, "a header's value never "),
        help: "write the value as the proxy shows it, without spaces around it",
      };
}

/** What a client writes there never arrives. */
function neverInternal(value: string): Never | undefined {
  if (covers(patternOf(value), { kind: "exact", text: "true" })) return undefined;
  return { why: "the listener writes `true` or leaves the header out", help: "write `true`" };
}

function neverAPrincipal(value: string): Never | undefined {
  if (!/^\*?spiffe:\/\//.test(value)) return undefined;
  const name = value.replace(/^\*?spiffe:\/\//, "");
  return {
    why: "`spiffe://` is put in front of it",
    help: name === "" ? "leave it out" : `write \`${name}\``,
  };
}

function neverARequestPrincipal(value: string): Never | undefined {
  const help = "write `ISSUER/SUBJECT`, `ISSUER/*` for any subject, or `*/SUBJECT` for any issuer";
  const pattern = patternOf(value);
  if (pattern.kind === "exact" && (!value.includes("/") || value.endsWith("/")))
    return { why: "the subject, behind the last `/`, would have to be empty", help };
  // Issuer and subject are parted first, and only one of them takes the wildcard.
  if (pattern.kind === "suffix" && value.endsWith("/*"))
    return {
      why: "with a wildcard in front, the subject is compared with `*` itself",
      help: 'write `"*"` for any token',
    };
  return undefined;
}

/** Lists of words that the proxy parts at spaces. */
const WORDS = ["scope", "permission"];

function neverAClaim(path: readonly string[], value: string): Never | undefined {
  if (path.length !== 1 || !WORDS.includes(path[0] ?? "") || !value.includes(" ")) return undefined;
  return {
    why: `the words of \`${path[0] ?? ""}\` are compared one by one, unless the claim is a list`,
    help: "write each word as a value of its own",
  };
}
