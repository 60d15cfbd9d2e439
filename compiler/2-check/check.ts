// Documents → checked policies. Everything that does not fit is reported, all at once; nothing is dropped in silence.
import { isMap, isScalar, YAMLMap, type Node } from "yaml";
import type { PolicyDocument } from "../1-parse/documents.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean, nearest } from "../diagnostics/suggest.ts";
import { affectsTraffic, kindsNotYet, kindsWithoutPolicy, policyKinds } from "../kinds/index.ts";
import { checkAttachment, type Service } from "../kinds/attachment/attach.ts";
import type { AttachmentSpec } from "../kinds/attachment/schema.ts";
import { gatewaySpec, listenersIn, type Gateway } from "../kinds/gateway-api/gateway.ts";
import { referenceGrantSpec, type ReferenceGrant } from "../kinds/gateway-api/reference-grant.ts";
import { GATEWAY_API, type Surroundings } from "../kinds/gateway-api/surroundings.ts";
import type { Annotations, PolicyIdentity, PolicyKind } from "../kinds/kind.ts";
import { Parameters } from "../schema/parameters.ts";
import {
  firstLine,
  follow,
  optional,
  required,
  spanOf,
  string,
  type Field,
  type ReadContext,
  type Schema,
} from "../schema/schema.ts";
import { DNS_NAME } from "../schema/texts.ts";
import { positionOf, type Located, type Span } from "../source/span.ts";
import { checkBackendsNamed } from "./backends.ts";
import { bundleSpec, checkBundle, LONGEST_FILTER_NAME, type BundleSpec } from "./bundle.ts";
import { documentSchema, LONGEST_NAME } from "./document.ts";
import { unfoldLists, type ReadableDocument } from "./list.ts";
import { checkParameters, declareParameters } from "./parameters.ts";
import { checkServiceNamed } from "./rate-limit-service.ts";
import { serviceSpec } from "./service.ts";
import { selectPolicies, type Selection } from "./select.ts";
import { checkTogether } from "./together.ts";

/** A policy whose shape and meaning are in order. */
export interface CheckedPolicy {
  readonly kind: PolicyKind<unknown>;
  readonly identity: PolicyIdentity;
  readonly spec: unknown;
}

export interface CheckedBundle {
  readonly name: string;
  readonly spec: BundleSpec | undefined;
  /** In order of namespace/name within each kind. */
  readonly policies: readonly CheckedPolicy[];
  /** One for each filter, in the order in which the bundle names its workloads. */
  readonly selections: readonly Selection[];
  readonly surroundings: Surroundings;
}

const groups = new Set(
  [...policyKinds.flatMap((k) => k.apiVersions), ...kindsNotYet.map((k) => k.group), "tollgate.dev"].map(
    groupOf,
  ),
);

