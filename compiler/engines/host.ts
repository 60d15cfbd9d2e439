// The compiled filter in the embedded host, without any network: what Envoy would load, thousands of times a second.
import { FilterModule, fromBytes, HeaderMap, Vm, type HttpStream } from "../../host/index.ts";
import type { Request } from "../ir/interpret.ts";
import type { PackagedFilter } from "../7-package/package.ts";
import { PLAIN_RESPONSE, type Headers, type Outcome, type SynchronousEngine } from "./engine.ts";
import { answer, forward } from "./outcome.ts";
import { RequestProperties } from "./properties.ts";

/** What a filter did that no filter of ours does: it trapped, or waits for a service that is not there. */
export class EngineFailure extends Error {
  override readonly name = "EngineFailure";
}

/**
 * Starts a filter. What it would call is not there: see `standalone`.
 * @param configuration what it is given when it is loaded: JSON with the values of its parameters
 * @throws VmStartError where it does not start
 */
export function hostEngine(
  filter: Pick<PackagedFilter, "wasm" | "limits">,
  configuration = "",
): SynchronousEngine {
  return new HostEngine(filter, configuration);
}

class HostEngine implements SynchronousEngine {
  readonly name = "host";
  readonly #module: FilterModule;
  readonly #counts: boolean;
  readonly #configuration: Uint8Array;
  readonly #properties = new RequestProperties();
  #at = 0n;
  #vm: Vm;

  constructor({ wasm, limits }: Pick<PackagedFilter, "wasm" | "limits">, configuration: string) {
    this.#configuration = Buffer.from(configuration);
    this.#module = FilterModule.compile(wasm);
    this.#counts = limits.length > 0;
    this.#vm = this.#start();
  }

  decide(request: Request, at: bigint, response: Headers = PLAIN_RESPONSE): Outcome {
    this.#at = at;
    this.#properties.request = request;
    const stream = this.#vm.openStream(this.#properties);
    try {
      return this.#phases(stream, request, response);
    } finally {
      stream.close();
    }
  }

  /** A filter without limits has nothing to forget. */
  forget(): void {
    if (!this.#counts) return;
    this.#vm.close();
    this.#vm = this.#start();
  }

  close(): void {
    this.#vm.close();
  }

  #start(): Vm {
    return Vm.start(this.#module, { clock: () => this.#at, pluginConfiguration: this.#configuration });
  }

  #phases(stream: HttpStream, request: Request, response: Headers): Outcome {
    const sent = new HeaderMap(request.headers);
    const result = stream.requestHeaders(sent, true);
    if (result.kind === "continue") {
      const received = new HeaderMap(response);
      this.#respond(stream, received);
      return forward(sent.entries(), received.entries());
    }
    if (result.kind !== "local-response") throw this.#failure(result.kind);
    const { status, body, details, headers, grpcStatus } = result.response;
    // As Envoy: what a filter answers itself passes its own response phase.
    const answered = new HeaderMap([[":status", String(status)], ...headers.entries()]);
    this.#respond(stream, answered);
    answered.remove(":status");
    const told = { status, body: fromBytes(body), details, grpcStatus, headers: answered.entries() };
    return answer(request.headers, told);
  }

  #respond(stream: HttpStream, headers: HeaderMap): void {
    const { kind } = stream.responseHeaders(headers, true);
    if (kind !== "continue") throw this.#failure(kind);
  }

  #failure(kind: string): EngineFailure {
    const { failure } = this.#vm;
    return new EngineFailure(
      failure ? `the filter failed: ${failure.message}` : `the filter did not decide: ${kind}`,
    );
  }
}
