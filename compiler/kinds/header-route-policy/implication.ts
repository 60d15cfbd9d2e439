// Which comparisons hold wherever another does.
import { slotKey, slotOf } from "../../ir/slots.ts";
import type { Comparison } from "./comparison.ts";
import { comparisonsOf, type MatchSpec } from "./match.ts";

/** What is asked of one subject. */
export interface Question {
  readonly subject: string;
  readonly type: Comparison["type"];
  readonly value: string;
}

/** All that a match asks, which is to hold together. */
export function questionsOf(match: Partial<MatchSpec>): Question[] {
  const { condition } = match;
  const questions = comparisonsOf(match).map(({ attribute, type, value }): Question => {
    const slot = slotOf(attribute);
    return {
      subject: slot ? slotKey(slot) : attribute.kind,
      type,
      value: type === "PathPrefix" ? value.replace(/\/$/, "") : value,
    };
  });
  const asked = questions.filter(({ type, value }) => type !== "PathPrefix" || value !== "");
  return condition ? [...asked, { subject: "condition", type: "Exact", value: condition.value }] : asked;
}

/** Whether `asked` surely holds where `known` does. Of regular expressions only equal ones are compared. */
export function implies(known: Question, asked: Question): boolean {
  if (known.subject !== asked.subject) return false;
  if (known.type === asked.type && known.value === asked.value) return true;
  const comparable = known.type === "Exact" || known.type === asked.type;
  switch (asked.type) {
    case "Exact":
    case "RegularExpression":
      return false;
    case "Present":
      return true;
    case "Prefix":
      return comparable && known.value.startsWith(asked.value);
    case "PathPrefix":
      return comparable && `${known.value}/`.startsWith(`${asked.value}/`);
    case "Suffix":
      return comparable && known.value.endsWith(asked.value);
    case "Contains":
      return (
        known.type !== "RegularExpression" && known.type !== "Present" && known.value.includes(asked.value)
      );
  }
}