/** Checks all documents of a bundle. */
export function checkDocuments(
  documents: readonly PolicyDocument[],
  defaultName: string,
  diagnostics: Diagnostics,
): CheckedBundle {
  const policies: CheckedPolicy[] = [];
  const names = new Map<string, Span>();
  const services: Service[] = [];
  const gateways: Gateway[] = [];
  const grants: ReferenceGrant[] = [];
  const asking: Span[] = [];
  let bundle: { identity: PolicyIdentity; spec: BundleSpec | undefined } | undefined;
  const parameters = new Parameters();
  const unfolded = unfoldLists(documents, parameters, diagnostics);
  declareAll(unfolded, parameters);
  for (const { document, context } of unfolded) {
    const header = readHeader(document, context);
    if (!header) continue;
    const group = groupOf(header.apiVersion.value);
    if (isWithoutPolicy(header.kind.value, group)) continue;
    if (header.kind.value === "Gateway" && group === GATEWAY_API) {
      const { identity, spec } = readDocument(document, gatewaySpec, true, context);
      if (identity) gateways.push({ ...identity, listeners: listenersIn(spec) });
      continue;
    }
    if (header.kind.value === "ReferenceGrant" && group === GATEWAY_API) {
      const { identity, spec } = readDocument(document, referenceGrantSpec, true, context);
      if (identity && spec) grants.push({ namespace: identity.namespace, spec });
      continue;
    }
    if (header.kind.value === "Service" && header.apiVersion.value === "v1") {
      const { identity, spec } = readDocument(document, serviceSpec, true, context);
      if (identity) services.push({ ...identity, selector: spec?.selector?.items ?? [] });
      continue;
    }
    if (!groups.has(group)) {
      passOver(header, group, diagnostics);
      continue;
    }
    if (header.kind.value === "Bundle" && group === "tollgate.dev") {
      checkVersion(header.apiVersion, ["tollgate.dev/v1alpha1"], diagnostics);
      const read = readDocument(document, bundleSpec, false, context);
      if (!read.identity) continue;
      const { identity, spec } = read;
      if (bundle) {
        diagnostics.error("duplicate-name", "there is more than one `Bundle` document", {
          span: identity.span,
          help: `merge it with the one in ${lineShown(bundle.identity.span)}, or give the commands one bundle at a time`,
        });
      } else {
        bundle = { identity, spec };
        if (spec) checkBundle(identity.name, spec, diagnostics);
      }
      continue;
    }
    const kind = findKind(header, group, diagnostics);
    if (!kind) continue;
    const before = diagnostics.errors;
    const read = readDocument(document, kind.spec, true, context);
    kind.checkAnnotations?.(read.annotations, diagnostics);
    if (read.spec === undefined) continue;
    kind.check(read.spec, diagnostics);
    asking.push(...(kind.asksRateLimitService?.(read.spec) ?? []));
    if (diagnostics.errors === before) kind.advise?.(read.spec, diagnostics, read.annotations);
    if (!read.identity) continue;
    // Of a kind without these fields none is there.
    checkAttachment(read.spec as AttachmentSpec, read.identity.namespace, diagnostics);
    const key = `${kind.kind} ${read.identity.namespace}/${read.identity.name}`;
    const earlier = names.get(key);
    if (earlier) {
      diagnostics.error(
        "duplicate-name",
        `the ${kind.kind} \`${read.identity.namespace}/${read.identity.name}\` is there twice`,
        {
          span: read.identity.span,
          help: `rename one of them; the other is in ${lineShown(earlier)}`,
        },
      );
    } else {
      names.set(key, read.identity.span);
    }
    policies.push({ kind, identity: read.identity, spec: read.spec });
  }
  checkServiceNamed(bundle, asking, diagnostics);
  const surroundings = { gateways, grants, services };
  const backends = policies.flatMap(
    ({ kind, identity, spec }) => kind.namesBackends?.(spec, identity, surroundings) ?? [],
  );
  checkBackendsNamed(bundle, backends, diagnostics);
  if (bundle?.spec?.parameters) checkParameters(bundle.spec.parameters, parameters, diagnostics);
  policies.sort((a, b) => compareText(sortKey(a.identity), sortKey(b.identity)));
  // Where a policy or the bundle could not be read, what is left over says nothing.
  const told = diagnostics.hasErrors ? new Diagnostics() : diagnostics;
  const selections = selectPolicies(bundle?.spec, policies, services, told);
  if (!diagnostics.hasErrors) checkTogether(selections, surroundings, diagnostics);
  return {
    name: bundle?.identity.name ?? defaultName,
    spec: bundle?.spec,
    policies,
    selections,
    surroundings,
  };
}

/** Makes the bundle's parameters known before anything is read that uses them; what is wrong is reported when it is read again. */
function declareAll(documents: readonly ReadableDocument[], parameters: Parameters): void {
  for (const { document, context } of documents) {
    const quiet = { ...context, diagnostics: new Diagnostics() };
    const header = readHeader(document, quiet);
    if (header?.kind.value !== "Bundle" || groupOf(header.apiVersion.value) !== "tollgate.dev") continue;
    declareParameters(readDocument(document, bundleSpec, false, quiet).spec?.parameters, parameters);
  }
}

