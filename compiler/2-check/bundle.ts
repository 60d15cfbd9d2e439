// The `Bundle` document: what the policies together are called, which workloads they are for, what they may cost, and how
// refusals are worded.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Workload } from "../kinds/attachment/attach.ts";
import { labelMap, labels } from "../schema/labels.ts";
import { fillableInteger, fillableString } from "../schema/fillable.ts";
import { integer, list, object, optional, required, text, word, type Read } from "../schema/schema.ts";
import { DNS_LABEL, isDnsLabel, LONGEST_LABEL } from "../schema/texts.ts";
import type { Located } from "../source/span.ts";
import { backends, checkBackends } from "./backends.ts";
import { parameters } from "./parameters.ts";
import { DEFAULT_NORMALIZATION, pathNormalizations } from "./path-normalization.ts";
import { checkRateLimitService, rateLimitService } from "./rate-limit-service.ts";

const answer = object({
  status: optional(fillableInteger(400, 599), "the HTTP status"),
  body: optional(fillableString(), "the body"),
});

const workload = object(
  {
    name: required(
      text(DNS_LABEL),
      "the workload's name, and its VM's: the filter is `<bundle>.<name>.wasm`",
    ),
    namespace: optional(text(DNS_LABEL), "its namespace", "`default`"),
    labels: optional(labels, "its labels, by which `selector` finds it", "none"),
  },
  { example: "{ name: orders, namespace: shop, labels: { app: orders } }" },
);

export const bundleSpec = object({
  workloads: optional(
    list(workload),
    "the workloads, each of which gets a filter with the policies that are for it",
    "one filter with every policy",
  ),
  backends: optional(
    backends,
    "where requests may be sent: a cluster's name, such as `NAMESPACE/SERVICE:PORT`, and the origin it leads to",
    "policies name no backend",
  ),
  budget: optional(
    object(
      {
        hostCalls: optional(integer(0, 10_000, "host calls"), "the most that one request may make"),
        wasmBytes: optional(integer(1, 1_000_000_000, "bytes"), "the most that a filter may have"),
      },
      { example: "{ hostCalls: 6, wasmBytes: 16384 }" },
    ),
    "what each filter may cost; one that costs more is not built",
  ),
  parameters: optional(
    parameters,
    "values that a filter is given when it is loaded, by name; policies have them as `${NAME}`",
    "all values are in the policies",
  ),
  pathNormalization: optional(
    word(pathNormalizations),
    "how far listeners normalise paths; the filter never does",
    `\`${DEFAULT_NORMALIZATION}\``,
  ),
  rateLimitService: optional(
    rateLimitService,
    "who counts for limits of `scope: mesh`, by `envoy.service.ratelimit.v3.RateLimitService`",
    "such limits are errors",
  ),
  responses: optional(
    object({
      denied: optional(answer, "what a request gets that authorization refuses"),
      unauthenticated: optional(answer, "what a request gets whose token is not valid"),
      limited: optional(answer, "what a request gets that is over a limit"),
    }),
    "how refusals are answered",
  ),
});

export type BundleSpec = Read<typeof bundleSpec>;

/** Files are called after bundle and workload, and a file's name has 255 bytes, of which endings take some. */
export const LONGEST_FILTER_NAME = 200;

/** Reports workloads that have no name of their own, and services that cannot be asked. */
export function checkBundle(name: string, spec: BundleSpec, diagnostics: Diagnostics): void {
  if (spec.rateLimitService) checkRateLimitService(spec.rateLimitService, diagnostics);
  if (spec.backends) checkBackends(spec.backends, spec.rateLimitService?.cluster.value, diagnostics);
  const names = new Set<string>();
  for (const { name: own, namespace } of spec.workloads?.items ?? []) {
    for (const part of namespace ? [own, namespace] : [own]) checkLabel(part, diagnostics);
    if (names.has(own.value)) {
      diagnostics.error("duplicate-name", `the workload \`${own.value}\` is there twice`, {
        span: own.span,
        help: "filters are called after their workloads: rename one, also where the namespaces differ",
      });
    }
    names.add(own.value);
    if (name.length + 1 + own.value.length <= LONGEST_FILTER_NAME) continue;
    diagnostics.error("bad-name", `\`${name}.${own.value}\` is too long for a file's name`, {
      span: own.span,
      help: `the names of bundle and workload together may have ${LONGEST_FILTER_NAME - 1} characters`,
    });
  }
}

/** A namespace's name is one DNS label; a workload's is here, as a dot ends the bundle's name in the file's. */
function checkLabel(name: Located<string>, diagnostics: Diagnostics): void {
  if (isDnsLabel(name.value)) return;
  diagnostics.error("bad-name", `\`${name.value}\` is not a name`, {
    span: name.span,
    help: `use lower-case letters, digits and \`-\`, and at most ${LONGEST_LABEL} of them`,
  });
}

/** The workloads with what is absent filled in; undefined where the bundle names none. */
export function workloadsOf(
  spec: BundleSpec | undefined,
): readonly (Workload & { at: Located<string> })[] | undefined {
  return spec?.workloads?.items.map(({ name, namespace, labels: read }) => ({
    name: name.value,
    namespace: namespace?.value ?? "default",
    labels: labelMap(read),
    at: name,
  }));
}
