// One VM of a mesh in the tests: its clock, its requests, and what became of them. Runs in Node.
import type { Guest } from "./compile.ts";
import { MeshHost, type GrpcCall } from "./mesh-host.ts";

export interface MeshExports {
  configure(
    root: number,
    cluster: number,
    clusterSize: number,
    domain: number,
    domainSize: number,
    timeout: number,
  ): number;
  addLimit(number: number, sets: number): number;
  addRate(number: number, name: number, size: number, window: number, requests: number): number;
  handle(stream: number, limits: number, shadow: number, key: number, keySize: number, cost: bigint): number;
  meshAnswer(token: number, size: number): number;
  meshClosed(token: number, status: number): number;
  meshRemaining(rate: number): number;
  meshReset(rate: number): bigint;
  meshRetryAfter(): bigint;
  nextMeshWaiting(): number;
}

export const Answer = { Allowed: 0, Limited: 1, Waiting: 2, Failed: 3 } as const;
export type Answer = (typeof Answer)[keyof typeof Answer];

export interface Limit {
  readonly rates: readonly { readonly name: string; readonly window: number; readonly requests: number }[];
  /** Default: 16. */
  readonly sets?: number;
}

export interface Request {
  readonly key: string;
  readonly cost: number;
  /** A bit for each limit that is asked. */
  readonly limits: number;
  /** A bit for each that is not waited for. */
  readonly shadow: number;
}

const ROOT = 1;
export const CLUSTER = "ratelimit";
export const DOMAIN = "shop";
export const TIMEOUT_MS = 100;

/** Where a request's key is written; before it stand the texts of the configuration. */
const KEY_AT = 60_000;

export class Sidecar {
  readonly guest: Guest<MeshExports>;
  readonly host: MeshHost;
  /** What was said of each stream, in order. */
  readonly answers = new Map<number, Answer[]>();
  readonly #requests = new Map<number, Request>();
  #open: GrpcCall[] = [];
  #taken = 0;
  #streams = ROOT;

  constructor(start: (host: MeshHost) => Guest<MeshExports>, limits: readonly Limit[], time: bigint) {
    this.host = new MeshHost();
    this.host.time = time;
    this.host.contexts.add(ROOT);
    this.guest = start(this.host);
    const { exports } = this.guest;
    let at = 0;
    const text = (value: string): [number, number] => {
      const pointer = this.guest.write(value, at);
      at += value.length;
      return [pointer, value.length];
    };
    this.#must(exports.configure(ROOT, ...text(CLUSTER), ...text(DOMAIN), TIMEOUT_MS));
    limits.forEach(({ rates, sets = 16 }, i) => {
      this.#must(exports.addLimit(i, sets));
      for (const { name, window, requests } of rates)
        this.#must(exports.addRate(i, ...text(name), window, requests));
    });
  }

  /** A new request; its stream. */
  request({ key, cost = 1, limits = 1, shadow = 0 }: Partial<Request> & { key: string }): number {
    const stream = (this.#streams += 1);
    this.host.contexts.add(stream);
    this.#requests.set(stream, { key, cost, limits, shadow });
    this.answers.set(stream, []);
    this.#handle(stream);
    return stream;
  }

  /** What a new request is answered at once. */
  ask(key: string, cost = 1, limits = 1): Answer {
    return this.lastAnswer(this.request({ key, cost, limits }));
  }

  lastAnswer(stream: number): Answer {
    const answer = this.answers.get(stream)?.at(-1);
    if (answer === undefined) throw new Error(`no answer for stream ${stream}`);
    return answer;
  }

  /** Calls that are under way, oldest first. */
  get openCalls(): readonly GrpcCall[] {
    this.#open.push(...this.host.grpcCalls.slice(this.#taken));
    this.#taken = this.host.grpcCalls.length;
    return this.#open;
  }

  answer(call: GrpcCall, message: Uint8Array): void {
    this.#end(call);
    this.host.grpcMessage = message;
    this.host.effective = ROOT;
    this.guest.exports.meshAnswer(call.token, message.length);
    this.#resume();
  }

  close(call: GrpcCall, status: number): void {
    this.#end(call);
    this.host.effective = ROOT;
    this.guest.exports.meshClosed(call.token, status);
    this.#resume();
  }

  /** A stream that waits asks more limits when it is decided again. */
  askMore(stream: number, limits: number): void {
    const request = this.#requests.get(stream);
    if (request) this.#requests.set(stream, { ...request, limits });
  }

  /** The client of a stream goes away. */
  leave(stream: number): void {
    this.host.contexts.delete(stream);
  }

  #end(call: GrpcCall): void {
    this.#open = this.openCalls.filter((open) => open !== call);
  }

  #resume(): void {
    for (;;) {
      const stream = this.guest.exports.nextMeshWaiting();
      if (stream === 0) return;
      if (this.host.effective !== stream) throw new Error(`stream ${stream} is not in effect`);
      this.#handle(stream);
    }
  }

  #handle(stream: number): void {
    const request = this.#requests.get(stream);
    const answers = this.answers.get(stream);
    if (!request || !answers) throw new Error(`an unknown stream ${stream}`);
    this.host.effective = stream;
    const at = this.guest.write(request.key, KEY_AT);
    const { limits, shadow, key, cost } = request;
    const answer = this.guest.exports.handle(stream, limits, shadow, at, key.length, BigInt(cost)) as Answer;
    if (this.host.effective !== stream) throw new Error("another context is in effect");
    answers.push(answer);
    // A stream that is decided ends at once.
    if (answer !== Answer.Waiting) this.host.contexts.delete(stream);
  }

  #must(done: number): void {
    if (done !== 1) throw new Error("the filter refuses its configuration");
  }
}
