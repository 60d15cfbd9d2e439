// The head of a message of HTTP/1.1.
import type { Headers } from "../engine.ts";

export interface Head {
  /** The request line, or the status line. */
  readonly first: string;
  /** Names in lower case. */
  readonly headers: Headers;
  /** What has come behind it. */
  readonly rest: string;
}

/** Undefined as long as not all of it has come. `text`: a byte string. */
export function readHead(text: string): Head | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [
      line.slice(0, colon).toLowerCase(),
      line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ""),
    ] as const;
  });
  return { first, headers, rest: text.slice(end + 4) };
}
