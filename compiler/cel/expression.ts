// A checked CEL expression, ready to be evaluated or compiled.

export interface CelExpression {
  /** As the author wrote it. */
  readonly text: string;
}
