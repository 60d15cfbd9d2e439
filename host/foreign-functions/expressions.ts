/** `expr_create`, `expr_evaluate`, `expr_delete`: CEL over a stream's attributes. A plugin's expressions are its own. */
import { LogLevel, Status } from "../abi.ts";
import { NO_BYTES } from "../bytes.ts";
import type { Machine } from "../machine.ts";
import type { RootContext } from "../stream-context.ts";
import { attributesOf } from "./cel/attributes.ts";
import { celLibrary } from "./cel/library.ts";
import { compileExpression, type CompiledExpression } from "./cel/compile.ts";
import { serializeCel } from "./cel/serialize.ts";

const TOKEN_BYTES = 4;

class Expressions {
  private readonly byToken = new Map<number, CompiledExpression>();
  private nextToken = 0;

  add(expression: CompiledExpression): number {
    this.byToken.set(this.nextToken, expression);
    return this.nextToken++;
  }

  get(token: number): CompiledExpression | undefined {
    return this.byToken.get(token);
  }

  delete(token: number): void {
    this.byToken.delete(token);
  }
}

const ofPlugin = new WeakMap<RootContext, Expressions>();

function expressionsOf(machine: Machine): Expressions {
  let expressions = ofPlugin.get(machine.root);
  if (expressions === undefined) ofPlugin.set(machine.root, (expressions = new Expressions()));
  return expressions;
}

/** CEL's text → a token, four bytes. */
export function createExpression(machine: Machine, argument: Uint8Array): Uint8Array | number {
  const cel = celLibrary();
  if (cel === undefined) {
    machine.options.log(
      LogLevel.Error,
      "expr_create needs the package @bufbuild/cel, which is not installed",
    );
    return Status.Unimplemented;
  }
  const compiled = compileExpression(cel, Buffer.from(argument).toString());
  if (typeof compiled === "string") {
    machine.options.log(LogLevel.Info, `expr_create: ${compiled}`);
    return Status.BadArgument;
  }
  return word(expressionsOf(machine).add(compiled));
}

/** A token → the value, in the form in which properties are given. */
export function evaluateExpression(machine: Machine, argument: Uint8Array): Uint8Array | number {
  if (argument.length !== TOKEN_BYTES) return Status.BadArgument;
  const evaluate = expressionsOf(machine).get(tokenIn(argument));
  const cel = celLibrary();
  if (evaluate === undefined || cel === undefined) return Status.NotFound;
  const value = evaluate(attributesOf(machine, cel));
  if (cel.isCelError(value)) {
    machine.options.log(LogLevel.Debug, `expr_evaluate: ${value.message}`);
    return Status.InternalFailure;
  }
  return serializeCel(cel, value) ?? Status.SerializationFailure;
}

/** A token → nothing, whether or not there was one. */
export function deleteExpression(machine: Machine, argument: Uint8Array): Uint8Array | number {
  if (argument.length !== TOKEN_BYTES) return Status.BadArgument;
  expressionsOf(machine).delete(tokenIn(argument));
  return NO_BYTES;
}

function tokenIn(argument: Uint8Array): number {
  return new DataView(argument.buffer, argument.byteOffset).getUint32(0, true);
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(TOKEN_BYTES);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
