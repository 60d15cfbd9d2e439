// Tokens for both sides: our RequestAuthentication and Envoy's `jwt_authn` trust the same key.
import { generateKeyPairSync, sign } from "node:crypto";
import { typed } from "../../envoy/typed.ts";

export type Claims = Readonly<Record<string, unknown>>;

export interface TokenIssuer {
  /** The token, which never expires. */
  mint(claims: Claims): string;
  /** A document that trusts these issuers. */
  requestAuthentication(issuers: readonly string[]): object;
  /** Envoy's filter, which puts claims where Istio's filters look for them. Any issuer will do. */
  readonly jwtAuthn: object;
}

export function tokenIssuer(): TokenIssuer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: "jwk" }), kid: "oracle", alg: "ES256", use: "sig" }],
  });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    mint: (claims) => {
      const signed = `${part({ alg: "ES256", kid: "oracle" })}.${part(claims)}`;
      const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${signed}.${signature.toString("base64url")}`;
    },
    requestAuthentication: (issuers) => ({
      apiVersion: "security.istio.io/v1",
      kind: "RequestAuthentication",
      metadata: { name: "oracle", namespace: "foo" },
      spec: { jwtRules: issuers.map((issuer) => ({ issuer, jwks, forwardOriginalToken: true })) },
    }),
    jwtAuthn: {
      name: "envoy.filters.http.jwt_authn",
      typed_config: typed("filters.http.jwt_authn.v3.JwtAuthentication", {
        providers: {
          oracle: {
            local_jwks: { inline_string: jwks },
            forward: true,
            payload_in_metadata: "payload",
            normalize_payload_in_metadata: { space_delimited_claims: ["scope", "permission"] },
          },
        },
        rules: [
          {
            match: { prefix: "/" },
            requires: {
              requires_any: { requirements: [{ provider_name: "oracle" }, { allow_missing: {} }] },
            },
          },
        ],
      }),
    },
  };
}
