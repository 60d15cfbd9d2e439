// Asks a person, one question after the other, and asks again where an answer will not do.
import { createInterface } from "node:readline";
import type { Palette } from "../../../diagnostics/render.ts";
import { printable } from "../../../diagnostics/printable.ts";
import { CommandFailure } from "../../failure.ts";

/** Whom to ask. */
export interface Asker {
  /** The answer, trimmed; `standard` where there is none. Rejects where nobody answers any more. */
  ask(
    question: string,
    standard: string | undefined,
    fault: (answer: string) => string | undefined,
  ): Promise<string>;
  /** Says something between questions. */
  say(line: string): void;
  close(): void;
}

/** Asks on a terminal, or whatever these streams are. */
export function askerOn(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  palette: Palette,
): Asker {
  const lines = createInterface({ input, output });
  // What is typed before it is asked is not lost.
  const typed: string[] = [];
  let waiting: { take: (line: string) => void; fail: (failure: Error) => void } | undefined;
  let ended = false;
  const failure = (): Error => new CommandFailure("no answer came, and nothing was written");
  lines.on("line", (line) => {
    if (!waiting) return void typed.push(line);
    // Several lines may come at once.
    const { take } = waiting;
    waiting = undefined;
    take(line);
  });
  // Ctrl-C, and the end of the input.
  lines.on("SIGINT", () => lines.close());
  lines.on("close", () => {
    ended = true;
    waiting?.fail(failure());
  });
  const next = (): Promise<string> => {
    const line = typed.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (ended) return Promise.reject(failure());
    return new Promise<string>((take, fail) => (waiting = { take, fail }));
  };
  return {
    async ask(question, standard, fault) {
      lines.setPrompt(
        `${palette.bold(question)}${standard === undefined ? "" : palette.dim(` [${standard}]`)}: `,
      );
      for (;;) {
        if (!ended) lines.prompt();
        const given = (await next()).trim();
        const answer = given === "" ? (standard ?? "") : given;
        const why = answer === "" ? "there is no answer for this that suits everybody" : fault(answer);
        if (why === undefined) return answer;
        output.write(`${palette.warning("!")} ${printable(why)}\n`);
      }
    },
    say: (line) => void output.write(`${line}\n`),
    close: () => lines.close(),
  };
}
