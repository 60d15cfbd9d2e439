// tollgate schema: what editors need to complete and check policy files.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Option, type Command } from "commander";
import { writeConfiguration } from "../7-package/write.ts";
import { combinedSchema, kindNames, schemaOf, SIGN } from "../json-schema/schema.ts";
import { out } from "./terminal.ts";

export function addSchema(program: Command): void {
  program
    .command("schema")
    .description("write the JSON Schema of policy files, with which editors complete and check them")
    .addOption(new Option("--kind <name>", "of documents of one kind alone").choices(kindNames))
    .option("-o, --output <file>", "where to write it, instead of to stdout")
    .addHelpText(
      "after",
      `
The schema is draft-07. Without --kind it takes every document that Tollgate reads and lets those of other tools by.

Example:
  tollgate schema -o tollgate.schema.json

  # yaml-language-server: $schema=tollgate.schema.json       as the first line of a policy file`,
    )
    .action(writeSchema);
}

async function writeSchema({ kind, output }: { kind?: string; output?: string }): Promise<void> {
  const schema = (kind === undefined ? undefined : schemaOf(kind)) ?? combinedSchema();
  const text = JSON.stringify(schema, null, 2);
  if (output === undefined) return out.line(text);
  await mkdir(path.dirname(output), { recursive: true });
  await writeConfiguration(output, `${text}\n`, SIGN);
  out.line(path.relative(process.cwd(), path.resolve(output)));
}
