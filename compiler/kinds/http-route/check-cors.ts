// Cross-origin rules that the standard refuses.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { reportHeaderName } from "../../http/report.ts";
import type { Located } from "../../source/span.ts";
import { ORIGIN } from "./hostnames.ts";
import type { CorsSpec } from "./schema.ts";

export function checkCors(spec: CorsSpec, diagnostics: Diagnostics): void {
  for (const origin of spec.allowOrigins?.items ?? []) checkOrigin(origin, diagnostics);
  for (const field of ["allowOrigins", "allowMethods", "allowHeaders"] as const) {
    const items: readonly Located<string>[] = spec[field]?.items ?? [];
    const all = items.length > 1 ? items.find(({ value }) => value === "*") : undefined;
    if (!all) continue;
    diagnostics.error("contradiction", `\`*\` stands alone in \`${field}\``, {
      span: all.span,
      help: "it allows everything: remove the others, or the asterisk",
    });
  }
  for (const name of [...(spec.allowHeaders?.items ?? []), ...(spec.exposeHeaders?.items ?? [])]) {
    if (name.value !== "*") reportHeaderName(name, diagnostics);
  }
}

function checkOrigin({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  const [, , , port] = ORIGIN.exec(value) ?? [];
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
  if (value === "*" || (ORIGIN.test(value) && isPort)) return;
  diagnostics.error("bad-value", `\`${value}\` is not an origin`, {
    span,
    help: "write scheme and host, and the port where it is not the scheme's own: `https://shop.test`, `https://*.shop.test`, `http://localhost:8080`, or `*` alone",
  });
}
