/** Headers that belong to one connection and are not passed on. */
const always = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/**
 * Tells which headers of a message stay behind: the hop-by-hop ones and those its `connection` header names.
 * `rawHeaders` is Node's flat list of names and values.
 */
export function hopByHop(rawHeaders: readonly string[]): (name: string) => boolean {
  let named: Set<string> | undefined;
  for (const token of connectionTokens(rawHeaders)) (named ??= new Set()).add(token);
  return (name) => always.has(name) || (name !== "te" && named !== undefined && named.has(name));
}

/** What nobody may have taken out by naming it in `connection`: where a request comes from, and what it asks for. */
const untouchable = new Set(["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]);

/** Whether a request's `connection` header names what a proxy has to believe; Envoy refuses such a request. */
export function namesUntouchable(rawHeaders: readonly string[]): boolean {
  for (const token of connectionTokens(rawHeaders)) {
    if (token.startsWith(":") || untouchable.has(token)) return true;
  }
  return false;
}

function* connectionTokens(rawHeaders: readonly string[]): Iterable<string> {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== 10 || name.toLowerCase() !== "connection") continue;
    for (const token of (rawHeaders[i + 1] as string).split(",")) yield token.trim().toLowerCase();
  }
}

/** What is left of a `te` header, or undefined where nothing is: of what it may say, only `trailers` crosses a proxy. */
export function forwardedTe(value: string): string | undefined {
  const tokens = value.split(",").map((token) => token.trim().toLowerCase());
  return tokens.includes("trailers") ? "trailers" : undefined;
}
