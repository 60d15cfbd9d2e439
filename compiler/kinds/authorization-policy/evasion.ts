// Prohibitions that a client gets around by wording its request otherwise. They mean what Istio means by them, hence warnings;
// what says who may pass instead has no such holes.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { isJoined } from "../../http/joined-headers.ts";
import type { Items } from "../../schema/schema.ts";
import type { Located } from "../../source/span.ts";
import { parseKey } from "./check.ts";
import type { Spec } from "./schema.ts";

type Values = Items<Located<string>> | undefined;

/** Warns where a DENY rule's values, or an ALLOW rule's exceptions, can be evaded. */
export function adviseOnEvasion({ action, rules }: Spec, diagnostics: Diagnostics): void {
  const denies = action?.value === "DENY";
  for (const rule of rules?.items ?? []) {
    for (const { operation } of rule.to?.items ?? []) {
      warnOfPorts(denies ? operation.hosts : operation.notHosts, diagnostics);
    }
    for (const { key, values, notValues } of rule.when?.items ?? []) {
      const attribute = parseKey(key);
      if (attribute?.kind !== "header") continue;
      const forbidden = denies ? values : notValues;
      if (attribute.name === ":authority") warnOfPorts(forbidden, diagnostics);
      else if (isJoined(attribute.name)) warnOfJoining(attribute.name, forbidden, diagnostics);
    }
  }
}

/** `*` is presence, which nothing hides. */
const evadable = (values: Values): readonly Located<string>[] =>
  (values?.items ?? []).filter(({ value }) => value !== "*");

function warnOfJoining(name: string, values: Values, diagnostics: Diagnostics): void {
  const [first] = evadable(values);
  if (!first) return;
  diagnostics.warning(
    "can-be-evaded",
    `a client gets around \`${first.value}\` by sending \`${name}\` twice: Envoy joins the two with a comma`,
    {
      span: first.span,
      help: "say which values may pass: `values` in an ALLOW policy, or `notValues` in a DENY policy",
    },
  );
}

function warnOfPorts(values: Values, diagnostics: Diagnostics): void {
  const prefixes = evadable(values)
    .filter(({ value }) => value.endsWith("*") && !value.startsWith("*"))
    .map(({ value }) => value.slice(0, -1).toLowerCase());
  const escaped = evadable(values).find(
    ({ value }) =>
      !(value.endsWith("*") && !value.startsWith("*")) &&
      !/:\d+$/.test(value) &&
      !prefixes.some((prefix) => `${value.toLowerCase()}:`.startsWith(prefix)),
  );
  if (!escaped) return;
  const { value, span } = escaped;
  const remedy = value.startsWith("*") ? "" : `list \`${value}:*\` too, or better `;
  diagnostics.warning(
    "can-be-evaded",
    `a client gets around \`${value}\` by naming a port, as in \`${value.replace(/^\*/, "x")}:80\`: hosts are compared with it`,
    { span, help: `${remedy}say which hosts may be asked for: \`hosts\` in an ALLOW policy` },
  );
}
