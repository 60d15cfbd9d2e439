// Findings as one line each, for tests that pin what policy authors see.
import { check, readBundleFiles, type Diagnostic } from "../index.ts";
import { positionOf } from "../source/span.ts";

/** Policies by file name, or the text of the only file. */
export type Policies = string | Readonly<Record<string, string>>;

/** What checking finds: `severity code file:line:column: message ^ label = help`, in order. */
export function findings(policies: Policies): string[] {
  return checkPolicies(policies).diagnostics.map(oneLine);
}

/** Checks policies that are in no file. */
export function checkPolicies(policies: Policies): ReturnType<typeof check> {
  const byName = typeof policies === "string" ? { "p.yaml": policies } : policies;
  const files = Object.entries(byName).map(([path, text]) => ({ path, shown: path, text }));
  return check({ files, defaultName: "bundle" });
}

/** The messages of what is found in files and folders. */
export async function messages(paths: readonly string[]): Promise<string[]> {
  return check(await readBundleFiles(paths)).diagnostics.map(({ message }) => message);
}

export function oneLine({ severity, code, span, message, label, help }: Diagnostic): string {
  const position = span && positionOf(span.file, span.start);
  const place = span && position ? ` ${span.file.shown}:${position.line}:${position.column}` : "";
  const under = label === undefined ? "" : ` ^ ${label}`;
  return `${severity} ${code}${place}: ${message}${under}${help === undefined ? "" : ` = ${help}`}`;
}
