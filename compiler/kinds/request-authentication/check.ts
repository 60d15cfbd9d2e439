// What fits the shape of a RequestAuthentication but makes no sense.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { headerKey, headerValueFault, isHeaderName } from "../../http/header-syntax.ts";
import { readKeySet } from "../../jwk/key-set.ts";
import { firstLine } from "../../schema/schema.ts";
import type { Located } from "../../source/span.ts";
import type { Annotations } from "../kind.ts";
import { keySetText } from "./key-set-text.ts";
import { parseJwksUri } from "./jwks-uri.ts";
import { MOST_OUTPUTS, MOST_RULES, MOST_WORD_LISTS } from "./limits.ts";
import type { JwtRule, Spec } from "./schema.ts";
import { parseTime, parseTimeout, TIMES } from "./times.ts";

export function check(spec: Spec, diagnostics: Diagnostics): void {
  const rules = spec.jwtRules?.items ?? [];
  if (rules.length > MOST_RULES && spec.jwtRules) {
    diagnostics.error(
      "limit-out-of-range",
      `${rules.length} rules are too many: ${MOST_RULES} are the most`,
      {
        span: firstLine(spec.jwtRules.span),
        help: "keep the issuers that this workload meets",
      },
    );
  }
  for (const rule of rules) {
    checkIssuer(rule, diagnostics);
    checkKeys(rule, diagnostics);
    for (const values of [rule.audiences, rule.fromParams, rule.spaceDelimitedClaims])
      for (const value of values?.items ?? []) checkNotEmpty(value, diagnostics);
    const words = rule.spaceDelimitedClaims;
    if (words && words.items.length > MOST_WORD_LISTS) {
      diagnostics.error("limit-out-of-range", `these are ${words.items.length} claims`, {
        span: firstLine(words.span),
        help: `name at most ${MOST_WORD_LISTS}, as with Istio`,
      });
    }
    checkLocations(rule, diagnostics);
    if (rule.timeout && parseTimeout(rule.timeout.value) === undefined) {
      diagnostics.error("bad-duration", `\`${rule.timeout.value}\` is no time to fetch a key set in`, {
        span: rule.timeout.span,
        help: "write a number and a unit, such as `500ms` or `5s`: from 1ms to 10m",
      });
    }
  }
  checkOutputs(rules, diagnostics);
}

/** Reports annotations of ours that cannot be read. */
export function checkAnnotations(annotations: Annotations, diagnostics: Diagnostics): void {
  for (const [name, { shortest, longest }] of Object.entries(TIMES)) {
    const written = annotations.get(name);
    if (!written) continue;
    const time = parseTime(written.value);
    if (time !== undefined && time >= shortest && time <= longest) continue;
    diagnostics.error("bad-duration", `\`${printable(written.value)}\` is no time for \`${name}\``, {
      span: written.span,
      help: `write a number and a unit, such as \`5m\` or \`1h\`: from ${shortest / 1000}s to ${longest / 3_600_000}h`,
    });
  }
}

/** Warns of a policy that does nothing. */
export function advise(spec: Spec, diagnostics: Diagnostics): void {
  if (spec.jwtRules && spec.jwtRules.items.length > 0) return;
  diagnostics.warning("refuses-nothing", "this policy looks at no token", {
    span: firstLine(spec.span),
    help: "name issuers in `jwtRules`; to refuse requests without a token is for an `AuthorizationPolicy`",
  });
}

function checkIssuer(rule: JwtRule, diagnostics: Diagnostics): void {
  if (rule.issuer) return checkNotEmpty(rule.issuer, diagnostics);
  if (rule.keys.has("issuer") || rule.keys.has("jwksUri") || rule.keys.has("jwks_uri")) return;
  diagnostics.error("missing-field", "a rule needs an `issuer`", {
    span: firstLine(rule.span),
    help: "name whose tokens these are; only a rule with `jwksUri` may leave it out",
  });
}

function checkKeys(rule: JwtRule, diagnostics: Diagnostics): void {
  const given = (["jwks", "jwksUri", "jwks_uri"] as const).filter((name) => rule.keys.has(name));
  const [first, second] = given;
  if (first === undefined) {
    diagnostics.error("missing-field", "a rule needs `jwksUri` or `jwks`", {
      span: rule.issuer?.span ?? firstLine(rule.span),
      help: "keys are not discovered: write what the issuer's `/.well-known/openid-configuration` names as `jwks_uri`",
    });
  } else if (second !== undefined) {
    diagnostics.error("one-of", `a rule takes \`${first}\` or \`${second}\`, not both`, {
      span: rule.keys.get(second) ?? rule.span,
      help: "keep the one that is kept up to date",
    });
  }
  const uri = rule.jwksUri ?? rule.jwks_uri;
  const parsed = uri && parseJwksUri(uri.value);
  if (uri && typeof parsed === "string") {
    diagnostics.error("bad-url", `\`${uri.value}\` is not where a key set is: ${parsed}`, {
      span: uri.span,
      help: "write an address such as `https://issuer.example/.well-known/jwks.json`",
    });
  }
  if (rule.timeout && rule.jwks && given.length === 1) {
    diagnostics.warning("removal-without-effect", "nothing is fetched, so `timeout` says nothing", {
      span: rule.timeout.span,
      help: "leave it out, or fetch the key set: `jwksUri`",
    });
  }
  if (!rule.jwks) return;
  const text = keySetText(rule.jwks);
  if (text === undefined) {
    diagnostics.error("bad-key-set", `\`${printable(rule.jwks.value)}\` cannot be read`, {
      span: rule.jwks.span,
      help: "name a file in the policy's own folder or below, such as `file:keys.json`",
    });
    return;
  }
  for (const { severity, code, message, help } of readKeySet(text, Date.now()).faults)
    diagnostics[severity](code, message, { span: firstLine(rule.jwks.span), help });
}

