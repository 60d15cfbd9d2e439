// A child's output as clean lines, and the last of them for error messages.
import type { Readable } from "node:stream";

const MAX_LINE = 16 * 1024;

/** Calls `onLine` with each line of `stream`, made safe for a terminal; over-long lines are cut. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE);
    for (const line of lines) onLine(clean(line.slice(0, MAX_LINE)));
  });
  stream.on("end", () => {
    if (rest !== "") onLine(clean(rest));
    rest = "";
  });
}

/** Clients and filters have a say in what is logged: nothing of theirs may steer a terminal. */
export function clean(line: string): string {
  return line.replace(
    // eslint-disable-next-line no-control-regex
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** The last lines that were added, bounded in number; a line is bounded by eachLine. */
export class RecentLines {
  readonly #lines: string[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#limit) this.#lines.shift();
  }

  clear(): void {
    this.#lines.length = 0;
  }

  list(): readonly string[] {
    return this.#lines;
  }
}
