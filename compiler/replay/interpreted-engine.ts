// One version by the interpreter: for logs that are read before a filter would be compiled.
import { HeaderMap } from "../../host/index.ts";
import { PLAIN_RESPONSE } from "../engines/index.ts";
import { celProperties } from "../engines/properties.ts";
import { changed, ended, interpret, LimitState, responded, type Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { answered, forwarded, type Decided } from "./decided.ts";
import type { VersionEngine } from "./version-engine.ts";

export class InterpretedEngine implements VersionEngine {
  readonly #program: Program;
  readonly #state = new LimitState();

  constructor(program: Program) {
    this.#program = program;
  }

  decide(request: Request, at: bigint): Decided {
    const properties = celProperties(request, at);
    const seen = { ...request, ...(properties && { properties }) };
    const decision = interpret(this.#program, seen, at, this.#state);
    const { outstanding = [] } = decision;
    if (decision.kind === "forward") {
      ended(responded(outstanding, PLAIN_RESPONSE, at), at);
      return forwarded(request, new HeaderMap(changed(request.headers, decision.request)));
    }
    const { status, details, body, headers = [] } = decision;
    ended(responded(outstanding, headers, at), at);
    return answered({ status, details, body: Buffer.from(body, "latin1"), headers: new HeaderMap(headers) });
  }

  close(): void {
    // There is nothing to end.
  }
}
