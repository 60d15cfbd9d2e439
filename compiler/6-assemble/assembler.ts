// Emitted source → WebAssembly, through asc in a worker thread.
import { Worker } from "node:worker_threads";
import type { EmittedSource } from "../5-emit/emit.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { assemblyFiles } from "./sources.ts";

interface Result {
  readonly id: number;
  readonly wasm?: Uint8Array;
  readonly problems: readonly { message: string; line?: number; file?: string }[];
}

const ENTRY = "policy.ts";

/** Keeps one asc loaded. Loading begins at once, so that it runs while policies are parsed. */
export class Assembler {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (result: Result) => void; reject: (error: Error) => void }
  >();
  #next = 0;
  #failure: Error | undefined;

  constructor() {
    this.#worker = new Worker(new URL("./asc-worker.mjs", import.meta.url));
    // Alone, the worker keeps no process alive; a job in progress does.
    this.#worker.unref();
    this.#worker.on("message", (message: "ready" | Result) => {
      if (message === "ready") return;
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (this.#waiting.size === 0) this.#worker.unref();
      waiting?.resolve(message);
    });
    this.#worker.on("error", (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
    this.#worker.on("exit", () => this.#fail(new Error("the AssemblyScript compiler ended")));
  }

  /** The wasm of a program; problems are faults of Tollgate, reported where the policy behind them stands. */
  async assemble(source: EmittedSource, diagnostics: Diagnostics): Promise<Uint8Array | undefined> {
    const files = { ...(await assemblyFiles()), [ENTRY]: source.text };
    const args = ["--config", "asconfig.json", "--target", "policy"];
    const { wasm, problems } = await this.#run({ entry: ENTRY, args, files });
    for (const problem of problems) {
      const span =
        problem.file === ENTRY && problem.line !== undefined ? source.origins.get(problem.line) : undefined;
      const at = problem.file === undefined ? "" : ` (${problem.file}:${problem.line ?? 0})`;
      diagnostics.error(
        "internal-assembler",
        `the emitted source does not compile: ${problem.message}${at}`,
        {
          ...(span && { span }),
          help: "this is a fault of Tollgate, not of your policy: please report it with the policy",
        },
      );
    }
    if (!wasm && problems.length === 0) {
      diagnostics.error("internal-assembler", "the AssemblyScript compiler gave no module", {});
    }
    return wasm;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #run(job: { entry: string; args: string[]; files: Readonly<Record<string, string>> }): Promise<Result> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#next++;
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...job });
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
