// The same permissions for Envoy's own filters.
import { typed } from "../../envoy/typed.ts";
import { luaFilter } from "../peers/lua.ts";
import { prefixes, W2_PREFIXES } from "./prefixes.ts";

const anybody = [{ any: true }];

function rbac(config: object): object {
  return { name: "envoy.filters.http.rbac", typed_config: typed("filters.http.rbac.v3.RBAC", config) };
}

const under = (prefix: string): object => ({ url_path: { path: { prefix } } });
const header = (name: string, exact: string): object => ({ header: { name, string_match: { exact } } });
const any = (rules: readonly object[]): object => ({ or_rules: { rules } });
const all = (rules: readonly object[]): object => ({ and_rules: { rules } });

function allowing(permissions: readonly object[]): object {
  const policies = permissions.map((permission, i) => [
    `p${String(i).padStart(5, "0")}`,
    { permissions: [permission], principals: anybody },
  ]);
  return rbac({ rules: { action: "ALLOW", policies: Object.fromEntries(policies) as object } });
}

/** RBAC with a policy for each rule: Envoy tries one after the other, in the order of their names. */
export function policyForEach(count: number): object {
  return allowing(prefixes(count).map(under));
}

/** RBAC with one policy whose rules are alternatives. */
export function onePolicy(count: number): object {
  return allowing([any(prefixes(count).map(under))]);
}

const getOrPost = any([header(":method", "GET"), header(":method", "POST")]);
const admin = header("x-role", "admin");

export function w2PolicyForEach(): object {
  return allowing([...prefixes(W2_PREFIXES).map(under), admin].map((one) => all([getOrPost, one])));
}

export function w2OnePolicy(): object {
  return allowing([all([getOrPost, any([...prefixes(W2_PREFIXES).map(under), admin])])]);
}

const verdict = (action: "ALLOW" | "DENY"): object => ({
  action: {
    name: "verdict",
    typed_config: {
      "@type": "type.googleapis.com/envoy.config.rbac.v3.Action",
      name: action.toLowerCase(),
      action,
    },
  },
});

const input = (name: string): object => ({
  name: "header",
  typed_config: {
    "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
    header_name: name,
  },
});

function tree(name: string, kind: string, to: Readonly<Record<string, object>>, otherwise: object): object {
  return { matcher_tree: { input: input(name), [kind]: { map: to } }, on_no_match: otherwise };
}

function prefixTree(count: number, otherwise: object): object {
  const to = prefixes(count).map((one) => [one, verdict("ALLOW")]);
  return tree(":path", "prefix_match_map", Object.fromEntries(to) as Record<string, object>, otherwise);
}

/** RBAC by the generic matching API: a map of prefixes, for those whose rules fit into one. */
export function matcher(count: number): object {
  return rbac({ matcher: prefixTree(count, verdict("DENY")) });
}

export function w2Matcher(): object {
  const denied = verdict("DENY");
  const byRole = { matcher: tree("x-role", "exact_match_map", { admin: verdict("ALLOW") }, denied) };
  const byPath = { matcher: prefixTree(W2_PREFIXES, byRole) };
  return rbac({ matcher: tree(":method", "exact_match_map", { GET: byPath, POST: byPath }, denied) });
}

/** The prefixes in a table and one compared after the other: what is usual. */
export function w2Lua(): Promise<object> {
  const table = prefixes(W2_PREFIXES).map((one) => JSON.stringify(one));
  return luaFilter("w2", `local P = {${table.join(", ")}}`);
}

/** The filter that verifies tokens; by its default it keeps none of those it has seen. */
export function jwtAuthn(issuer: string, keySet: string): object {
  return {
    name: "envoy.filters.http.jwt_authn",
    typed_config: typed("filters.http.jwt_authn.v3.JwtAuthentication", {
      providers: { issuer: { issuer, local_jwks: { inline_string: keySet } } },
      rules: [{ match: { prefix: "/" }, requires: { provider_name: "issuer" } }],
    }),
  };
}
