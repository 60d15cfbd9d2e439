// A filter → its picture, no larger than a person looks at.
import type { PathNormalization } from "../2-check/path-normalization.ts";
import type { Program } from "../ir/program.ts";
import { bounded } from "./bounded.ts";
import type { Picture, Stage } from "./picture.ts";
import { roadsOf } from "./routes.ts";
import { shadowsOf, type Shadows } from "./shadows.ts";
import { stagesOf } from "./stages.ts";
import { shown } from "./words.ts";

/** What is drawn. */
export interface Drawn {
  readonly name: string;
  readonly program: Program;
  readonly pathNormalization: PathNormalization;
}

export function pictureOf({ name, program, pathNormalization }: Drawn): Picture {
  const { policies } = program;
  const stages = stagesOf(program);
  // What CORS answers stands in rules of routes.
  const deciding = stages.filter(({ kind }) => kind !== "cors").flatMap(({ groups }) => groups);
  const rules = deciding.flatMap(({ boxes }) => boxes).length;
  const shadows = shadowsOf(program);
  const { ends, edges } = roadsOf(program);
  return bounded({
    title: shown(name),
    subtitle: `${counted(rules, "rule")} of ${counted(policies.length, "policy", "policies")}`,
    listener: [`paths: ${pathNormalization}`],
    stages: stages.map((stage) => marked(stage, shadows)),
    ends,
    edges: edges.map((edge) => (shadows.never.has(edge.from) ? { ...edge, faint: true } : edge)),
    shadows: shadows.shadows,
  });
}

function marked(stage: Stage, { never, shadows }: Shadows): Stage {
  const mark = (box: Stage["groups"][number]["boxes"][number]): typeof box => {
    if (!never.has(box.id)) return box;
    const shadowed = shadows.some(({ to }) => to === box.id);
    const why = shadowed ? "rules before it take all its requests" : "it asks for what no request has";
    const line = shadowed ? "never has a turn" : "matches nothing";
    return { ...box, mark: "never", lines: [...box.lines, line], tooltip: `${box.tooltip}\n${line}: ${why}` };
  };
  return { ...stage, groups: stage.groups.map((group) => ({ ...group, boxes: group.boxes.map(mark) })) };
}

function counted(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}
