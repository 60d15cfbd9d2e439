// The AssemblyScript compiler in a thread of its own: it takes more than a second to load and is kept for the next
// compilation, and while it works the main thread goes on serving requests. It sees only the files it is handed.
import { parentPort } from "node:worker_threads";

// Loaded without its types: they declare AssemblyScript's own globals, which would hide Node's.
/** @type {{ main(args: string[], io: object): Promise<{ error: Error | null }> }} */
const asc = (await import(/** @type {string} */ ("assemblyscript/asc"))).default;

if (!parentPort) throw new Error("asc-worker runs as a worker thread");
const port = parentPort;

/**
 * @typedef {{ id: number, entry: string, args: string[], files: Record<string, string> }} Job
 * @typedef {{ message: string, line?: number, file?: string }} Problem
 * @typedef {{ category: number, message: string, range: { start: number, source: { normalizedPath: string } } | null }} AscDiagnostic
 * @typedef {{ id: number, wasm?: Uint8Array, problems: Problem[] }} Result
 */

port.on("message", async (/** @type {Job} */ job) => {
  /** @type {Problem[]} */
  const problems = [];
  /** @type {Uint8Array | undefined} */
  let wasm;
  try {
    const { error } = await asc.main([job.entry, "--outFile", "out.wasm", ...job.args], {
      readFile: (/** @type {string} */ name) =>
        Object.hasOwn(job.files, name) ? (job.files[name] ?? null) : null,
      writeFile: (/** @type {string} */ name, /** @type {Uint8Array | string} */ contents) => {
        if (name === "out.wasm" && typeof contents !== "string") wasm = contents;
      },
      listFiles: () => [],
      stdout: { write: () => true },
      stderr: { write: () => true },
      reportDiagnostic: (/** @type {AscDiagnostic} */ diagnostic) => {
        if (diagnostic.category !== 3) return; // 3: an error
        const range = diagnostic.range;
        problems.push({
          message: diagnostic.message,
          ...(range && {
            file: range.source.normalizedPath,
            line: lineAt(job.files[range.source.normalizedPath] ?? "", range.start),
          }),
        });
      },
    });
    if (error && problems.length === 0) problems.push({ message: error.message });
  } catch (error) {
    problems.push({ message: error instanceof Error ? error.message : String(error) });
  }
  /** @type {Result} */
  const result = { id: job.id, problems, ...(wasm && problems.length === 0 && { wasm }) };
  port.postMessage(result);
});
port.postMessage("ready");

/**
 * @param {string} text
 * @param {number} offset
 */
function lineAt(text, offset) {
  return text.slice(0, offset).split("\n").length;
}
