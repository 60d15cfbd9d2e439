// CEL, evaluated by the proxy over its attributes: for conditions that only the configuration knows. Slower than asking
// for a property, and none of it is checked before it runs.
import { allocate } from "../abi/arena";
import { lastStatus } from "../abi/answer";
import { Status } from "../abi/numbers";
import { Bytes } from "../bytes";
import { toBoolean, toDouble, toInteger } from "../properties/values";
import { callForeignFunction } from "./call";

const TOKEN_SIZE: u32 = 4;

/**
 * An expression that the host has parsed, such as `request.headers['x-user'] == 'kim'`. It belongs to the filter
 * object: make it in `onConfigure`, evaluate it in any callback, of streams most of all.
 */
export class Expression {
  private constructor(private token: u32) {}

  /** Has the host parse an expression; null where it is none (`BadArgument`; the proxy's log says more). */
  static create<T>(text: T): Expression | null {
    const answer = callForeignFunction("expr_create", text);
    if (answer === null || answer.size != TOKEN_SIZE) return null;
    return new Expression(load<u32>(answer.pointer));
  }

  /**
   * What the expression comes to for the context whose callback runs, until the callback returns: a text as its bytes,
   * a number or a truth value as in properties. Null where it comes to an error, such as an attribute that has no
   * value here (`InternalFailure`), to null (`SerializationFailure`), or was deleted (`NotFound`).
   */
  evaluate(): Bytes | null {
    return callForeignFunction("expr_evaluate", this.argument());
  }

  /** Whether it comes to true; `otherwise` where it comes to no truth value. */
  evaluateBoolean(otherwise: bool = false): bool {
    return toBoolean(this.evaluate(), otherwise);
  }

  /** The whole number that it comes to, a time or a duration in nanoseconds; `otherwise` where it does not. */
  evaluateInteger(otherwise: i64 = -1): i64 {
    return toInteger(this.evaluate(), otherwise);
  }

  /** The floating-point number that it comes to; `otherwise` where it does not. */
  evaluateDouble(otherwise: f64 = 0): f64 {
    return toDouble(this.evaluate(), otherwise);
  }

  /** Has the host forget the expression. */
  delete(): Status {
    callForeignFunction("expr_delete", this.argument());
    return lastStatus();
  }

  private argument(): Bytes {
    const at = allocate(TOKEN_SIZE);
    if (at == 0) return new Bytes();
    store<u32>(at, this.token);
    return Bytes.view(at, TOKEN_SIZE);
  }
}
