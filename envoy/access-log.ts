// One line for each request: method, path, status, what decided, how long it took.
import { typed } from "./typed.ts";

/** Where access-log lines go; `file` is an absolute path and is appended to. */
export type AccessLog = "stdout" | "off" | { file: string };

/** The connection manager's `access_log`, or nothing. */
export function accessLog(where: AccessLog): { access_log?: object[] } {
  if (where === "off") return {};
  const format = { log_format: { text_format_source: { inline_string: LINE } } };
  if (where === "stdout") {
    return {
      access_log: [
        {
          name: "envoy.access_loggers.stdout",
          typed_config: typed("access_loggers.stream.v3.StdoutAccessLog", format),
        },
      ],
    };
  }
  return {
    access_log: [
      {
        name: "envoy.access_loggers.file",
        typed_config: typed("access_loggers.file.v3.FileAccessLog", { path: where.file, ...format }),
      },
    ],
  };
}

// The path without its query, which may carry tokens (`?access_token=`).
const LINE = "%REQ(:METHOD)% %PATH(NQ:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DURATION%ms\n";
