// The request that `tollgate explain` is asked about: from flags, a file, a pasted curl command.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { merged, parseCurl, readDescription, type RequestDescription } from "../../requests/index.ts";
import { showDiagnostics } from "../bundle.ts";
import { CommandFailure } from "../failure.ts";

/** The options that say what the request is. */
export interface RequestOptions {
  readonly request?: string;
  readonly curl?: string;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly header?: readonly string[];
  readonly from?: string;
  readonly principal?: string;
  readonly sni?: string;
  readonly claims?: string;
}

export interface Input {
  readonly description: RequestDescription;
  /** What was left out, each a sentence without a full stop. */
  readonly assumed: readonly string[];
}

/** Flags win over what a file or a command says. Throws CommandFailure, and what `parseCurl` throws. */
export async function readInput(options: RequestOptions): Promise<Input> {
  const { request, curl } = options;
  if (request !== undefined && curl !== undefined)
    throw new CommandFailure("`--request` and `--curl` both say what the request is", "give one of them");
  const flags = flagsOf(options);
  if (request === undefined && curl === undefined && Object.keys(flags).length === 0)
    throw new CommandFailure(
      "which request is to be explained?",
      "say it by `--method`, `--path`, `--host`, `-H`, `--from`, or give `--request FILE`, or `--curl 'curl …'`",
    );
  const pasted = curl === undefined ? undefined : parseCurl(await given(curl));
  const under = pasted
    ? described(JSON.stringify(pasted.description), "the curl command")
    : request === undefined
      ? {}
      : described(
          await given(request === "-" ? "-" : await fileText(request)),
          request === "-" ? "standard input" : request,
        );
  const over = described(JSON.stringify(flags), "the options");
  return { description: merged(under, over), assumed: pasted?.assumed ?? [] };
}

/** `-` is what comes from standard input. */
export async function given(value: string): Promise<string> {
  return value === "-" ? text(process.stdin) : value;
}

async function fileText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ENOENT"
      ? new CommandFailure(
          `\`${file}\` is not there`,
          "give a file with a request in YAML or JSON, or `-` for standard input",
        )
      : new CommandFailure(`\`${file}\` cannot be read: ${message}`, "check the path and its permissions");
  });
}

function described(written: string, shown: string): RequestDescription {
  const diagnostics = new Diagnostics();
  const read = readDescription({ path: shown, shown, text: written }, diagnostics);
  if (read) return read;
  showDiagnostics(diagnostics.sorted());
  throw new CommandFailure("this is no request", "correct it; its fields are those of a test's `request`");
}

function flagsOf(options: RequestOptions): Readonly<Record<string, unknown>> {
  const { method, path, host, header = [], from, principal, sni, claims } = options;
  const fields = new Map<string, string[]>();
  let named = host;
  for (const field of header) {
    const [, name, value = ""] = /^([^:]+):[ \t]*(.*?)[ \t]*$/s.exec(field) ?? [];
    if (name === undefined)
      throw new CommandFailure(`\`${field}\` is no header`, "write it as `-H 'name: value'`");
    if (name.toLowerCase() === "host") named ??= value;
    else fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return {
    ...(method !== undefined && { method }),
    ...(path !== undefined && { path }),
    ...(named !== undefined && { host: named }),
    ...(fields.size > 0 && { headers: Object.fromEntries(fields) }),
    ...((from !== undefined || principal !== undefined) && {
      source: { ...(from !== undefined && { address: from }), ...(principal !== undefined && { principal }) },
    }),
    ...(sni !== undefined && { sni }),
    ...(claims !== undefined && { token: { claims: claimsOf(claims) } }),
  };
}

function claimsOf(written: string): unknown {
  try {
    const claims: unknown = JSON.parse(written);
    if (typeof claims === "object" && claims !== null && !Array.isArray(claims)) return claims;
  } catch {
    // Said below.
  }
  throw new CommandFailure("`--claims` is no JSON object", `write it as \`--claims '{"sub":"joe"}'\``);
}
