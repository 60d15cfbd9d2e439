// A pasted `curl` command as a request: what curl would send, by curl's manual.
import { InputError } from "../1-parse/files.ts";
import { printable } from "../diagnostics/printable.ts";
import { nearest } from "../diagnostics/suggest.ts";
import { shellWords } from "./shell-words.ts";

/** What curl sends, in the fields of a request's description. */
export interface CurlRequest {
  readonly description: {
    readonly method: string;
    readonly path: string;
    readonly host: string;
    readonly scheme: "http" | "https";
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly body?: string;
  };
  /** What was left out because it cannot be known here, each a sentence without a full stop. */
  readonly assumed: readonly string[];
}

/**
 * Reads a command as a shell and curl would. Options that do not change what is decided are passed over; one that curl does not
 * have, or that cannot be honoured, throws InputError.
 *
 * @example
 * parseCurl("curl -X POST -H 'x-user: joe' http://shop.test/orders").description.path // "/orders"
 */
export function parseCurl(command: string): CurlRequest {
  const words = shellWords(command.replace(/^\s*\$\s+(?=curl)/, ""));
  const [name, ...args] = words;
  if (name === undefined)
    throw new InputError("there is no command to read", "paste one, such as `curl http://shop.test/`");
  if (!/(^|[\\/])curl(\.exe)?$/.test(name))
    throw new InputError(`\`${printable(name)}\` is not curl`, "paste a command that begins with `curl`");
  return requestOf(readOptions(args));
}

/** What the options ask for. */
interface Asked {
  readonly urls: string[];
  readonly headers: string[];
  readonly data: string[];
  readonly cookies: string[];
  readonly assumed: string[];
  readonly set: Map<"method" | "user" | "agent" | "referer" | "bearer" | "range" | "form" | "upload", string>;
  readonly flags: Set<"head" | "get" | "json" | "compressed" | "path-as-is" | "globoff" | "http1.0">;
}

type Argument = (value: string, asked: Asked) => void;

const put =
  (name: Parameters<Asked["set"]["set"]>[0]): Argument =>
  (value, { set }) =>
    void set.set(name, value);
const flag =
  (name: Parameters<Asked["flags"]["add"]>[0]): ((asked: Asked) => void) =>
  ({ flags }) =>
    void flags.add(name);

/** Options with an argument. */
const withArgument: Readonly<Record<string, Argument>> = {
  request: put("method"),
  header: (value, { headers, assumed }) => {
    if (value.startsWith("@"))
      assumed.push(`the header fields in the file \`${printable(value.slice(1))}\` are not read`);
    else headers.push(value);
  },
  data: (value, asked) => addData(value, asked, true),
  "data-ascii": (value, asked) => addData(value, asked, true),
  "data-binary": (value, asked) => addData(value, asked, true),
  "data-raw": (value, asked) => addData(value, asked, false),
  "data-urlencode": addEncoded,
  json: (value, asked) => {
    asked.flags.add("json");
    addData(value, asked, true);
  },
  form: put("form"),
  "form-string": put("form"),
  "upload-file": put("upload"),
  user: put("user"),
  "user-agent": put("agent"),
  referer: put("referer"),
  "oauth2-bearer": put("bearer"),
  range: put("range"),
  cookie: (value, { cookies, assumed }) => {
    if (value.includes("=")) cookies.push(value);
    else assumed.push(`the cookies in the file \`${printable(value)}\` are not read`);
  },
  url: (value, { urls }) => void urls.push(value),
};

/** Options without one. */
const alone: Readonly<Record<string, (asked: Asked) => void>> = {
  head: flag("head"),
  get: flag("get"),
  compressed: flag("compressed"),
  "path-as-is": flag("path-as-is"),
  globoff: flag("globoff"),
  "http1.0": flag("http1.0"),
};

const names = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Nothing of what is decided depends on them. */
const passedOver =
  names(`anyauth append basic buffer ca-native cert-status create-dirs crlf digest disable disable-epsv
  fail fail-early fail-with-body false-start form-escape http0.9 http1.1 http2 http2-prior-knowledge http3 http3-only
  ignore-content-length include insecure ipv4 ipv6 junk-session-cookies location location-trusted negotiate no-alpn no-buffer
  no-keepalive no-progress-meter no-sessionid ntlm parallel parallel-immediate progress-bar raw remote-header-name remote-name
  remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused show-error show-headers silent ssl-no-revoke
  ssl-revoke-best-effort styled-output tcp-fastopen tcp-nodelay tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids
  trace-time verbose`);
const passedOverWithArgument =
  names(`abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers connect-timeout
  connect-to continue-at cookie-jar create-file-mode curves dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url
  dump-header ech engine etag-save expect100-timeout happy-eyeballs-timeout-ms hsts interface keepalive-time key key-type
  limit-rate local-port max-filesize max-redirs max-time noproxy output output-dir parallel-max pass pinnedpubkey preproxy proto
  proto-default proto-redir proxy proxy-header proxy-user rate resolve retry retry-delay retry-max-time socks4 socks4a socks5
  socks5-hostname speed-limit speed-time stderr tls-max tls13-ciphers trace trace-ascii unix-socket write-out`);
