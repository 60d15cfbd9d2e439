// Values that are no values of what is asked about: errors; and values that nothing ever matches, or that hardly mean what
// they look like: warnings.
import { isTemplate } from "../../automata/template.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { parseBlock } from "../../net/block.ts";
import type { Located } from "../../source/span.ts";
import { inOwnTrustDomain } from "./identity.ts";
import { LONGEST_ACCOUNT, MOST_ACCOUNTS } from "./limits.ts";
import { headerNeverSeen, whyNever } from "./never.ts";
import type { Subject, Values } from "./question.ts";
import { checkTemplate } from "./template.ts";

const DROPPED = "Istio drops such a value without a word";

/** Reports a header that no request shows. */
export function checkSubject(subject: Subject, key: Located<string>, diagnostics: Diagnostics): void {
  if (subject.kind !== "header") return;
  const why = headerNeverSeen(subject.name);
  if (why === undefined) return;
  diagnostics.warning("value-never-matches", `no policy sees \`${subject.name}\`: ${why}`, {
    span: key.span,
    help: "as a header that is absent it matches no `values`, and whatever `notValues` say; ask for another one",
  });
}

export function checkValues(subject: Subject, values: Values, diagnostics: Diagnostics): void {
  if (subject.kind === "service-account") checkCount(values, diagnostics);
  for (const item of values?.items ?? []) {
    if (!checkValue(subject, item, diagnostics)) continue;
    const never = whyNever(subject, item.value);
    if (never) {
      diagnostics.warning("value-never-matches", `\`${item.value}\` never matches: ${never.why}`, {
        span: item.span,
        help: never.help,
      });
    } else {
      checkAsterisks(subject, item, diagnostics);
    }
  }
}

/** Whether it is a value at all. */
function checkValue(subject: Subject, item: Located<string>, diagnostics: Diagnostics): boolean {
  switch (subject.kind) {
    case "peer":
    case "client":
    case "destination":
      return checkBlock(item, diagnostics);
    case "port":
      return checkPort(item, diagnostics);
    case "service-account":
      return checkServiceAccount(item, diagnostics);
    case "trust-domain":
      return checkNotEmpty(item, diagnostics) && checkTrustDomain(item, diagnostics);
    case "metadata":
      return checkNotEmpty(item, diagnostics) && checkNoList(item, diagnostics);
    case "path":
      return checkNotEmpty(item, diagnostics) && checkTemplate(item, diagnostics);
    case "host":
    case "method":
    case "sni":
    case "principal":
    case "namespace":
    case "request-principal":
    case "header":
    case "claim":
      return checkNotEmpty(item, diagnostics);
  }
}

function checkNotEmpty({ value, span }: Located<string>, diagnostics: Diagnostics): boolean {
  if (value !== "") return true;
  diagnostics.error("bad-value", "an empty value matches nothing", {
    span,
    help: 'write `"*"` to ask that it is there, or remove the value',
  });
  return false;
}

function checkBlock({ value, span }: Located<string>, diagnostics: Diagnostics): boolean {
  const parsed = parseBlock(value);
  if (typeof parsed !== "string") return true;
  const why = parsed.startsWith(`\`${value}\``) ? "" : `: ${parsed}`;
  diagnostics.error("bad-address", `\`${value}\` is not an address or CIDR block${why}`, {
    span,
    help: `write an address such as \`10.1.2.3\` or \`2001:db8::1\`, or a block such as \`10.0.0.0/8\`; ${DROPPED}`,
  });
  return false;
}

function checkPort({ value, span }: Located<string>, diagnostics: Diagnostics): boolean {
  if (/^\d+$/.test(value) && Number(value) <= 65_535) return true;
  diagnostics.error("bad-value", `\`${value}\` is not a port`, {
    span,
    help: `write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; ${DROPPED}`,
  });
  return false;
}

function checkCount(values: Values, diagnostics: Diagnostics): void {
  if (!values || values.items.length <= MOST_ACCOUNTS) return;
  diagnostics.error("limit-out-of-range", `a list may name ${MOST_ACCOUNTS} service accounts`, {
    span: values.items[MOST_ACCOUNTS]?.span ?? values.span,
    help: "Istio refuses more: put the others into a source of their own",
  });
}

function checkServiceAccount({ value, span }: Located<string>, diagnostics: Diagnostics): boolean {
  const fault = value.includes("*")
    ? "service accounts take no wildcard"
    : !/^[^/]+(\/[^/]+)?$/.test(value)
      ? `\`${value}\` is not a service account`
      : value.length > LONGEST_ACCOUNT
        ? `a service account's name has at most ${LONGEST_ACCOUNT} characters`
        : undefined;
  if (fault === undefined) return true;
  diagnostics.error("bad-value", fault, {
    span,
    help: value.includes("*")
      ? "write `principals` with a wildcard instead, such as `cluster.local/ns/shop/sa/*`"
      : "write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy's own namespace",
  });
  return false;
}

function checkTrustDomain({ value, span }: Located<string>, diagnostics: Diagnostics): boolean {
  if (!/[/\s]/.test(value)) return true;
  diagnostics.error("bad-value", `\`${value}\` is not a trust domain`, {
    span,
    help: "write what stands between `spiffe://` and the next `/`, such as `cluster.local`; a whole identity goes into `principals`",
  });
  return false;
}

/** `[abc]` asks for an element of a list. */
function checkNoList({ value, span }: Located<string>, diagnostics: Diagnostics): boolean {
  if (!/^\[.*\]$/s.test(value)) return true;
  diagnostics.error("not-supported-yet", "elements of lists in metadata are not supported yet", {
    span,
    help: "for now a value is compared with a text: let the filter that writes the metadata write one",
  });
  return false;
}

function checkAsterisks(subject: Subject, { value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (subject.kind === "trust-domain") {
    if (!/^\*.*\*$|^[^*]+\*[^*]+/s.test(value)) return;
    diagnostics.warning(
      "asterisk-in-the-middle",
      `each asterisk of \`${value}\` stands for any characters but \`/\``,
      { span, help: "elsewhere only a leading or a trailing one is special; Istio reads it the same way" },
    );
    return;
  }
  // Of a namespace every asterisk is special; of an identity one that Istio takes for its own trust domain.
  if (subject.kind === "namespace" || subject.kind === "service-account") return;
  if (subject.kind === "path" && isTemplate(value)) return;
  if (subject.kind === "principal" && inOwnTrustDomain(value) !== value) return;
  if (/^\*.*\*$/s.test(value) && value.length > 1) {
    diagnostics.warning(
      "asterisk-in-the-middle",
      `\`${value}\` means "ends with \`${value.slice(1)}\`", not "contains": only one asterisk is special`,
      { span, help: "Istio reads it the same way; write a prefix `abc*` or a suffix `*abc`" },
    );
  } else if (/^[^*]+\*.+|^.+\*[^*]+$/s.test(value)) {
    diagnostics.warning("asterisk-in-the-middle", `the asterisk inside \`${value}\` stands for itself`, {
      span,
      help: "only a leading or a trailing asterisk is special",
    });
  }
}
