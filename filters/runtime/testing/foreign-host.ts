// A host with foreign functions, which the test brings: by name, bytes in, bytes or a status out. Runs in Node.
import { StubHost } from "./host.ts";

export type ForeignFunctions = Readonly<Record<string, (argument: Uint8Array) => Uint8Array | number>>;

interface Attached {
  readonly memory: { readonly buffer: ArrayBuffer };
  proxy_on_memory_allocate?: (size: number) => number;
}

const OK = 0;
const NOT_FOUND = 1;

export class ForeignHost extends StubHost {
  /** May be replaced at any time. */
  functions: ForeignFunctions;
  /** How often a foreign function was called. */
  foreignCalls = 0;

  #attached: Attached | undefined;

  constructor(functions: ForeignFunctions) {
    super();
    this.functions = functions;
  }

  override attach(guest: Attached): void {
    super.attach(guest);
    this.#attached = guest;
  }

  override imports(): Record<string, (...args: number[]) => number> {
    return {
      ...super.imports(),
      proxy_call_foreign_function: (
        name = 0,
        nameSize = 0,
        argument = 0,
        size = 0,
        outValue = 0,
        outSize = 0,
      ) => {
        this.foreignCalls++;
        const call = this.functions[Buffer.from(this.#bytes(name, nameSize)).toString("latin1")];
        if (!call) return NOT_FOUND;
        const answer = call(this.#bytes(argument, size).slice());
        if (typeof answer === "number") return answer;
        const at =
          answer.length === 0 ? 0 : (this.#attached?.proxy_on_memory_allocate?.(answer.length) ?? 0) >>> 0;
        if (answer.length > 0) this.#bytes(at, answer.length).set(answer);
        const view = new DataView(this.#memory());
        view.setUint32(outValue >>> 0, at, true);
        view.setUint32(outSize >>> 0, answer.length, true);
        return OK;
      },
    };
  }

  #memory(): ArrayBuffer {
    if (!this.#attached) throw new Error("no guest is attached");
    return this.#attached.memory.buffer;
  }

  #bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory(), at >>> 0, size >>> 0);
  }
}
