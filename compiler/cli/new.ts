// tollgate new: the start of something of one's own.
import path from "node:path";
import { Argument, Option, type Command } from "commander";
import { checkedName } from "./new/name.ts";
import { packageSource } from "./new/packages.ts";
import { addNewPolicy } from "./new/policy.ts";
import { shellWord } from "./new/shell-word.ts";
import { renderTemplate } from "./new/template.ts";
import { writeFolder } from "./new/write-folder.ts";
import { err, out } from "./terminal.ts";

export function addNew(program: Command): void {
  const command = program.command("new").description("start a policy, or a filter of your own");
  addNewPolicy(command);
  command
    .command("filter")
    .description("write a folder with a filter in AssemblyScript, its test, and an Envoy to run it in")
    .addArgument(
      new Argument("<name>", "the filter's name: lower-case letters, digits, hyphens").argParser(checkedName),
    )
    .addOption(new Option("-o, --output <folder>", "the folder to make").default(undefined, "./<name>"))
    .option(
      "--packages <folder>",
      "install the SDK, the host and tollgate from the packed files in this folder, not from the registry",
    )
    .addHelpText(
      "after",
      `
Writes index.ts (the filter), <name>.test.js (its test), envoy.yaml and what npm, asc and editors need. It works as it
is written; change it from there. Nothing that is there already is touched.

The command in Tollgate's repository takes the packages from build/packages, where \`npm run pack\` puts them.

Example:
  tollgate new filter doorman
  cd doorman
  npm install
  npm test
  npm run envoy`,
    )
    .action(newFilter);
}

async function newFilter(name: string, options: { output?: string; packages?: string }): Promise<void> {
  const folder = options.output ?? name;
  const source = await packageSource(options.packages);
  const files = await renderTemplate(name, (dependency) => source(dependency, path.resolve(folder)));
  await writeFolder(folder, files);
  for (const file of files.keys()) out.line(path.join(folder, file));
  err.line(err.palette.dim(`\nNext:\n  cd ${shellWord(folder)}\n  npm install\n  npm test\n  npm run envoy`));
}
