/** From CEL's text to something that evaluates, with the faults found that Envoy finds before it evaluates. */
import type { CelEnv, CelInput, CelResult } from "@bufbuild/cel";
import type { CelLibrary } from "./library.ts";

export type CompiledExpression = (attributes: Record<string, CelInput>) => CelResult;

type Expression = ReturnType<CelLibrary["parse"]>["expr"];
type Call = Extract<Expression["exprKind"], { case: "callExpr" }>["value"];

/** Operators that the library knows apart from its functions. */
const operators = new Set(["_[_]", "_?_:_", "_&&_", "_||_", "@not_strictly_false", "__not_strictly_false__"]);

let environment: CelEnv | undefined;

/** The library's functions, and `matches` in the form of a function, which Envoy has besides the method. */
function environmentOf(cel: CelLibrary): CelEnv {
  if (environment !== undefined) return environment;
  const { STRING, BOOL } = cel.CelScalar;
  const method = cel.celEnv().funcs.find("matches");
  const matches = cel.celFunc(
    "matches",
    [STRING, STRING],
    BOOL,
    (text, pattern) => method?.call(0, text, [pattern]) as boolean,
  );
  return (environment = cel.celEnv({ funcs: [matches] }));
}

/** The expression, or what is wrong with it. */
export function compileExpression(cel: CelLibrary, text: string): CompiledExpression | string {
  try {
    const env = environmentOf(cel);
    const parsed = cel.parse(text);
    const fault = faultIn(env, parsed.expr);
    return fault ?? cel.plan(env, parsed);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A function or message type nobody knows: Envoy's builder refuses it even where it is never reached. */
function faultIn(env: CelEnv, { exprKind }: Expression): string | undefined {
  switch (exprKind.case) {
    case "callExpr":
      return faultInCall(env, exprKind.value);
    case "listExpr":
      return firstFault(env, exprKind.value.elements);
    case "selectExpr":
      return firstFault(env, [exprKind.value.operand]);
    case "structExpr": {
      const { messageName, entries } = exprKind.value;
      if (messageName !== "" && env.registry.getMessage(messageName.replace(/^\./, "")) === undefined)
        return `the message type ${messageName} is not known`;
      return firstFault(
        env,
        entries.flatMap(({ keyKind, value }) => [
          keyKind.case === "mapKey" ? keyKind.value : undefined,
          value,
        ]),
      );
    }
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return firstFault(env, [iterRange, accuInit, loopCondition, loopStep, result]);
    }
    case "constExpr":
    case "identExpr":
    case undefined:
      return undefined;
  }
}

function faultInCall(env: CelEnv, call: Call): string | undefined {
  if (!operators.has(call.function)) {
    const method = call.target !== undefined;
    const fits = [...(env.funcs.find(call.function) ?? [])].some(
      ({ target, arguments: parameters }) =>
        (target !== undefined) === method && parameters.length === call.args.length,
    );
    if (!fits) return `there is no ${method ? "method" : "function"} ${call.function} of so many arguments`;
  }
  return firstFault(env, [call.target, ...call.args]);
}

function firstFault(env: CelEnv, parts: ReadonlyArray<Expression | undefined>): string | undefined {
  for (const part of parts) {
    const fault = part && faultIn(env, part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
