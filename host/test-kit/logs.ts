import { LogLevel } from "../abi.ts";

/** How loud a line is. */
export type LogLevelName = "trace" | "debug" | "info" | "warn" | "error" | "critical";

/** A line that the filter logged, or the host about it. */
export interface LogEntry {
  readonly level: LogLevelName;
  readonly message: string;
  /** Whose VM it was, counted from 0. */
  readonly worker: number;
}

const names: Readonly<Record<LogLevel, LogLevelName>> = {
  [LogLevel.Trace]: "trace",
  [LogLevel.Debug]: "debug",
  [LogLevel.Info]: "info",
  [LogLevel.Warn]: "warn",
  [LogLevel.Error]: "error",
  [LogLevel.Critical]: "critical",
};

/** @internal */
export function levelName(level: LogLevel): LogLevelName {
  return names[level];
}
