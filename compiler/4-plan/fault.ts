import type { Span } from "../source/span.ts";

/** What no filter can be planned for, although each policy by itself is in order. */
export class PlanFault extends Error {
  readonly help: string;
  readonly span: Span | undefined;

  constructor(message: string, help: string, span?: Span) {
    super(message);
    this.help = help;
    this.span = span;
  }
}
