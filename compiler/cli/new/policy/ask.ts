// Asks a person, one question after the other, and asks again where an answer will not do.
import { createInterface } from "node:readline/promises";
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
  const gone = new Promise<never>((_, reject) => {
    // The end of the input, and Ctrl-C.
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => reject(new CommandFailure("no answer came, and nothing was written")));
  });
  // It may come when nobody waits for it.
  gone.catch(() => undefined);
  return {
    async ask(question, standard, fault) {
      const prompt = `${palette.bold(question)}${standard === undefined ? "" : palette.dim(` [${standard}]`)}: `;
      for (;;) {
        const given = (await Promise.race([lines.question(prompt), gone])).trim();
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
