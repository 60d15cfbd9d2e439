// From options and questions to the answers of a starter.
import { CommandFailure } from "../../failure.ts";
import type { Asker } from "./ask.ts";
import type { Answers, Question } from "./starter.ts";

/**
 * What options say is taken; the rest is asked, or is the standard answer where there is nobody to ask.
 * @throws CommandFailure where an option will not do, or where one is missing that has no standard
 */
export async function answersTo(
  questions: readonly Question[],
  given: Readonly<Record<string, string | undefined>>,
  asker: Asker | undefined,
): Promise<Answers> {
  const answers: Record<string, string> = {};
  for (const { name, asks, standard, fault } of questions) {
    const usual = typeof standard === "function" ? standard(answers) : standard;
    const option = given[name]?.trim();
    if (option !== undefined) {
      const wrong = fault(option);
      if (wrong !== undefined) throw new CommandFailure(`\`--${name} ${option}\` will not do`, wrong);
      answers[name] = option;
    } else if (asker) {
      answers[name] = await asker.ask(`${asks.charAt(0).toUpperCase()}${asks.slice(1)}?`, usual, fault);
    } else if (usual === undefined) {
      throw new CommandFailure(
        `\`--${name}\` is missing, and there is no terminal to ask on`,
        `add ${questions
          .filter((one) => one.standard === undefined && given[one.name] === undefined)
          .map((one) => `\`--${one.name} ${one.placeholder}\`: ${one.asks}`)
          .join("; ")}`,
      );
    } else {
      answers[name] = usual;
    }
  }
  return answers;
}
