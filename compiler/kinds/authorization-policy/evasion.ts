// Prohibitions that a client gets around by wording its request otherwise. They mean what Istio means by them, hence warnings;
// what says who may pass instead has no such holes.
import { isTemplate } from "../../automata/template.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { isJoined } from "../../http/joined-headers.ts";
import type { Located } from "../../source/span.ts";
import {
  questionOfCondition,
  questionsOfOperation,
  questionsOfSource,
  type Question,
  type Subject,
  type Values,
} from "./question.ts";
import type { RuleSpec, Spec } from "./schema.ts";

/** Warns where a DENY rule's values, or an ALLOW rule's exceptions, can be evaded. */
export function adviseOnEvasion({ action, rules }: Spec, diagnostics: Diagnostics): void {
  const denies = action?.value === "DENY";
  const questions = (rules?.items ?? []).map(questionsOf);
  // Where those without a token are refused, or may not pass, there is nothing to gain by leaving it out.
  const tokensAreAsked = questions.flat().some((question) => asksForToken(question, denies));
  let forged = false;
  for (const question of questions.flat()) {
    const { subject, values, notValues } = question;
    const forbidden = denies ? values : notValues;
    if (isHost(subject)) warnOfPorts(forbidden, diagnostics);
    else if (subject.kind === "header" && isJoined(subject.name))
      warnOfJoining(subject.name, forbidden, diagnostics);
    else if (subject.kind === "path") warnOfTemplates(forbidden, diagnostics);
    else if (isOfToken(subject) && !tokensAreAsked) warnOfNoToken(forbidden, diagnostics);
    else if (subject.kind === "client" && !forged) forged = warnOfForging(question, diagnostics);
  }
}

function questionsOf(rule: RuleSpec): readonly Question[] {
  return [
    ...(rule.from?.items ?? []).flatMap(({ source }) => questionsOfSource(source)),
    ...(rule.to?.items ?? []).flatMap(({ operation }) => questionsOfOperation(operation)),
    ...(rule.when?.items ?? []).flatMap((condition) => questionOfCondition(condition) ?? []),
  ];
}

const isHost = (subject: Subject): boolean =>
  subject.kind === "host" || (subject.kind === "header" && subject.name === ":authority");
const isOfToken = (subject: Subject): boolean =>
  subject.kind === "request-principal" || subject.kind === "claim";

function asksForToken({ subject, values, notValues }: Question, denies: boolean): boolean {
  return isOfToken(subject) && (denies ? notValues : values) !== undefined;
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

/** What neither `{*}` nor `{**}` takes, and a path may hold. */
function warnOfTemplates(values: Values, diagnostics: Diagnostics): void {
  const prefixes = (values?.items ?? [])
    .map(({ value }) => value)
    .filter((value) => value.endsWith("*") && !isTemplate(value))
    .map((value) => value.slice(0, -1));
  const escaped = (values?.items ?? []).find(
    ({ value }) => isTemplate(value) && !prefixes.some((prefix) => beginning(value).startsWith(prefix)),
  );
  if (!escaped) return;
  diagnostics.warning(
    "can-be-evaded",
    `a client gets around \`${escaped.value}\` with a character that no template takes, as in \`${example(escaped.value)}\``,
    {
      span: escaped.span,
      help: `list \`${beginning(escaped.value)}*\` instead, or better say which paths may pass: \`paths\` in an ALLOW policy`,
    },
  );
}

const beginning = (template: string): string => template.replace(/\{.*$/s, "");
const example = (template: string): string =>
  template.replace(/\{\*{1,2}\}/, '"').replace(/\{\*{1,2}\}/g, "x");

function warnOfNoToken(values: Values, diagnostics: Diagnostics): void {
  const [first] = evadable(values);
  if (!first) return;
  diagnostics.warning("can-be-evaded", `a client gets around \`${first.value}\` by sending no token`, {
    span: first.span,
    help: 'refuse requests without one too: `notRequestPrincipals: ["*"]` in a DENY rule; or say in an ALLOW policy whose token may pass',
  });
}

/** Whether there was anything to warn of. */
function warnOfForging({ names, values, notValues }: Question, diagnostics: Diagnostics): boolean {
  const first = (values ?? notValues)?.items[0];
  if (!first) return false;
  const name = values ? names.values : names.notValues;
  diagnostics.warning(
    "can-be-evaded",
    `where the listener trusts \`x-forwarded-for\`, as it does by default, a client says itself what \`${name}\` look at`,
    {
      span: first.span,
      help: "count the trusted proxies in the listener (`use_remote_address: true` and `xff_num_trusted_hops`), or look at the direct peer: `ipBlocks`",
    },
  );
  return true;
}
