// What a command is doing, on anything that takes longer than a second: one line on the terminal, rewritten in place and
// taken away at the end. Where nobody looks at a terminal, nothing.
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { columnsOf } from "../../diagnostics/wrap.ts";
import { printable } from "../../diagnostics/printable.ts";
import { DONE, DRAWN, HEADER_BYTES, LENGTH, MOST_TEXT_BYTES, alone } from "./progress-state.js";

/** Something under way. */
export interface Progress {
  /** How far it is, such as `12,000 requests`; cheap enough to be said some thousand times a second. */
  say(detail: string): void;
  /** It has ended, well or not; the line goes away. */
  done(): void;
}

/** Where progress is shown: a terminal's file descriptor, and how wide it is. */
export interface Screen {
  readonly fd: number;
  readonly columns: number;
  /** Nothing is shown of what ends sooner. */
  readonly delayMs?: number;
}

const DELAY_MS = 1000;
/** For the time behind the text. */
const TIME_COLUMNS = 8;

/** Progress on a screen, one thing at a time: what begins within another takes its line until it ends. */
export class ProgressLine {
  readonly #screen: Screen;
  readonly #under: string[] = [];
  #drawn: Drawn | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  begin(label: string): Progress {
    const drawn = (this.#drawn ??= new Drawn(this.#screen));
    const depth = this.#under.push(label);
    drawn.say(label);
    return {
      say: (detail) => {
        this.#under[depth - 1] = `${label}: ${detail}`;
        if (this.#under.length === depth) drawn.say(`${label}: ${detail}`);
      },
      done: () => {
        if (this.#under.length < depth) return;
        this.#under.length = depth - 1;
        const before = this.#under.at(-1);
        if (before !== undefined) return drawn.say(before);
        drawn.end();
        this.#drawn = undefined;
      },
    };
  }

  /** Writes something else to the same terminal: the line makes room, and comes back below. */
  beside(write: () => void): void {
    if (this.#drawn) this.#drawn.beside(write);
    else write();
  }
}

/** The line, and the thread that draws it. */
class Drawn {
  readonly #screen: Screen;
  readonly #shared = new SharedArrayBuffer(HEADER_BYTES + MOST_TEXT_BYTES);
  readonly #state = new Int32Array(this.#shared, 0, HEADER_BYTES / 4);
  readonly #text = new Uint8Array(this.#shared, HEADER_BYTES);

  constructor(screen: Screen) {
    this.#screen = screen;
    const { fd, delayMs = DELAY_MS } = screen;
    const workerData = { shared: this.#shared, fd, delayMs };
    const worker = new Worker(new URL("./progress-worker.js", import.meta.url), { workerData });
    worker.unref();
    // A line that cannot be drawn is no reason to end.
    worker.on("error", () => undefined);
  }

  say(text: string): void {
    const bytes = Buffer.from(cut(printable(text), this.#screen.columns - TIME_COLUMNS));
    alone(this.#state, () => {
      this.#text.set(bytes);
      Atomics.store(this.#state, LENGTH, bytes.length);
    });
  }

  beside(write: () => void): void {
    alone(this.#state, () => {
      this.#clear();
      write();
    });
  }

  end(): void {
    alone(this.#state, () => {
      Atomics.store(this.#state, DONE, 1);
      Atomics.notify(this.#state, DONE);
      this.#clear();
    });
  }

  #clear(): void {
    if (Atomics.exchange(this.#state, DRAWN, 0) === 0) return;
    try {
      writeSync(this.#screen.fd, "\r\x1b[K");
    } catch {
      // The terminal has gone.
    }
  }
}

function cut(text: string, columns: number): string {
  let kept = "";
  let bytes = 0;
  let width = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    width += columnsOf(character);
    if (width >= columns || bytes > MOST_TEXT_BYTES - 3) return `${kept}…`;
    kept += character;
  }
  return kept;
}