/** Notes a document that is not for Tollgate; one that only looks so by a slip would leave a hole. */
function passOver({ apiVersion, kind }: Header, group: string, diagnostics: Diagnostics): void {
  const ours = [...policyKinds, ...kindsNotYet.map((k) => ({ kind: k.kind, apiVersions: [k.group] }))].find(
    (k) => k.kind === kind.value,
  );
  const wanted = ours?.apiVersions[0];
  const meant = nearest(group, [...groups]);
  if (wanted !== undefined && (meant !== undefined || !apiVersion.value.includes("/"))) {
    diagnostics.error("unknown-version", `unknown version \`${apiVersion.value}\` of \`${kind.value}\``, {
      span: apiVersion.span,
      label: `did you mean \`${wanted}\`?`,
      help: `\`${kind.value}\` is a kind of \`${groupOf(wanted)}\``,
    });
    return;
  }
  const affects = affectsTraffic(group);
  diagnostics[affects ? "warning" : "note"](
    "foreign-document",
    `\`${kind.value}\` of \`${apiVersion.value}\` is passed over`,
    {
      span: kind.span,
      help:
        wanted === undefined
          ? (affects ? "what it says does not hold in this filter; " : "") +
            "Tollgate compiles " +
            policyKinds.map((k) => `\`${k.kind}\``).join(", ")
          : `the \`${kind.value}\` that Tollgate knows is of \`${wanted}\``,
    },
  );
}

function lineShown({ file, start }: Span): string {
  return `${file.shown}:${positionOf(file, start).line}`;
}

function sortKey({ namespace, name }: PolicyIdentity): string {
  // NUL sorts below every character that names may hold, so `a/z` comes before `a-b/a`.
  return `${namespace}\0${name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Header {
  readonly apiVersion: Located<string>;
  readonly kind: Located<string>;
}

function readHeader(document: PolicyDocument, context: ReadContext): Header | undefined {
  const header: Partial<Record<"apiVersion" | "kind", Located<string>>> = {};
  for (const name of ["apiVersion", "kind"] as const) {
    const node = document.root.get(name, true) ?? null;
    if (node === null) {
      const known = ["apiVersion", "kind", "metadata", "spec"];
      const slip = document.root.items.find(
        ({ key }) => isScalar(key) && didYouMean(String(key.value), known) === `did you mean \`${name}\`?`,
      );
      const slipKey = slip && isScalar(slip.key) ? slip.key : undefined;
      context.diagnostics.error("missing-field", `the field \`${name}\` is missing`, {
        span: slipKey ? spanOf(slipKey, document.file) : firstLine(spanOf(document.root, document.file)),
        ...(slipKey && { label: `did you mean \`${name}\`?` }),
        help: "every policy document starts with `apiVersion:` and `kind:`",
      });
      continue;
    }
    const read = string().read(node, spanOf(document.root, document.file), context);
    if (read) header[name] = read;
  }
  return header.apiVersion && header.kind ? { apiVersion: header.apiVersion, kind: header.kind } : undefined;
}

function findKind(header: Header, group: string, diagnostics: Diagnostics): PolicyKind<unknown> | undefined {
  const kind = policyKinds.find(
    (k) => k.kind === header.kind.value && k.apiVersions.some((v) => groupOf(v) === group),
  );
  if (kind) {
    checkVersion(header.apiVersion, kind.apiVersions, diagnostics);
    return kind;
  }
  const later = kindsNotYet.find((k) => k.kind === header.kind.value && k.group === group);
  if (later) {
    diagnostics.error("not-supported-yet", `\`${header.kind.value}\` is not supported yet`, {
      span: header.kind.span,
      help: later.help,
    });
    return undefined;
  }
  const elsewhere = policyKinds.find((k) => k.kind === header.kind.value);
  const all = [...policyKinds.map((k) => k.kind), ...kindsNotYet.map((k) => k.kind), "Bundle", "PolicyTest"];
  const label = elsewhere ? undefined : didYouMean(header.kind.value, all);
  diagnostics.error(
    "unknown-kind",
    `unknown kind \`${header.kind.value}\` of \`${header.apiVersion.value}\``,
    {
      span: header.kind.span,
      ...(label && { label }),
      help: elsewhere
        ? `\`${elsewhere.kind}\` is a kind of \`${elsewhere.apiVersions[0]}\``
        : "the kinds are " + [...policyKinds.map((k) => k.kind), "Bundle"].map((k) => `\`${k}\``).join(", "),
    },
  );
  return undefined;
}

