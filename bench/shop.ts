// The example's policies, as they are and with other limits. A benchmark sends as fast as it can: under the example's own
// limits it would measure refusals, so the allowed path is measured with a copy whose limits are never reached. Only numbers
// differ, so the emitted program is the same but for its constants.
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { readBundleFiles, type BundleFiles } from "../compiler/index.ts";

export const shopFolder = fileURLToPath(new URL("../examples/shop", import.meta.url));

export interface Rate {
  readonly limit: number;
  readonly window: string;
  readonly burst: number;
}

/** More than any generator sends. */
export const generous: Rate = { limit: 1_000_000, window: "1s", burst: 1_000_000 };
/** One request passes, then none for an hour. */
export const stingy: Rate = { limit: 1, window: "1h", burst: 1 };

export function describeRate({ limit, window, burst }: Rate): string {
  return `${limit.toLocaleString("en-US")} per ${window}, burst ${burst.toLocaleString("en-US")}`;
}

export function readShop(): Promise<BundleFiles> {
  return readBundleFiles([shopFolder]);
}

/** The bundle with another rate in the limits named, or in all of them. */
export function withRate(bundle: BundleFiles, rate: Rate, only?: string): BundleFiles {
  let changed = 0;
  const files = bundle.files.map((file) => {
    const documents = [...parseAllDocuments(file.text)];
    for (const document of documents) {
      const { kind, spec } = document.toJS() as { kind: string; spec?: { limits?: object } };
      if (kind !== "RateLimitPolicy") continue;
      for (const name of Object.keys(spec?.limits ?? {})) {
        if (only !== undefined && name !== only) continue;
        document.setIn(["spec", "limits", name, "rates"], document.createNode([rate]));
        changed++;
      }
    }
    // `directives` puts `---` in front of each.
    return { ...file, text: documents.map((document) => document.toString({ directives: true })).join("") };
  });
  if (changed === 0)
    throw new Error(`examples/shop has no rate limit${only === undefined ? "" : ` \`${only}\``}`);
  return { ...bundle, files };
}

/** The bundle with one more rule, another for each `number`: what an edit of a policy amounts to. */
export function withExtraRule(bundle: BundleFiles, number: number): BundleFiles {
  const text = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: edited, namespace: shop }
spec:
  action: ALLOW
  rules:
    - to: [{ operation: { hosts: ["shop.test"], paths: ["/edited-${number}/*"] } }]
`;
  return { ...bundle, files: [...bundle.files, { path: "edited.yaml", shown: "edited.yaml", text }] };
}
