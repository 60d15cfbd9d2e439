// How commands end when they cannot do what they were asked: one message, one remedy, one exit code.
import { InputError } from "../1-parse/files.ts";
import { EnvoyFailed, EnvoyUnavailable } from "../../envoy/index.ts";
import { ForeignFile } from "../7-package/write.ts";
import { printableLines } from "../diagnostics/printable.ts";
import { err } from "./terminal.ts";

/** Exit codes: what was looked at (policies, a module) is at fault, or the call and its environment are. */
export const exitCode = { done: 0, policies: 1, module: 1, environment: 2 } as const;

/** A failure that is already in words a person can act on. */
export class CommandFailure extends Error {
  readonly help: string | undefined;
  readonly code: number;

  constructor(message: string, help?: string, code: number = exitCode.environment) {
    super(message);
    this.name = "CommandFailure";
    this.help = help;
    this.code = code;
  }
}

/** The policies have errors, which were shown. */
export class PoliciesAtFault extends Error {}

/** The module that was inspected has errors, which were shown. */
export class ModuleAtFault extends Error {}

/** Shows a failure and returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof PoliciesAtFault) return exitCode.policies;
  if (error instanceof ModuleAtFault) return exitCode.module;
  const { message, help, code } = explain(error);
  const { palette } = err;
  err.paragraph(palette.bold(printableLines(message)), `${palette.error("error")}${palette.bold(":")} `);
  if (help !== undefined)
    err.paragraph(printableLines(help), ` ${palette.dim("=")} ${palette.bold("help")}: `);
  return code;
}

function explain(error: unknown): { message: string; help?: string | undefined; code: number } {
  if (error instanceof CommandFailure) return error;
  const code = exitCode.environment;
  if (error instanceof ForeignFile)
    return {
      message: error.message,
      help: "choose another folder with `-o`, or move that file away",
      code,
    };
  if (error instanceof InputError) return { message: error.message, help: error.help, code };
  if (error instanceof EnvoyUnavailable) return { message: error.message, help: error.remedy, code };
  if (error instanceof EnvoyFailed) return { message: error.message, help: envoyHelp(error), code };
  if (!(error instanceof Error)) return { message: String(error), code };
  const { code: name, path } = error as NodeJS.ErrnoException;
  switch (name ?? "") {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return {
        message: `no permission for \`${path ?? "this address"}\``,
        help: "check who owns it, or choose another",
        code,
      };
    case "ENOSPC":
      return {
        message: "the disk is full",
        help: "make room and run the command again; nothing was half-written",
        code,
      };
    case "ENOTDIR":
      return {
        message: `\`${path ?? ""}\` cannot be made: a part of that path is a file`,
        help: "choose another folder with `-o`",
        code,
      };
    case "EEXIST":
      return {
        message: `\`${path ?? ""}\` is a file, but a folder is needed there`,
        help: "choose another folder with `-o`",
        code,
      };
    case "EISDIR":
      return {
        message: `\`${path ?? ""}\` is a folder, but a file belongs there`,
        help: "remove it, or choose another folder with `-o`",
        code,
      };
    case "ENAMETOOLONG":
    case "ELOOP":
    case "EMFILE":
    case "EIO":
      return { message: `\`${path ?? ""}\` cannot be used: ${error.message}`, code };
    default:
      return {
        message: `this should not have happened: ${error.stack ?? error.message}`,
        help: "please report it with the command you ran",
        code,
      };
  }
}

function envoyHelp(error: EnvoyFailed): string | undefined {
  switch (error.reason) {
    case "port-in-use":
      return "choose another port with `--port` or `--admin-port` (0 takes any free one), or stop what uses it";
    case "wasm-refused":
    case "config-rejected":
      return "this is a fault of Tollgate or an Envoy it was not made for: please report it with the policies";
    case "exited":
    case "not-ready":
      return "run again with `--log-level info` to see what Envoy says";
  }
}
