// The `backends` of a bundle: the clusters that policies send requests to, and where each leads.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { named, text, type Read } from "../schema/schema.ts";
import type { Located } from "../source/span.ts";
import type { BundleSpec } from "./bundle.ts";

/** A request header carries it. */
const CLUSTER = /^[!-~]{1,255}$/;

const origin = text({
  pattern: "^https?://[!-~]+$",
  patternErrorMessage: "write scheme, host and port, such as `http://127.0.0.1:9001`",
});

export const backends = named(origin, '{ shop/orders:8080: "http://127.0.0.1:9001" }', {
  pattern: CLUSTER.source,
  patternErrorMessage: "a Kubernetes Service's cluster is called `NAMESPACE/SERVICE:PORT`",
});

/** Clusters of the configurations that `tollgate` writes are called so, as of key sets. */
const RESERVED = "tollgate_";
/** Where those configurations send what no rule sends elsewhere. */
const OWN_UPSTREAM = "ingress.upstream";

/** Reports backends that no cluster can be made of. `taken`: the cluster of the bundle's rate limit service. */
export function checkBackends(
  spec: Read<typeof backends>,
  taken: string | undefined,
  diagnostics: Diagnostics,
): void {
  for (const { name, item } of spec.items) {
    if (!CLUSTER.test(name.value)) {
      diagnostics.error("bad-name", `\`${name.value}\` is not a cluster's name`, {
        span: name.span,
        help: "use up to 255 letters, digits and signs of ASCII, without white space; a Kubernetes Service's is `NAMESPACE/SERVICE:PORT`",
      });
    } else if (name.value.startsWith(RESERVED) || [OWN_UPSTREAM, taken].includes(name.value)) {
      diagnostics.error("bad-name", `\`${name.value}\` is another cluster's name`, {
        span: name.span,
        help: `names that begin with \`${RESERVED}\`, \`${OWN_UPSTREAM}\` and the name of the rate limit service are taken: rename it here and in the policies`,
      });
    }
    const fault = originFault(item.value);
    if (fault === undefined) continue;
    diagnostics.error("bad-url", `\`${item.value}\` is not where a backend is: ${fault}`, {
      span: item.span,
      help: "write scheme, host and port, such as `http://127.0.0.1:9001` or `https://orders.shop.test`",
    });
  }
}

function originFault(text: string): string | undefined {
  if (!/^https?:\/\//.test(text)) return "it does not begin with `http://` or `https://`";
  if (/[^!-~]|\\/.test(text)) return "it holds white space or characters that need escapes";
  if (!URL.canParse(text)) return "it is no address";
  const { username, password, port, pathname, host } = new URL(text);
  if (username !== "" || password !== "" || text.includes("@")) return "it holds a user name or a password";
  if (port === "0") return "0 is no port";
  if (pathname !== "/" || /[?#]/.test(text)) return "requests bring their own path";
  return /^\d+(\.\d+)*(:|$)/.test(host) && !text.slice(text.indexOf("//") + 2).startsWith(host)
    ? `it would be read as \`${host}\``
    : undefined;
}

/** Reports clusters that policies name and the bundle does not. */
export function checkBackendsNamed(
  bundle: { readonly spec: BundleSpec | undefined } | undefined,
  asked: readonly Located<string>[],
  diagnostics: Diagnostics,
): void {
  // What is wrong with the bundle's own words was reported.
  if (bundle && (!bundle.spec || (bundle.spec.keys.has("backends") && !bundle.spec.backends))) return;
  const known = (bundle?.spec?.backends?.items ?? []).map(({ name }) => name.value);
  const names = new Set(known);
  for (const { value, span } of asked) {
    if (names.has(value)) continue;
    const label = didYouMean(value, known);
    const where = known.length > 0 ? "under `backends:` in" : "into";
    const line =
      known.length > 0 ? `"${value}": "http://HOST:PORT"` : `backends: { "${value}": "http://HOST:PORT" }`;
    diagnostics.error("no-backend", `the bundle has no backend \`${value}\``, {
      span,
      ...(label !== undefined && { label }),
      help: `write \`${line}\` ${where} the \`spec\` of the bundle's \`Bundle\` document`,
    });
  }
}
