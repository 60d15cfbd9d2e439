// Which rules never have a turn, since others before them take all their requests: proven by the questions about policies.
import type { Condition, Origin, Program } from "../ir/program.ts";
import { reachable } from "../questions/index.ts";
import { boxOf } from "./boxes.ts";
import type { Shadow } from "./picture.ts";

export interface Shadows {
  /** The boxes that no request reaches. */
  readonly never: ReadonlySet<string>;
  /** From those that take their requests. */
  readonly shadows: readonly Shadow[];
}

interface Listed {
  readonly box: string;
  readonly when: Condition;
}

export function shadowsOf({ authorization, httpRoutes, routes }: Program): Shadows {
  const { deny, allow } = authorization;
  const listed = (stage: string, rules: readonly { origin: Origin; when: Condition }[]): Listed[] =>
    rules.map(({ origin, when }) => ({ box: boxOf(stage, origin), when }));
  const lists = [
    listed("rule", [...deny, ...allow]),
    listed("route", httpRoutes?.rules ?? []),
    ...routes.map(({ rules }) => listed("header route", rules)),
  ];
  const found = lists.map(shadowsIn);
  return {
    never: new Set(found.flatMap(({ never }) => [...never])),
    shadows: found.flatMap(({ shadows }) => shadows),
  };
}

function shadowsIn(list: readonly Listed[]): Shadows {
  const reached = reachable(list);
  // A box may stand for several entries of the list.
  const alive = new Set(list.flatMap(({ box }, i) => (reached[i]?.kind === "never" ? [] : [box])));
  const never = new Set(list.map(({ box }) => box).filter((box) => !alive.has(box)));
  const shadows = new Map<string, Shadow>();
  list.forEach(({ box: to }, i) => {
    const reach = reached[i];
    if (reach?.kind !== "never" || !never.has(to)) return;
    for (const from of reach.by.flatMap((number) => list[number]?.box ?? []))
      if (from !== to) shadows.set(`${from} → ${to}`, { from, to });
  });
  return { never, shadows: [...shadows.values()] };
}
