/**
 * Path normalisation as Envoy's `normalize_path: true` does it (Istio's BASE), which is Chromium's URL
 * canonicaliser: dot segments are resolved whether written `.` or `%2e`, a backslash becomes a slash, escaped
 * unreserved characters are unescaped, characters that may not stand in a path are escaped. `//`, `%2f` and the
 * case of other escapes stay. Going above the root stays at the root. Before that, as Envoy does from 1.40, `..;x` becomes
 * `..`: servers drop such parameters.
 */

const Flag = { Pass: 0, Special: 1, Escape: 2, Unescape: 4, Invalid: 8 } as const;

const flags = new Uint8Array(256);
flags.fill(Flag.Escape);
for (const char of "!$&'()*+,/:;=@[]") flags[char.charCodeAt(0)] = Flag.Pass;
for (const char of "-_~") flags[char.charCodeAt(0)] = Flag.Unescape;
for (const [first, last] of ["09", "AZ", "az"] as const)
  for (let code = String(first).charCodeAt(0); code <= String(last).charCodeAt(0); code++)
    flags[code] = Flag.Unescape;
flags[0x2e] = Flag.Special; // .
flags[0x00] = Flag.Invalid;

// A path that starts with a slash, has no dot segment to resolve and no character to change: almost every one.
const plain = /^(?:\/[A-Za-z0-9!$&'()*+,:;=@[\]_~-][A-Za-z0-9!$&'()*+,:;=@[\]._~-]*)+\/?$|^\/$/;

/**
 * The canonical form of a request target in origin form (`/path?query`), or undefined where Envoy answers 400: an escaped or
 * raw NUL in the path. The query is left as it is.
 */
export function canonicalizeTarget(target: string): string | undefined {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  if (plain.test(path)) return target;
  const canonical = canonicalize(withoutDotParameters(path));
  return canonical === undefined || query < 0 ? canonical : canonical + target.slice(query);
}

/** Only where the dots are written as such, and behind a slash, as in Envoy. */
function withoutDotParameters(path: string): string {
  if (!path.includes(".;")) return path;
  return path
    .split("/")
    .map((segment) => segment.replace(/^(\.\.?);.*$/s, "$1"))
    .join("/");
}

function canonicalize(path: string): string | undefined {
  let output = path.startsWith("/") || path.startsWith("\\") ? "" : "/";
  for (let i = 0; i < path.length;) {
    const dot = dotLength(path, i);
    if (dot > 0) {
      const segment = output.endsWith("/") ? dotSegment(path, i + dot) : undefined;
      if (segment === undefined) {
        output += ".";
        i += dot;
      } else {
        if (segment.up) output = output.slice(0, Math.max(output.lastIndexOf("/", output.length - 2), 0) + 1);
        i = segment.end;
      }
      continue;
    }
    const char = path[i] as string;
    const code = path.charCodeAt(i);
    i++;
    if (char === "\\") output += "/";
    else if (char === "%") {
      const escaped = hexPair.exec(path.slice(i, i + 2))?.[0];
      const value = escaped === undefined ? undefined : parseInt(escaped, 16);
      if (value === undefined) {
        output += "%";
        continue;
      }
      if (flags[value] === Flag.Invalid) return undefined;
      output += flags[value] === Flag.Unescape ? String.fromCharCode(value) : `%${escaped}`;
      i += 2;
    } else if (flags[code] === Flag.Invalid) return undefined;
    else if (flags[code] === Flag.Escape) output += "%" + code.toString(16).toUpperCase().padStart(2, "0");
    else output += char;
  }
  return output;
}

const hexPair = /^[0-9a-fA-F]{2}$/;

/** How many characters write a dot here: 1 for `.`, 3 for `%2e`, 0 for none. */
function dotLength(path: string, at: number): number {
  if (path[at] === ".") return 1;
  return path[at] === "%" && path[at + 1] === "2" && (path[at + 2] === "e" || path[at + 2] === "E") ? 3 : 0;
}

/** Whether the dot that ends at `at` is a segment `.` or begins `..`; `end` is after the slash behind it. */
function dotSegment(path: string, at: number): { up: boolean; end: number } | undefined {
  if (at === path.length) return { up: false, end: at };
  if (isSlash(path, at)) return { up: false, end: at + 1 };
  const second = dotLength(path, at);
  if (second === 0) return undefined;
  const after = at + second;
  if (after === path.length) return { up: true, end: after };
  return isSlash(path, after) ? { up: true, end: after + 1 } : undefined;
}

function isSlash(path: string, at: number): boolean {
  return path[at] === "/" || path[at] === "\\";
}
