// A host whose gRPC calls stay open until the test answers them. Runs in Node.
import { StubHost } from "./host.ts";

export interface GrpcCall {
  readonly token: number;
  readonly cluster: string;
  readonly method: string;
  readonly message: Uint8Array;
  readonly timeout: number;
  /** The context that it was made on. */
  readonly context: number;
}

interface Attached {
  readonly memory: { readonly buffer: ArrayBuffer };
  proxy_on_memory_allocate?: (size: number) => number;
}

const OK = 0;
const BAD_ARGUMENT = 2;
const GRPC_MESSAGE = 5;

export class MeshHost extends StubHost {
  /** All calls that were made, also those that have ended. */
  readonly grpcCalls: GrpcCall[] = [];
  /** What `grpc_call` answers; a call is made only where it is 0. */
  callStatus = OK;
  /** What a call is answered with. */
  grpcMessage: Uint8Array = new Uint8Array();
  readonly logs: string[] = [];
  /** Contexts that there are. */
  readonly contexts = new Set<number>();
  effective = 0;

  #guest: Attached | undefined;

  override attach(guest: Attached): void {
    super.attach(guest);
    this.#guest = guest;
  }

  override imports(): Record<string, (...args: number[]) => number> {
    return {
      ...super.imports(),
      proxy_log: (_level, message = 0, size = 0) => {
        this.logs.push(this.#text(message, size));
        return OK;
      },
      proxy_set_effective_context: (context = 0) => {
        if (!this.contexts.has(context)) return BAD_ARGUMENT;
        this.effective = context;
        return OK;
      },
      proxy_grpc_call: (...args) => {
        if (this.callStatus !== OK) return this.callStatus;
        const [cluster = 0, clusterSize = 0, name = 0, nameSize = 0, method = 0, methodSize = 0] = args;
        const [, , message = 0, messageSize = 0, timeout = 0, out = 0] = args.slice(6);
        const token = (this.grpcCalls.length + 1) * 4 + 1;
        this.grpcCalls.push({
          token,
          cluster: this.#text(cluster, clusterSize),
          method: `/${this.#text(name, nameSize)}/${this.#text(method, methodSize)}`,
          message: this.#bytes(message, messageSize).slice(),
          timeout,
          context: this.effective,
        });
        new DataView(this.#buffer()).setUint32(out >>> 0, token, true);
        return OK;
      },
      proxy_get_buffer_bytes: (buffer, start = 0, length = 0, outValue = 0, outSize = 0) => {
        if (buffer !== GRPC_MESSAGE) return BAD_ARGUMENT;
        const bytes = this.grpcMessage.subarray(start, start + length);
        const at =
          bytes.length === 0 ? 0 : (this.#guest?.proxy_on_memory_allocate?.(bytes.length) ?? 0) >>> 0;
        if (at !== 0) this.#bytes(at, bytes.length).set(bytes);
        const view = new DataView(this.#buffer());
        view.setUint32(outValue >>> 0, at, true);
        view.setUint32(outSize >>> 0, bytes.length, true);
        return OK;
      },
    };
  }

  #buffer(): ArrayBuffer {
    if (!this.#guest) throw new Error("no guest is attached");
    return this.#guest.memory.buffer;
  }

  #bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#buffer(), at >>> 0, size >>> 0);
  }

  #text(at: number, size: number): string {
    return Buffer.from(this.#bytes(at, size)).toString("latin1");
  }
}
