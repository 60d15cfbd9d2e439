// The keys of `when`, as Istio has them.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { byteString, headerKey, isHeaderName } from "../../http/header-syntax.ts";
import type { Located } from "../../source/span.ts";
import type { Subject } from "./question.ts";

export const plainKeys = {
  "source.ip": { kind: "peer" },
  "remote.ip": { kind: "client" },
  "source.namespace": { kind: "namespace" },
  "source.principal": { kind: "principal" },
  "source.serviceAccount": { kind: "service-account" },
  "request.auth.principal": { kind: "request-principal" },
  "request.auth.audiences": { kind: "claim", path: ["aud"] },
  "request.auth.presenter": { kind: "claim", path: ["azp"] },
  "destination.ip": { kind: "destination" },
  "destination.port": { kind: "port" },
  "connection.sni": { kind: "sni" },
} as const satisfies Readonly<Record<string, Subject>>;

const METADATA = "experimental.envoy.filters.";

const namedKeys = {
  "request.headers": header,
  "request.auth.claims": claim,
} as const satisfies Readonly<Record<string, NamedKey>>;

type NamedKey = (
  brackets: string,
  key: Located<string>,
  diagnostics: Diagnostics | undefined,
) => Subject | undefined;

const known = [
  ...Object.keys(plainKeys),
  "request.headers[NAME]",
  "request.auth.claims[NAME]",
  `${METADATA}FILTER[KEY]`,
];
const DROPPED = "Istio leaves a rule with such a key out without a word";

/** What JSON Schema can say of keys that name other filters' metadata. */
export const METADATA_KEY = `^${METADATA.replaceAll(".", "\\.")}[^[]+\\[[\\s\\S]+\\]$`;

/** A claim inside another, one of whose names is empty. */
export const CLAIM_WITHOUT_NAME = "^request\\.auth\\.claims(\\[[^\\[\\]]*\\])*\\[\\](\\[[^\\[\\]]*\\])*$";

/** All keys, for editors; that a header's name is one is for the check to say. */
export const KEY = [
  `^(${Object.keys(plainKeys).join("|").replaceAll(".", "\\.")})$`,
  ...Object.keys(namedKeys).map((key) => `^${key.replaceAll(".", "\\.")}\\[[\\s\\S]+\\]$`),
  METADATA_KEY,
].join("|");

/** What a key names; reports one that names nothing, where it is told to whom. */
export function parseKey(key: Located<string>, diagnostics?: Diagnostics): Subject | undefined {
  const { value, span } = key;
  if (Object.hasOwn(plainKeys, value)) return plainKeys[value as keyof typeof plainKeys];
  const bracket = value.indexOf("[");
  const base = bracket < 0 ? value : value.slice(0, bracket);
  const brackets = bracket < 0 ? "" : value.slice(bracket);
  if (Object.hasOwn(namedKeys, base) && bracket >= 0)
    return namedKeys[base as keyof typeof namedKeys](brackets, key, diagnostics);
  if (value.startsWith(METADATA) && bracket >= 0) return metadata(base, brackets, key, diagnostics);
  const label =
    Object.hasOwn(namedKeys, base) || /^request\.header(?!s\[)/i.test(value)
      ? `did you mean \`${Object.hasOwn(namedKeys, base) ? base : "request.headers"}[NAME]\`?`
      : value.startsWith(METADATA)
        ? `did you mean \`${value}[KEY]\`?`
        : didYouMean(brackets === "" ? value : `${base}[NAME]`, known);
  diagnostics?.error("bad-value", `unknown condition key \`${value}\``, {
    span,
    ...(label !== undefined && { label }),
    help:
      label === undefined ? `the keys are ${known.map((k) => `\`${k}\``).join(", ")}; ${DROPPED}` : DROPPED,
  });
  return undefined;
}

/** Of the pseudo headers those that Envoy itself keeps as they came. `:path` would hold the query. */
const PSEUDO_HEADERS = [":authority", ":method", ":scheme"];

function header(
  brackets: string,
  { span }: Located<string>,
  diagnostics: Diagnostics | undefined,
): Subject | undefined {
  const name = brackets.endsWith("]") ? brackets.slice(1, -1) : undefined;
  if (name !== undefined && (isHeaderName(name) || PSEUDO_HEADERS.includes(name.toLowerCase())))
    return { kind: "header", name: headerKey(name) };
  diagnostics?.error("bad-header-name", `\`${name ?? brackets}\` is not a header name`, {
    span,
    help:
      name === ":path"
        ? "use `paths` in `to`, which compares the path without the query"
        : `write it as \`request.headers[x-user]\`; use \`to\` for method, path and host; ${DROPPED}`,
  });
  return undefined;
}

/** `[a][b]` is the member `b` of `a`; whatever is no such list is one name, brackets and all. */
function claim(
  brackets: string,
  { span, value }: Located<string>,
  diagnostics: Diagnostics | undefined,
): Subject | undefined {
  const nested = /^(\[[^[\]]*\])+$/.test(brackets);
  const path = nested ? brackets.slice(1, -1).split("][") : [brackets.slice(1, -1)];
  if (brackets.endsWith("]") && path.every((name) => name !== ""))
    return { kind: "claim", path: path.map(byteString) };
  diagnostics?.error("bad-value", `\`${value}\` names no claim`, {
    span,
    help: `write it as \`request.auth.claims[iss]\`, or \`request.auth.claims[realm_access][roles]\` for a claim inside another; ${DROPPED}`,
  });
  return undefined;
}

/** `experimental.envoy.filters.a.b[c]` is the key `c` in what the filter `envoy.filters.a.b` says. */
function metadata(
  base: string,
  brackets: string,
  { span, value }: Located<string>,
  diagnostics: Diagnostics | undefined,
): Subject | undefined {
  const path = brackets.slice(1, -1);
  if (brackets.endsWith("]") && path !== "" && base.length > METADATA.length)
    return { kind: "metadata", filter: base.slice("experimental.".length), path: [path] };
  diagnostics?.error("bad-value", `\`${value}\` names no filter's metadata`, {
    span,
    help: `write it as \`experimental.envoy.filters.http.lua[tenant]\`; ${DROPPED}`,
  });
  return undefined;
}
