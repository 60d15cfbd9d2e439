// Policies as a program, without what comes behind: for tests of what policies mean.
import { parseDocuments } from "../1-parse/documents.ts";
import { checkDocuments } from "../2-check/check.ts";
import { lower } from "../3-lower/lower.ts";
import { Diagnostics, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { interpret, LimitState, type Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";

/** The program of policies in one file, and what checking them found. Throws where that is an error. */
export function lowered(text: string): { program: Program; found: readonly Diagnostic[] } {
  const diagnostics = new Diagnostics();
  const documents = parseDocuments({ path: "p.yaml", shown: "p.yaml", text }, diagnostics);
  const checked = checkDocuments(documents, "bundle", diagnostics);
  const [first] = diagnostics.all.filter(({ severity }) => severity === "error");
  if (first) throw new Error(first.message);
  return { program: lower(checked, checked.policies), found: diagnostics.sorted() };
}

/** Whether a program lets a request pass. */
export function passes(program: Program, request: Request): boolean {
  return interpret(program, request, 0n, new LimitState()).kind === "forward";
}
