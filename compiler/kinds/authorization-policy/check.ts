// What fits the shape of an AuthorizationPolicy but makes no sense. Istio drops such values and rules; here they are
// errors, since a dropped rule is a hole.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { checkExpression } from "./condition.ts";
import { checkExclusions } from "./exclusion.ts";
import { parseKey } from "./key.ts";
import { questionOfCondition, questionsOfOperation, questionsOfSource, type Question } from "./question.ts";
import type { ConditionSpec, SourceSpec, Spec } from "./schema.ts";
import { checkSubject, checkValues } from "./values.ts";

export function check(spec: Spec, diagnostics: Diagnostics): void {
  for (const rule of spec.rules?.items ?? []) {
    for (const { source } of rule.from?.items ?? []) {
      checkNotEmpty(source, "source", diagnostics);
      checkServiceAccountsAlone(source, diagnostics);
      for (const question of questionsOfSource(source)) checkQuestion(question, diagnostics);
    }
    for (const { operation } of rule.to?.items ?? []) {
      checkNotEmpty(operation, "operation", diagnostics);
      for (const question of questionsOfOperation(operation)) checkQuestion(question, diagnostics);
    }
    for (const condition of rule.when?.items ?? []) checkCondition(condition, diagnostics);
    if (rule.condition) checkExpression(rule.condition, diagnostics);
  }
}

function checkCondition(condition: ConditionSpec, diagnostics: Diagnostics): void {
  if (!condition.keys.has("values") && !condition.keys.has("notValues")) {
    diagnostics.error("missing-field", "a condition needs `values` or `notValues`", {
      span: condition.key.span,
      help: 'to ask only that it is there, write `values: ["*"]`',
    });
  }
  const subject = parseKey(condition.key, diagnostics);
  if (subject) checkSubject(subject, condition.key, diagnostics);
  const question = questionOfCondition(condition);
  if (question) checkQuestion(question, diagnostics);
}

function checkQuestion(question: Question, diagnostics: Diagnostics): void {
  const before = diagnostics.errors;
  checkValues(question.subject, question.values, diagnostics);
  checkValues(question.subject, question.notValues, diagnostics);
  if (diagnostics.errors === before) checkExclusions(question, diagnostics);
}

function checkNotEmpty(
  item: { keys: ReadonlyMap<string, unknown>; span: Spec["span"] },
  what: string,
  d: Diagnostics,
): void {
  if (item.keys.size > 0) return;
  d.error("missing-field", `this \`${what}\` says nothing`, {
    span: item.span,
    help: `name at least one field of \`${what}\`, or leave the entry out to match every request`,
  });
}

function checkServiceAccountsAlone({ keys }: SourceSpec, diagnostics: Diagnostics): void {
  const accounts = keys.get("serviceAccounts") ?? keys.get("notServiceAccounts");
  const other = ["principals", "notPrincipals", "namespaces", "notNamespaces"].find((name) => keys.has(name));
  if (!accounts || other === undefined) return;
  diagnostics.error("one-of", `service accounts and \`${other}\` do not go into one \`source\``, {
    span: accounts,
    help: "Istio refuses it: say all in `principals`, such as `cluster.local/ns/NAMESPACE/sa/ACCOUNT`",
  });
}
