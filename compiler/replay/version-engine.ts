// One version's compiled filter in the host, deciding recorded requests: as `engines/host.ts` does, without putting into words what
// only few requests are asked about.
import { FilterModule, HeaderMap, Vm } from "../../host/index.ts";
import { EngineFailure, PLAIN_RESPONSE } from "../engines/index.ts";
import { RequestProperties } from "../engines/properties.ts";
import type { Request } from "../ir/interpret.ts";
import { answered, forwarded, type Decided } from "./decided.ts";

/** Decides the requests of a log, one after the other, as one version of policies. */
export interface VersionEngine {
  /** Decides a request at a time in nanoseconds since 1970, and ends it at once. Throws EngineFailure. */
  decide(request: Request, at: bigint): Decided;
  close(): void;
}

export class FilterEngine implements VersionEngine {
  readonly #properties = new RequestProperties();
  readonly #vm: Vm;
  #at = 0n;

  constructor(wasm: Uint8Array) {
    this.#vm = Vm.start(FilterModule.compile(wasm), { clock: () => this.#at });
  }

  decide(request: Request, at: bigint): Decided {
    this.#at = at;
    this.#properties.request = request;
    const stream = this.#vm.openStream(this.#properties);
    try {
      const headers = new HeaderMap(request.headers);
      const result = stream.requestHeaders(headers, true);
      if (result.kind !== "continue" && result.kind !== "local-response")
        throw new EngineFailure(`the filter did not decide: ${this.#vm.failure?.message ?? result.kind}`);
      stream.responseHeaders(new HeaderMap(PLAIN_RESPONSE), true);
      return result.kind === "continue" ? forwarded(request, headers) : answered(result.response);
    } finally {
      stream.close();
    }
  }

  close(): void {
    this.#vm.close();
  }
}
