// Rules of routes that no request gets to.
import { requestLine } from "../requests/index.ts";
import { any } from "../ir/conditions.ts";
import type { Condition, Origin, Program } from "../ir/program.ts";
import { satisfiable, unreachableIn } from "../questions/index.ts";
import { EXCLUDES, MOST_RULES, neverMatches, shown, STEPS, type Verdict } from "./finding.ts";
import { seen } from "./seen.ts";

interface Routing {
  readonly origin: Origin;
  readonly when: Condition;
}

export function adviseOnRoutes(program: Program): Verdict[] {
  const lists = [program.httpRoutes?.rules ?? [], ...program.routes.map(({ rules }) => rules)];
  return lists.flatMap((rules) => (rules.length > MOST_RULES ? [] : adviseOnList(rules, program)));
}

function adviseOnList(rules: readonly Routing[], program: Program): Verdict[] {
  const conditions = rules.map(({ when }) => seen(when, program));
  const unreachable = unreachableIn(conditions, { steps: STEPS })([...rules.keys()]);
  // A rule with several matches and hostnames stands there once for each.
  const written = new Map<string, { origin: Origin; numbers: number[] }>();
  rules.forEach(({ origin }, number) => {
    const key = `${origin.policy} ${origin.part}`;
    const entry = written.get(key) ?? { origin, numbers: [] };
    entry.numbers.push(number);
    written.set(key, entry);
  });
  return [...written.values()].map(({ origin, numbers }): Verdict => {
    const taking = new Set<number>();
    for (const number of numbers) {
      const by = unreachable.get(number);
      if (!by) return { origin, finding: undefined };
      for (const other of by) if (!numbers.includes(other)) taking.add(other);
    }
    if (taking.size === 0) return { origin, finding: neverMatches(EXCLUDES) };
    const others = [...taking].flatMap((number) => rules[number]?.origin ?? []);
    const asked = any(numbers.flatMap((number) => rules[number]?.when ?? []));
    const met = satisfiable(seen(asked, program), { steps: STEPS });
    const such = met.kind === "met" ? `, such as \`${requestLine(met.request)}\`` : "";
    const http = rules === program.httpRoutes?.rules;
    return {
      origin,
      finding: {
        severity: "warning",
        name: "rule-never-reached",
        message: `this rule is never reached: ${http ? "others" : "earlier ones"} take all its requests${such}`,
        help: `${shown(others)} ${others.length === 1 ? "goes" : "go"} first: ${
          http
            ? "of matches the most specific counts, by the standard's order"
            : "move the narrower rule to the front, or remove it"
        }`,
      },
    };
  });
}
