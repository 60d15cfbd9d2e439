// Emitted source → WebAssembly, through asc in a worker thread.
import { stripVTControlCharacters } from "node:util";
import { Worker } from "node:worker_threads";
import type { EmittedSource } from "../5-emit/emit.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { firstLine } from "../schema/schema.ts";
import type { Span } from "../source/span.ts";
import { assemblyFiles } from "./sources.ts";

interface Result {
  readonly id: number;
  readonly wasm?: Uint8Array;
  readonly problems: readonly { message: string; line?: number; file?: string }[];
}

const ENTRY = "policy.ts";

/** The thread ended, and with it the job: asc meets programs that are too much for it by ending its process. */
class Crash extends Error {}

/** Keeps one asc loaded. Loading begins at once, so that it runs while policies are parsed. */
export class Assembler {
  #worker: Worker | undefined;
  #closed = false;
  readonly #waiting = new Map<
    number,
    { resolve: (result: Result) => void; reject: (error: Error) => void }
  >();
  #next = 0;

  constructor() {
    this.#worker = this.#start();
  }

  /** The wasm of a program; problems are faults of Tollgate, reported where the policy behind them stands. */
  async assemble(source: EmittedSource, diagnostics: Diagnostics): Promise<Uint8Array | undefined> {
    const files = { ...(await assemblyFiles()), [ENTRY]: source.text };
    const args = ["--config", "asconfig.json", "--target", "policy"];
    const result = await this.#run({ entry: ENTRY, args, files }).catch((error: unknown) => {
      if (error instanceof Crash) return error;
      throw error;
    });
    if (result instanceof Crash) {
      const span = largestPart(source);
      diagnostics.error("internal-assembler", `the AssemblyScript compiler gave up: ${result.message}`, {
        ...(span && { span: firstLine(span), label: "the largest part of this bundle" }),
        help: "divide this part into several rules or policies, or shorten its lists, and please report it",
      });
      return undefined;
    }
    const { wasm, problems } = result;
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

  /** Ends the thread; a job in progress is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    // What asc says when it crashes is for its own authors.
    const worker = new Worker(new URL("./asc-worker.mjs", import.meta.url), { stdout: true, stderr: true });
    let said = "";
    worker.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    // Alone, the worker keeps no process alive; a job in progress does.
    worker.unref();
    worker.on("message", (message: "ready" | Result) => {
      if (message === "ready") return;
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (this.#waiting.size === 0) worker.unref();
      waiting?.resolve(message);
    });
    worker.on("error", (error) =>
      this.#ended(worker, error instanceof Error ? error.message : String(error)),
    );
    worker.on("exit", () =>
      this.#ended(worker, /\b\w*Error: .*/.exec(stripVTControlCharacters(said))?.[0] ?? "it ended"),
    );
    return worker;
  }

  #run(job: { entry: string; args: string[]; files: Readonly<Record<string, string>> }): Promise<Result> {
    if (this.#closed) return Promise.reject(new Error("the assembler is closed"));
    // Where the last job was too much for its thread, this one gets another.
    const worker = (this.#worker ??= this.#start());
    const id = this.#next++;
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...job });
    });
  }

  #ended(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return; // it was told of already
    this.#worker = undefined;
    const error = this.#closed ? new Error("the assembler was closed") : new Crash(reason);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Where the policy stands that most of the source was made from. */
function largestPart({ origins }: EmittedSource): Span | undefined {
  const lines = new Map<Span, number>();
  for (const span of origins.values()) lines.set(span, (lines.get(span) ?? 0) + 1);
  return [...lines].sort(([, a], [, b]) => b - a)[0]?.[0];
}
