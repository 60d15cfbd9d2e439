// `tollgate explain --details`: from a line of an access log back to the rule that it is about.
import { printable } from "../../diagnostics/printable.ts";
import { nearest } from "../../diagnostics/suggest.ts";
import {
  detailsIn,
  excerptOf,
  locate,
  namedIn,
  placeOf,
  placeToJson,
  type Located,
} from "../../explain/index.ts";
import { detailsOf } from "../../ir/details.ts";
import type { Target } from "../../index.ts";
import { CommandFailure } from "../failure.ts";
import { out } from "../terminal.ts";
import { given } from "./input.ts";

/** Shows the rule; of several workloads once, where it is the same for all. Throws CommandFailure where there is none. */
export async function explainDetails(
  targets: readonly Target[],
  written: string,
  format: "text" | "json",
): Promise<void> {
  const text = await given(written);
  const found = targets.map(({ program }) => locate(program, text)).find((one) => one !== undefined);
  if (!found) throw notFound(targets, text);
  if (format === "json") {
    const { details, words, rules } = found;
    const shown = rules.map(({ policy, part, span }) => ({ policy, part, place: placeToJson(span) }));
    out.line(JSON.stringify({ details, words, rules: shown }, null, 2));
  } else show(found);
}

const MOST = 20;

function show({ details, words, rules }: Located): void {
  const { palette } = out;
  out.line(palette.bold(printable(details)));
  out.paragraph(words);
  for (const rule of rules.slice(0, MOST)) {
    out.line();
    out.line(palette.bold(printable(`${rule.policy} ${rule.part}`)));
    out.line(`${palette.dim("-->")} ${placeOf(rule)}`);
    for (const line of excerptOf(rule, palette)) out.line(line);
  }
  if (rules.length > MOST) out.line(palette.dim(`\n… and ${rules.length - MOST} more`));
}

function notFound(targets: readonly Target[], text: string): CommandFailure {
  const details = detailsIn(text);
  if (details === undefined)
    return new CommandFailure(
      "there are no response-code details of Tollgate's in this text",
      "give what `%RESPONSE_CODE_DETAILS%` wrote, such as `tollgate:authorization:shop/never:rules[0]`, or a line that has it",
    );
  const known = targets.flatMap(({ program }) =>
    [...namedIn(program)].map(({ stage, origin }) => detailsOf(stage, origin)),
  );
  const meant = nearest(details, known);
  return new CommandFailure(
    `no rule of these policies writes \`${printable(details)}\``,
    meant === undefined
      ? "the log may be of another version of the policies, or of another bundle"
      : `the log may be of another version of the policies; did you mean \`${printable(meant)}\`?`,
  );
}
