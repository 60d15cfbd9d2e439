// Access logs in text: lines that an Envoy format string describes.
import { InputError } from "../1-parse/files.ts";
import { printable } from "../diagnostics/printable.ts";
import { Draft, faultOf, type RecordReader } from "./draft.ts";
import { meaningOf, method, path, type Meaning } from "./fields.ts";

/** Envoy's own default. */
export const ENVOY_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"';
/** What the Envoy writes that `tollgate envoy` configures. */
export const TOLLGATE_FORMAT =
  "%REQ(:METHOD)% %PATH(NQ:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DURATION%ms";

interface Part {
  readonly meaning: Meaning;
  /** What follows the value; empty at the end of the line. */
  readonly until: string;
}

/**
 * Lines of a format string. Each value ends where the text behind its operator begins; `-` is none. Throws InputError where lines
 * of such a format cannot be read.
 */
export function textLines(format: string): RecordReader {
  const { start, parts } = partsOf(format.replace(/\\n$|\n$/, ""));
  return (line) => {
    if (!line.startsWith(start)) return "it is not in the log's format";
    const draft = new Draft();
    let at = start.length;
    for (const { meaning, until } of parts) {
      const end = until === "" ? line.length : line.indexOf(until, at);
      if (end < 0) return "it is not in the log's format";
      if (meaning !== "ignored" && !(end === at + 1 && line.charCodeAt(at) === 0x2d) && end > at)
        meaning(draft, line.slice(at, end));
      at = end + until.length;
    }
    if (at !== line.length) return "it is not in the log's format";
    return faultOf(draft) ?? draft;
  };
}

function partsOf(format: string): { start: string; parts: readonly Part[] } {
  const operators = [...format.matchAll(/%(%|[A-Z0-9_]+(?:\([^%]*?(?:%[^%()]*)*?\))?(?::\d+)?%)/g)].filter(
    ([whole]) => whole !== "%%",
  );
  const literal = (from: number, to: number): string => format.slice(from, to).replaceAll("%%", "%");
  const parts = operators.map(([whole, inner = ""], i): Part => {
    const behind = operators[i]?.index ?? 0;
    const next = operators[i + 1]?.index;
    const until = literal(behind + whole.length, next ?? format.length);
    if (until === "" && next !== undefined)
      throw new InputError(
        `nothing stands behind \`${printable(whole)}\` in the log's format, so nobody knows where its value ends`,
        "let something part the operators, such as a blank",
      );
    return { meaning: meaningOf(inner.slice(0, -1)), until };
  });
  const meanings = parts.map(({ meaning }) => meaning);
  if (!meanings.includes(method) || !meanings.includes(path))
    throw new InputError(
      "the log's format does not have the method and the path of requests",
      "it needs `%REQ(:METHOD)%` and `%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%`",
    );
  return { start: literal(0, operators[0]?.index ?? 0), parts };
}
