// A schema as a table for people: every field with its path, what it takes, what holds without it, and what it means.
import type { Inside, Schema } from "./schema.ts";

/** Markdown: a table of the fields inside a schema, and the fields that are known but refused for now. */
export function fieldReference(schema: Schema<unknown>): string {
  const rows: string[][] = [];
  const refused: string[] = [];
  collect("", schema.inside, rows, refused);
  const head = ["field", "required", "takes", "unit", "where absent", "meaning"];
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const notYet =
    refused.length === 0
      ? ""
      : `\nKnown, not supported yet, and refused until then: ${refused.map((path) => `\`${path}\``).join(", ")}.\n`;
  return `${lines.join("\n")}\n${notYet}`;
}

function collect(path: string, inside: Inside | undefined, rows: string[][], refused: string[]): void {
  if (!inside) return;
  const start = path === "" ? "" : `${path}${inside.suffix}.`;
  for (const [name, { schema, required, doc, absent = "" }] of Object.entries(inside.fields)) {
    const takes = (schema as Schema<unknown>).expected;
    rows.push([
      `\`${start}${name}\``,
      required ? "yes" : inside.oneOf ? "one of" : "",
      takes,
      schema.unit ?? "",
      absent,
      doc,
    ]);
    collect(`${start}${name}`, schema.inside, rows, refused);
  }
  refused.push(...Object.keys(inside.notYet).map((name) => `${start}${name}`));
}