function checkNotEmpty({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (value !== "") return;
  diagnostics.error("bad-value", "an empty text stands for nothing here", {
    span,
    help: "write a value, or remove the entry",
  });
}

function checkLocations(rule: JwtRule, diagnostics: Diagnostics): void {
  for (const { name, prefix } of rule.fromHeaders?.items ?? []) {
    checkHeader(name, diagnostics);
    const fault = prefix && headerValueFault(`${prefix.value}x`);
    if (!prefix || fault === undefined) continue;
    diagnostics.error("bad-header-value", `no header begins with \`${printable(prefix.value)}\`: ${fault}`, {
      span: prefix.span,
      help: "write the prefix as clients send it, such as `Bearer `",
    });
  }
  for (const { value, span } of rule.fromCookies?.items ?? []) {
    if (isHeaderName(value)) continue;
    diagnostics.error("bad-name", `\`${printable(value)}\` is not a cookie's name`, {
      span,
      help: "it holds letters, digits and `-`, `_` and the like, but no white space, `=`, `;`, `,` or quotes",
    });
  }
}

/** Headers of requests that are not a policy's to read tokens from, or to write. */
const OTHERS = new Set([
  ...["host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer"],
  ...["keep-alive", "proxy-connection", "expect"],
]);

function checkHeader(name: Located<string>, diagnostics: Diagnostics): boolean {
  if (!isHeaderName(name.value)) {
    diagnostics.error("bad-header-name", `\`${printable(name.value)}\` is not a header name`, {
      span: name.span,
      help: "a header name holds letters, digits and `-`, such as `x-token`",
    });
    return false;
  }
  if (!OTHERS.has(name.value.toLowerCase())) return true;
  diagnostics.error("bad-header-name", `\`${name.value}\` is the proxy's own header`, {
    span: name.span,
    help: "take a header of your own, such as `x-token`",
  });
  return false;
}

/** Whatever one rule writes no rule may read a token from: the client's own would have to be removed first. */
function checkOutputs(rules: readonly JwtRule[], diagnostics: Diagnostics): void {
  const read = new Set(rules.flatMap((rule) => namesOf(rule)));
  for (const rule of rules) {
    const claims = rule.outputClaimToHeaders;
    if (claims && claims.items.length > MOST_OUTPUTS) {
      diagnostics.error("limit-out-of-range", `these are ${claims.items.length} headers`, {
        span: firstLine(claims.span),
        help: `write at most ${MOST_OUTPUTS}, or the whole payload: \`outputPayloadToHeader\``,
      });
    }
    const written = new Map<string, string>();
    const outputs = [
      ...(rule.outputPayloadToHeader ? [{ header: rule.outputPayloadToHeader, claim: undefined }] : []),
      ...(rule.outputClaimToHeaders?.items ?? []),
    ];
    for (const { header, claim } of outputs) {
      if (claim) {
        checkNotEmpty(claim, diagnostics);
        if (claim.value.split(".").includes("") && claim.value !== "") {
          diagnostics.warning(
            "value-never-matches",
            `\`${claim.value}\` leads through a claim without a name`,
            {
              span: claim.span,
              help: "dots part the names of nested claims, such as `realm_access.role`",
            },
          );
        }
      }
      if (!checkHeader(header, diagnostics)) continue;
      const key = headerKey(header.value);
      if (read.has(key)) {
        diagnostics.error("header-taken", `\`${header.value}\` is where tokens are looked for`, {
          span: header.span,
          help: "write into another header: the client's own value of this one is always removed",
        });
      }
      if (written.has(key)) {
        diagnostics.error("header-taken", `\`${header.value}\` gets two values`, {
          span: header.span,
          help: "give each output a header of its own",
        });
      }
      written.set(key, header.value);
    }
  }
}

function namesOf(rule: JwtRule): string[] {
  if (rule.fromHeaders) {
    const names = rule.fromHeaders.items.map(({ name }) => headerKey(name.value));
    return rule.fromCookies ? [...names, "cookie"] : names;
  }
  if (rule.fromCookies) return ["cookie"];
  return rule.fromParams ? [] : ["authorization"];
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}