function checkVersion(apiVersion: Located<string>, known: readonly string[], diagnostics: Diagnostics): void {
  if (known.includes(apiVersion.value)) return;
  diagnostics.error("unknown-version", `unknown version \`${apiVersion.value}\``, {
    span: apiVersion.span,
    help: `write ${known.map((v) => `\`${v}\``).join(" or ")}`,
  });
}

/** Reads metadata and spec, each even where the other is wrong. No spec is an empty one, as Kubernetes has it. */
function readDocument<Spec>(
  document: PolicyDocument,
  spec: Schema<Spec>,
  namespaced: boolean,
  context: ReadContext,
): { identity: PolicyIdentity | undefined; annotations: Annotations; spec: Spec | undefined } {
  const whole = spanOf(document.root, document.file);
  let found: Spec | undefined;
  const reading: Schema<Spec> = {
    ...spec,
    read: (node, at, within) => (found = spec.read(node, at, within)),
  };
  const absent = !document.root.has("spec");
  // Where the document stands, for findings on what it does not say.
  const empty = Object.assign(new YAMLMap(), { range: document.root.range });
  if (absent) found = spec.read(empty, whole, { ...context, diagnostics: new Diagnostics() });
  const specField: Field<Spec> =
    absent && found === undefined
      ? required(reading, "what the policy says")
      : optional(reading, "what the policy says");
  const longest = namespaced ? LONGEST_NAME : LONGEST_FILTER_NAME;
  const read = documentSchema({ spec: specField, longest, namespaced }).read(document.root, whole, context);
  const annotations = readAnnotations(document, context);
  if (!read) return { identity: undefined, annotations, spec: found };
  const { name, namespace, creationTimestamp: created } = read.metadata;
  for (const part of namespaced && namespace ? [name, namespace] : [name])
    checkName(part, longest, context.diagnostics);
  const identity = {
    name: name.value,
    namespace: namespace?.value ?? "default",
    span: name.span,
    annotations,
    ...(created && { created: created.value }),
  };
  return { identity, annotations, spec: found };
}

/** Kubernetes has texts only; what is written without quotes is taken as it stands. */
function readAnnotations(document: PolicyDocument, context: ReadContext): Annotations {
  const annotations = new Map<string, Located<string>>();
  const written = fieldOf(fieldOf(document.root, "metadata", context), "annotations", context);
  for (const { key, value } of isMap(written) ? written.items : []) {
    const said = follow(value as Node | null, context);
    if (!isScalar(key) || !isScalar(said)) continue;
    const span = spanOf((value as Node | null) ?? said, document.file);
    annotations.set(String(key.value), { value: String(said.value), span });
  }
  return annotations;
}

/** What a field of a mapping holds, by whatever alias. */
function fieldOf(node: unknown, name: string, context: ReadContext): Node | null | undefined {
  return isMap(node) ? follow(node.get(name, true) ?? null, context) : undefined;
}

/** Names are written into logs and file names, so they hold nothing that could break out of either. */
function checkName(name: Located<string>, longest: number, diagnostics: Diagnostics): void {
  if (name.value.length <= longest && DNS_NAME.test(name.value)) return;
  diagnostics.error("bad-name", `\`${name.value}\` is not a name`, {
    span: name.span,
    help: `use lower-case letters, digits, \`-\` and \`.\`, as Kubernetes does, and at most ${longest} of them`,
  });
}

function isWithoutPolicy(kind: string, group: string): boolean {
  return kindsWithoutPolicy.some((k) => k.kind === kind && k.group === group);
}

function groupOf(apiVersion: string): string {
  return apiVersion.split("/")[0] ?? apiVersion;
}
