// HAR files (HTTP Archive 1.2), as browsers and proxies save them: one JSON document, whose entries are requests.
import { byteString } from "../http/header-syntax.ts";
import { Draft, faultOf, type RecordReader } from "./draft.ts";

interface Entry {
  readonly startedDateTime?: unknown;
  readonly request?: {
    readonly method?: unknown;
    readonly url?: unknown;
    readonly headers?: readonly { readonly name?: unknown; readonly value?: unknown }[];
  };
}

/** Of HTTP/2 requests browsers write these among the headers; the URL says them too. */
const PSEUDO = /^:/;

/** One entry, as JSON. */
export const harEntries: RecordReader = (line) => {
  let entry: Entry;
  try {
    entry = JSON.parse(line) as Entry;
  } catch {
    return "it is no JSON";
  }
  const { method, url, headers } = entry.request ?? {};
  if (typeof method !== "string" || typeof url !== "string") return "it is no entry of a HAR file";
  const [, scheme, authority, rest = ""] = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(url) ?? [];
  if (scheme === undefined || authority === undefined) return "its URL is none of an HTTP service";
  const draft = new Draft();
  draft.method = method;
  draft.scheme = scheme.toLowerCase();
  draft.authority = byteString(authority.replace(/^.*@/, ""));
  draft.path = byteString(rest.startsWith("/") ? rest : `/${rest}`);
  const at = Date.parse(String(entry.startedDateTime));
  if (!Number.isNaN(at)) draft.at = BigInt(at) * 1_000_000n;
  for (const { name, value } of Array.isArray(headers) ? headers : []) {
    if (typeof name !== "string" || typeof value !== "string" || PSEUDO.test(name)) continue;
    const lower = name.toLowerCase();
    if (lower === "host") draft.authority = byteString(value);
    else if (lower !== "connection") draft.headers.push([lower, byteString(value)]);
  }
  return faultOf(draft) ?? draft;
};

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, NEWLINE, RETURN, BLANK] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x0a, 0x0d, 0x20,
];

/**
 * Cuts the entries out of a HAR document that comes piece by piece: each becomes a line. In JSON a raw line break never stands
 * in a text, so blanks can take the place of those between the parts of an entry.
 */
export class HarSplitter {
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** The name that stands last in the object at depth 2: only the list `entries` in `log` has requests. */
  #text: number[] = [];
  #name = "";
  #inEntries = false;
  #entry: Buffer[] = [];
  #entryBytes = 0;

  /** The whole entries so far, a line each. Not usable after. Longer ones than `most` bytes become an empty object. */
  *lines(piece: Buffer, most: number): Iterable<Buffer> {
    let start = this.#inEntries && this.#depth >= 4 ? 0 : -1;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i] as number;
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inText = false;
          if (this.#depth <= 2) this.#name = Buffer.from(this.#text).toString("latin1");
        } else if (this.#depth <= 2 && this.#text.length < 64) this.#text.push(byte);
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#inText = true;
          this.#text = [];
          break;
        case OPEN_LIST:
        case OPEN:
          this.#depth++;
          if (byte === OPEN_LIST && this.#depth === 3) this.#inEntries = this.#name === "entries";
          if (byte === OPEN && this.#depth === 4 && this.#inEntries) start = i;
          break;
        case CLOSE_LIST:
        case CLOSE:
          this.#depth--;
          if (this.#depth < 3) this.#inEntries = false;
          if (byte === CLOSE && this.#depth === 3 && this.#inEntries && start >= 0) {
            this.#keep(piece.subarray(start, i + 1), most);
            yield this.#take(most);
            start = -1;
          }
          break;
        case NEWLINE:
        case RETURN:
          if (start >= 0) piece[i] = BLANK;
          break;
      }
    }
    if (start >= 0) this.#keep(piece.subarray(start), most);
  }

  /** Whether the document has ended where it should. */
  get isWhole(): boolean {
    return this.#depth === 0 && !this.#inText;
  }

  #keep(bytes: Buffer, most: number): void {
    this.#entryBytes += bytes.length;
    if (this.#entryBytes <= most) this.#entry.push(Buffer.from(bytes));
    else this.#entry = [];
  }

  #take(most: number): Buffer {
    const entry = this.#entryBytes <= most ? Buffer.concat(this.#entry) : Buffer.from("{}");
    this.#entry = [];
    this.#entryBytes = 0;
    return entry;
  }
}