const impossible: Readonly<Record<string, string>> = {
  next: "it is about several requests, and one is explained at a time",
  config: "what a file of options says is not read",
  "request-target": "it sends a target that proxies refuse or take for something else",
  "time-cond": "it sends a time that only curl knows",
  "etag-compare": "it sends what a file says",
  variable: "variables are not filled in",
};

const short: Readonly<Record<string, string>> = {
  ...{
    X: "request",
    H: "header",
    d: "data",
    u: "user",
    A: "user-agent",
    e: "referer",
    b: "cookie",
    I: "head",
    G: "get",
  },
  ...{
    F: "form",
    T: "upload-file",
    r: "range",
    g: "globoff",
    "0": "http1.0",
    k: "insecure",
    s: "silent",
    S: "show-error",
  },
  ...{
    L: "location",
    i: "include",
    v: "verbose",
    f: "fail",
    o: "output",
    O: "remote-name",
    J: "remote-header-name",
  },
  ...{
    R: "remote-time",
    N: "no-buffer",
    n: "insecure",
    q: "disable",
    "#": "progress-bar",
    "4": "ipv4",
    "6": "ipv6",
  },
  ...{
    c: "cookie-jar",
    D: "dump-header",
    E: "cert",
    m: "max-time",
    w: "write-out",
    x: "proxy",
    U: "proxy-user",
  },
  ...{
    C: "continue-at",
    Z: "parallel",
    j: "junk-session-cookies",
    y: "speed-time",
    Y: "speed-limit",
    K: "config",
  },
  ...{ "1": "tlsv1", ":": "next", z: "time-cond", h: "help", V: "version", a: "append", l: "list-only" },
};

function readOptions(args: readonly string[]): Asked {
  const asked: Asked = {
    ...{ urls: [], headers: [], data: [], cookies: [], assumed: [] },
    set: new Map(),
    flags: new Set(),
  };
  const words = [...args];
  const next = (option: string): string => {
    const value = words.shift();
    if (value === undefined)
      throw new InputError(`curl's \`${option}\` needs a value`, "the command ends too early");
    return value;
  };
  let onlyUrls = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (onlyUrls || !word.startsWith("-") || word === "-") asked.urls.push(word);
    else if (word === "--") onlyUrls = true;
    else if (word.startsWith("--")) apply(word.slice(2), word, () => next(word), asked);
    else {
      // Letters may be joined, and the last one's argument may follow at once.
      for (let i = 1; i < word.length; i++) {
        const letter = word.charAt(i);
        const rest = word.slice(i + 1);
        const name = short[letter] ?? letter;
        const takes = Object.hasOwn(withArgument, name) || passedOverWithArgument.has(name);
        apply(name, `-${letter}`, () => (rest === "" ? next(`-${letter}`) : rest), asked);
        if (takes) break;
      }
    }
  }
  return asked;
}

function apply(name: string, written: string, argument: () => string, asked: Asked): void {
  const argued = Object.hasOwn(withArgument, name) ? withArgument[name] : undefined;
  const simple = Object.hasOwn(alone, name) ? alone[name] : undefined;
  if (argued) argued(argument(), asked);
  else if (simple) simple(asked);
  else if (passedOverWithArgument.has(name)) argument();
  else if (!passedOver.has(name) && !(name.startsWith("no-") && passedOver.has(name.slice(3)))) {
    const why = Object.hasOwn(impossible, name) ? impossible[name] : undefined;
    if (why !== undefined)
      throw new InputError(`curl's \`${printable(written)}\` cannot be followed: ${why}`, "leave it out");
    const known = [
      ...Object.keys(withArgument),
      ...Object.keys(alone),
      ...passedOver,
      ...passedOverWithArgument,
    ];
    const meant = nearest(name, known);
    throw new InputError(
      `\`${printable(written)}\` is no option of curl that is known here`,
      meant === undefined
        ? "leave it out where it does not change what is sent"
        : `did you mean \`--${meant}\`?`,
    );
  }
}

function addData(value: string, { data, assumed }: Asked, files: boolean): void {
  if (files && value.startsWith("@")) {
    assumed.push(`the body is empty: the file \`${printable(value.slice(1))}\` is not read`);
    data.push("");
  } else data.push(value);
}

