// Which requests are compared at all: what stands in front of both lists is decided alike, whatever the rules behind it say.
import { outputHeaders } from "../ir/authenticate.ts";
import { all, any, leavesOf, never, not, test } from "../ir/conditions.ts";
import type { Attribute, CelCondition, Condition, Program, Test } from "../ir/program.ts";
import { headerOf, slotOf } from "../ir/slots.ts";
import type { ListedRule } from "../questions/index.ts";
import type { Sides } from "./change.ts";

/** The outcome of requests that are not compared. */
export const ASIDE = "aside";

/** What every request has that a listener shows to its filters. */
const ALWAYS_THERE: readonly (readonly [name: string, attribute: Attribute])[] = [
  [":method", { kind: "method" }],
  [":path", { kind: "path" }],
  [":authority", { kind: "host" }],
];

/** Rules for the front of lists: requests without a method, a path or a host, as far as anybody looks at these. */
export function unpresented(lists: readonly (readonly ListedRule[])[]): ListedRule[] {
  const looked = new Set(lists.flat().flatMap(({ when }) => [...leavesOf(when)].flatMap(headersOf)));
  const missing = ALWAYS_THERE.filter(([name]) => looked.has(name)).map(([, attribute]) =>
    not(test(attribute, { kind: "present" })),
  );
  return missing.length === 0 ? [] : [{ when: any(missing), outcome: ASIDE }];
}

function headersOf(leaf: Test | CelCondition): readonly string[] {
  if (leaf.op === "cel") return leaf.expression.headers;
  const slot = slotOf(leaf.attribute);
  const name = slot && headerOf(slot);
  return name === undefined ? [] : [name.replace(/\?$/, "")];
}

/** The condition with some of its tests replaced. */
export function replaced(condition: Condition, replace: (test: Test) => Condition): Condition {
  switch (condition.op) {
    case "test":
      return replace(condition);
    case "not":
      return not(replaced(condition.of, replace));
    case "all":
      return all(condition.of.map((part) => replaced(part, replace)));
    case "any":
      return any(condition.of.map((part) => replaced(part, replace)));
    case "constant":
    case "cel":
      return condition;
  }
}

/** The condition as a version without authentication sees it, where no request has claims. */
export function asSeen(condition: Condition, { authentication }: Program): Condition {
  if (authentication || !asks(condition, (attribute) => attribute.kind === "claim")) return condition;
  return replaced(condition, (leaf) => (leaf.attribute.kind === "claim" ? never : leaf));
}

function asks(condition: Condition, is: (attribute: Attribute) => boolean): boolean {
  return [...leavesOf(condition)].some((leaf) => leaf.op === "test" && is(leaf.attribute));
}

/**
 * Rules for the front of lists that are about requests as authentication leaves them: claims, and headers that carry them, come
 * from tokens of issuers that the policies name.
 */
export function impossible(
  programs: Sides<Program>,
  lists: readonly (readonly ListedRule[])[],
): ListedRule[] {
  const stages = [programs.old.authentication, programs.new.authentication].flatMap((stage) => stage ?? []);
  if (stages.length === 0) return [];
  const written = new Set(stages.flatMap(({ rules }) => outputHeaders(rules)));
  const fromTokens = new Map<string, Attribute>();
  for (const { when } of lists.flat()) {
    for (const leaf of leavesOf(when)) {
      if (leaf.op !== "test") continue;
      const { attribute } = leaf;
      if (attribute.kind === "claim" || (attribute.kind === "header" && written.has(attribute.name)))
        fromTokens.set(JSON.stringify(attribute), attribute);
    }
  }
  if (fromTokens.size === 0) return [];
  const told = any([...fromTokens.values()].map((attribute) => test(attribute, { kind: "present" })));
  const accepted = all(stages.map(({ rules }) => any(rules.map(acceptedBy))));
  const when = all([told, not(accepted)]);
  return when.op === "constant" && !when.value ? [] : [{ when, outcome: ASIDE }];
}

type TokenRule = NonNullable<Program["authentication"]>["rules"][number];

function acceptedBy({ issuer, audiences }: TokenRule): Condition {
  const claim = (name: string, text: string): Condition =>
    test({ kind: "claim", path: [name] }, { kind: "exact", text });
  return all([
    ...(issuer === undefined ? [] : [claim("iss", issuer)]),
    ...(audiences.length === 0 ? [] : [any(audiences.map((audience) => claim("aud", audience)))]),
  ]);
}

/** Rules for the front of lists about requests that both versions let pass. */
export function refusedByEither(programs: Sides<Program>): ListedRule[] {
  return [programs.old, programs.new].flatMap((program) => {
    const { deny, allow, anyAllowPolicy } = program.authorization;
    return [
      ...deny.map(({ when }) => ({ when: asSeen(when, program), outcome: ASIDE })),
      ...(anyAllowPolicy
        ? [{ when: not(any(allow.map(({ when }) => asSeen(when, program)))), outcome: ASIDE }]
        : []),
    ];
  });
}

const header = (name: string): Attribute => ({ kind: "header", name });

/** What browsers ask before they send a request to elsewhere. */
export const isPreflight: Condition = all([
  test({ kind: "method" }, { kind: "exact", text: "OPTIONS" }),
  test(header("origin"), { kind: "present" }),
  test(header("access-control-request-method"), { kind: "present" }),
]);

/** What they send from elsewhere. */
export const isFromElsewhere: Condition = test(header("origin"), { kind: "present" });
