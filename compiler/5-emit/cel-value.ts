// CEL expressions for values as source: functions that answer a number or a text, and note it where there is none.
import type { CelValueExpression } from "../cel/expression.ts";
import { Body, typeInAs, type CelReads, type CelWriter } from "./cel.ts";
import { withCelReads, type CelSurroundings } from "./cel-reads.ts";
import { comment, unique } from "./literals.ts";
import type { Writer } from "./writer.ts";

/**
 * Writes the functions of expressions and the patterns that they match texts with; returns the functions' names. Each is
 * as `emitCelValue` says. The plan must have planned all of them (`planCel`, `celSlots`).
 */
export function emitCelValues(
  plan: CelSurroundings,
  expressions: readonly CelValueExpression[],
  writer: Writer,
): ReadonlyMap<CelValueExpression, string> {
  return withCelReads(
    plan,
    writer,
    (reads) => new Map(expressions.map((one) => [one, emitCelValue(one, writer, reads)])),
  );
}

/**
 * Writes the function and returns its name. It takes nothing, allocates nothing and never traps; an `int` it answers as
 * `i64`, a `string` and `bytes` as `Text` of the runtime's `cel-text`: a `u64` with the address below and the size
 * above, good until the next expression is evaluated. An error it notes, and answers anything: ask `failed` of
 * `cel-failure` behind each call. Call it inside a callback, after the request's headers were read into their slots.
 */
export function emitCelValue(expression: CelValueExpression, writer: CelWriter, reads: CelReads): string {
  const name = unique(expression.type === "int" ? "celInt" : "celText", writer.functions);
  const body = new Body(writer, reads);
  const { lines, fails, result } = body.value(expression.root);
  writer.line("", `/** ${comment(expression.text)} */`);
  writer.line(`function ${name}(): ${typeInAs(expression.type)} {`);
  if (body.usesScratch) writer.line(`  ${writer.runtime("cel-scratch", "releaseScratch")}(0);`);
  if (fails) {
    writer.line(
      "  do {",
      ...lines.map((line) => `    ${line}`),
      `    return ${result};`,
      "  } while (false);",
    );
    writer.line(`  return ${writer.runtime("cel-failure", "fail")}();`, "}");
  } else {
    writer.line(...lines.map((line) => `  ${line}`), `  return ${result};`, "}");
  }
  return name;
}