/** `content`, `=content`, `name=content`; `@` before the content names a file. */
function addEncoded(value: string, asked: Asked): void {
  const [, name = "", sign = "=", content = value] = /^([^=@]*)([=@])(.*)$/s.exec(value) ?? [];
  if (sign === "@") addData(`@${content}`, asked, true);
  else asked.data.push(`${name === "" ? "" : `${name}=`}${encoded(content)}`);
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function requestOf(asked: Asked): CurlRequest {
  const { urls, data, set, flags, assumed } = asked;
  const [url, second] = urls;
  if (url === undefined)
    throw new InputError("this curl command names no URL", "add it, such as `http://shop.test/orders`");
  if (second !== undefined)
    throw new InputError(
      `this curl command names several URLs, and one request is explained at a time: \`${printable(url)}\` and \`${printable(second)}\``,
      "keep one of them; where the second is no URL, quotes are missing",
    );
  if (flags.has("http1.0")) throw new InputError("HTTP/1.0 is refused by the listener", "leave `-0` out");
  const { scheme, host, user, path, query } = partsOf(url, flags);
  const sendsBody = data.length > 0 && !flags.has("get");
  const body = sendsBody ? data.join(flags.has("json") ? "" : "&") : undefined;
  const asQuery = flags.has("get")
    ? data.filter((text) => text !== "").map((text) => text.replaceAll("%20", "+"))
    : [];
  const search = [...(query === undefined ? [] : [query]), ...asQuery].join("&");
  const usual =
    set.has("form") || sendsBody ? "POST" : flags.has("head") ? "HEAD" : set.has("upload") ? "PUT" : "GET";
  if (set.has("form")) assumed.push("the body is empty: forms are not put together");
  if (set.has("upload")) assumed.push("the body is empty: the file is not read");
  const fields = headersOf(asked, user, sendsBody);
  const named = fields.get("host")?.at(-1);
  fields.delete("host");
  return {
    description: {
      method: set.get("method") ?? usual,
      path: path + (query === undefined && asQuery.length === 0 ? "" : `?${search}`),
      host: named ?? host,
      scheme,
      headers: Object.fromEntries(fields),
      ...(body !== undefined && { body }),
    },
    assumed,
  };
}

function partsOf(
  url: string,
  flags: Asked["flags"],
): {
  scheme: "http" | "https";
  host: string;
  user: string | undefined;
  path: string;
  query: string | undefined;
} {
  if (!flags.has("globoff") && /[{}]|\[(?![0-9A-Fa-f:.%]*\])/.test(url))
    throw new InputError(
      "this URL is a list of URLs to curl, by its braces or brackets",
      "add `-g` where they mean themselves",
    );
  const [, named = "http", authority = "", path = "", query] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(url) ?? [];
  const scheme = named.toLowerCase();
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if ((scheme !== "http" && scheme !== "https") || host === "")
    throw new InputError(
      `\`${printable(url)}\` is no URL of an HTTP service`,
      "write it as `http://shop.test/orders`",
    );
  const user = at < 0 ? undefined : decodeURIComponent(authority.slice(0, at));
  const standard = scheme === "http" ? ":80" : ":443";
  return {
    scheme,
    host: host.endsWith(standard) ? host.slice(0, -standard.length) : host,
    user,
    path: flags.has("path-as-is") ? path || "/" : withoutDots(path),
    query,
  };
}

/** RFC 3986, section 5.2.4. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
    if (last && (segment === "." || segment === "..")) kept.push("");
  }
  return `/${kept.join("/")}`;
}

/** In lower case. What a field sets or empties, curl does not send by itself. */
function headersOf(
  { headers, cookies, set, flags }: Asked,
  user: string | undefined,
  sendsBody: boolean,
): Map<string, string[]> {
  const own = new Map<string, string[]>();
  const gone = new Set<string>();
  for (const field of headers) {
    const [, name = "", sign, value = ""] = /^\s*([^:;]*?)\s*([:;])\s*(.*?)\s*$/s.exec(field) ?? [];
    if (sign === undefined || name === "")
      throw new InputError(
        `curl's header \`${printable(field)}\` has no name and value`,
        "write it as `-H 'name: value'`",
      );
    const lower = name.toLowerCase();
    if (sign === ":" && value === "") gone.add(lower);
    else own.set(lower, [...(own.get(lower) ?? []), value]);
  }
  const form = flags.has("json") ? "application/json" : "application/x-www-form-urlencoded";
  const credentials = set.get("user") ?? user;
  const bearer = set.get("bearer");
  const usual: [string, string | undefined][] = [
    [
      "authorization",
      credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(withPassword(credentials)).toString("base64")}`,
    ],
    ["authorization", bearer === undefined ? undefined : `Bearer ${bearer}`],
    ["user-agent", set.get("agent") ?? AGENT],
    ["accept", flags.has("json") ? "application/json" : "*/*"],
    ["accept-encoding", flags.has("compressed") ? "deflate, gzip, br, zstd" : undefined],
    ["referer", set.get("referer")?.replace(/;auto$/, "")],
    ["range", set.has("range") ? `bytes=${set.get("range") ?? ""}` : undefined],
    ["cookie", cookies.length > 0 ? cookies.join(";") : undefined],
    ["content-type", sendsBody ? form : set.has("form") ? "multipart/form-data" : undefined],
  ];
  for (const [name, value] of usual)
    if (value !== undefined && value !== "" && !own.has(name) && !gone.has(name)) own.set(name, [value]);
  return own;
}

/** Which of curl's versions nobody knows. */
const AGENT = "curl/8.0.0";

function withPassword(user: string): string {
  if (user.includes(":")) return user;
  throw new InputError(
    "curl's `-u` names no password, for which curl would ask",
    "write it as `-u NAME:PASSWORD`",
  );
}
