// tollgate new policy: the start of a policy, with a test that passes.
import path from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { DNS_NAME } from "../../schema/texts.ts";
import { CommandFailure } from "../failure.ts";
import { err, out } from "../terminal.ts";
import { answersTo } from "./policy/answers.ts";
import { askerOn, type Asker } from "./policy/ask.ts";
import { bundleIn } from "./policy/bundle.ts";
import { renderPolicy } from "./policy/render.ts";
import type { Starter } from "./policy/starter.ts";
import { starters } from "./policy/starters.ts";
import { shellWord } from "./shell-word.ts";
import { writeFiles } from "./write-files.ts";

type Given = Readonly<Record<string, string | undefined>> & { readonly output: string };

const width = Math.max(...starters.map(({ word }) => word.length));
const list = starters.map(({ word, kind, doc }) => `${word.padEnd(width)}  ${doc} (${kind})`);

export function addNewPolicy(parent: Command): void {
  const command = parent
    .command("policy")
    .description("write a policy, and a test of it that passes")
    .addHelpText(
      "after",
      `
On a terminal it asks what it is not told. Nothing that is there already is touched.

Example:
  tollgate new policy rate-limit --limit 60/1m --by header:x-user -o policies
  tollgate test policies`,
    )
    .action(() => newPolicy(undefined, { output: "." }));
  for (const starter of starters) addStarter(command, starter);
}

function addStarter(parent: Command, starter: Starter): void {
  const command = parent
    .command(starter.word)
    .description(`${starter.doc}: ${/^([AEIOU]|HTTP)/.test(starter.kind) ? "an" : "a"} ${starter.kind}`)
    .addOption(
      new Option("--name <name>", `its name, and its files' (default: ${starter.name})`).argParser(
        checkedName,
      ),
    )
    .addOption(new Option("--namespace <name>", "its namespace (default: default)").argParser(checkedName))
    .option("-o, --output <folder>", "where to write it", ".");
  for (const { name, placeholder, asks, standard } of starter.questions) {
    const usual = typeof standard === "string" ? ` (default: ${standard})` : "";
    command.option(`--${name} ${placeholder}`, `${asks}${usual}`);
  }
  command
    .addHelpText("after", `\nExample:\n  tollgate new policy ${starter.word} ${starter.example}`)
    .action((options: Record<string, string> & { output: string }) => newPolicy(starter, kebab(options)));
}

async function newPolicy(starter: Starter | undefined, given: Given): Promise<void> {
  const asker =
    process.stdin.isTTY && process.stderr.isTTY
      ? askerOn(process.stdin, process.stderr, err.palette)
      : undefined;
  try {
    const { files, folder } = await interview(starter, given, asker);
    await writeFiles(folder, files);
    const written = [...files.keys()].map((file) => path.join(folder, file));
    for (const file of written) out.line(file);
    const [policy = "", test = ""] = written.map((file) => shellWord(file));
    err.line(
      err.palette.dim(
        `\nNext:\n  tollgate check ${policy}\n  tollgate test ${test}\n  tollgate run ${shellWord(folder)} --upstream http://127.0.0.1:3000`,
      ),
    );
  } finally {
    asker?.close();
  }
}

/** What is to be written, by what options and answers say. */
export async function interview(
  chosen: Starter | undefined,
  given: Given,
  asker: Asker | undefined,
): Promise<{ folder: string; files: ReadonlyMap<string, string> }> {
  const starter = chosen ?? (await chooseStarter(asker));
  const answers = await answersTo(starter.questions, given, asker);
  const name =
    given["name"] ?? (await asker?.ask("What is it called?", starter.name, nameFault)) ?? starter.name;
  const namespace =
    given["namespace"] ?? (await asker?.ask("Of which namespace?", "default", nameFault)) ?? "default";
  const folder = given.output;
  const bundle = starter.readsBundle && (await bundleIn(folder));
  const files = renderPolicy(starter, { name, namespace, ...(bundle && { bundle }) }, answers);
  return { folder, files };
}

async function chooseStarter(asker: Asker | undefined): Promise<Starter> {
  if (!asker)
    throw new CommandFailure(
      "the kind of the policy is missing, and there is no terminal to ask on",
      `write one of \`tollgate new policy ${starters.map(({ word }) => word).join("|")}\`; \`--help\` behind it says what each takes`,
    );
  asker.say("");
  for (const [index, line] of list.entries()) asker.say(`  ${index + 1}  ${line}`);
  asker.say("");
  const find = (answer: string): Starter | undefined =>
    starters.find(({ word, kind }, index) =>
      [word, kind.toLowerCase(), String(index + 1)].includes(answer.toLowerCase()),
    );
  const answer = await asker.ask("What shall it say? A number or a word", undefined, (text) =>
    find(text)
      ? undefined
      : `write a number from 1 to ${starters.length}, or a word such as \`${starters[0]?.word ?? ""}\``,
  );
  return find(answer) as Starter;
}

function nameFault(name: string): string | undefined {
  if (DNS_NAME.test(name) && name.length <= 63) return undefined;
  return "use lower-case letters, digits, `-` and `.`, at most 63 of them";
}

function checkedName(text: string): string {
  const fault = nameFault(text);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return text;
}

/** Commander calls `--jwks-uri` `jwksUri`. */
function kebab(options: Record<string, string> & { output: string }): Given {
  const named = Object.entries(options).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    value,
  ]);
  return { ...Object.fromEntries(named), output: options.output } as Given;
}
