// Macros: over a written list they are unrolled; over a list that only the request has they stay a question about it.
import { afterValues, isMap, mapOf } from "./check-maps.ts";
import { isAudiences } from "./check-operators.ts";
import { literal, listOf, type Checker } from "./checker.ts";
import type { CelNode } from "./expression.ts";
import type { CelSyntax } from "./syntax.ts";
import { typeName, type CelType } from "./types.ts";

interface ComprehensionSyntax {
  readonly iterVar: string;
  readonly iterVar2: string;
  readonly iterRange?: CelSyntax | undefined;
  readonly loopStep?: CelSyntax | undefined;
}

type Macro = "all" | "exists" | "exists_one" | "map";

export function checkMacro(
  checker: Checker,
  { iterVar, iterVar2, iterRange, loopStep }: ComprehensionSyntax,
  part: CelSyntax,
): CelNode | undefined {
  const macro = macroCalled(checker.macroOf(part));
  const body = macro && loopStep && bodyOf(macro, loopStep);
  if (!macro || !body || !iterRange || iterVar2 !== "") return checker.refuse("filter", part);
  if (isMap(iterRange)) {
    const map = mapOf(checker, iterRange);
    const asked = map && unrolled(checker, macro, iterVar, map.keys, body, part);
    return asked?.op === "list" ? asked : asked && afterValues(map, asked);
  }
  const range = checker.check(iterRange);
  if (!range) return undefined;
  if (range.op === "list") return unrolled(checker, macro, iterVar, range.elements, body, part);
  if (range.type !== "dyn" && typeof range.type !== "object") {
    return checker.fault(
      "type",
      part,
      `\`${macro}\` goes over lists, and this is \`${typeName(range.type)}\``,
    );
  }
  if (macro === "map") return checker.refuse("filter", part);
  if (range.type !== "dyn" && !isAudiences(range)) return checker.refuse("list-values", part);
  const type: CelType = range.type === "dyn" ? "dyn" : "string";
  const id = checker.newId();
  const asked = checker.checkWith(iterVar, { op: "variable", type, id }, body);
  const question = asked && checker.asType(asked, "bool", body);
  return question && { op: "quantifier", type: "bool", quantifier: macro, over: range, id, body: question };
}

function macroCalled(name: string | undefined): Macro | undefined {
  if (name === "existsOne") return "exists_one";
  return name === "all" || name === "exists" || name === "exists_one" || name === "map" ? name : undefined;
}

/** The author's part of the loop that the parser made. */
function bodyOf(macro: Macro, step: CelSyntax): CelSyntax | undefined {
  if (step.exprKind.case !== "callExpr") return undefined;
  const { args } = step.exprKind.value;
  if (macro === "exists_one") return args[0];
  if (macro !== "map") return args[1];
  const added = args[1]?.exprKind;
  return added?.case === "listExpr" ? added.value.elements[0] : undefined;
}

function unrolled(
  checker: Checker,
  macro: Macro,
  name: string,
  elements: readonly CelNode[],
  body: CelSyntax,
  part: CelSyntax,
): CelNode | undefined {
  if (elements.some((element) => typeof element.type === "object"))
    return checker.refuse("list-values", part);
  const mixed = elements.some((element) => element.type !== elements[0]?.type);
  const bindings = elements.map((element) => {
    // A literal costs nothing to repeat.
    const bound: CelNode =
      element.op === "literal" ? element : { op: "variable", type: element.type, id: checker.newId() };
    return { element, bound, seen: mixed || checker.isLoose(element) ? checker.loosen(bound) : bound };
  });
  const bodies = bindings.map(({ seen }) => {
    const checked = checker.checkWith(name, seen, body);
    return checked && macro !== "map" ? checker.asType(checked, "bool", body) : checked;
  });
  if (!bodies.every((node) => node !== undefined)) return undefined;
  const joined = macro === "map" ? listOf(bodies) : join(macro, bodies);
  // The elements are evaluated before the question is asked of any.
  const named = bindings.filter(({ bound }) => bound.op === "variable");
  if (joined.op === "list") {
    const inner = joined.elements.map((node) => bind(node, named));
    return { ...joined, elements: inner };
  }
  return bind(joined, named);
}

function bind(body: CelNode, bindings: readonly { element: CelNode; bound: CelNode }[]): CelNode {
  return bindings.reduceRight<CelNode>(
    (inner, { element, bound }) =>
      bound.op === "variable"
        ? { op: "let", type: inner.type, id: bound.id, value: element, body: inner }
        : inner,
    body,
  );
}

function join(macro: "all" | "exists" | "exists_one", of: readonly CelNode[]): CelNode {
  if (macro === "exists_one") return { op: "exactly-one", type: "bool", of };
  const [only] = of;
  if (!only) return literal("bool", macro === "all");
  return of.length === 1 ? only : { op: macro === "all" ? "and" : "or", type: "bool", of };
}
