// A command line as a POSIX shell cuts it into words, with bash's `$'…'`, as browsers write commands. Nothing is filled in: what
// a shell would look up is a fault.
//
// Libraries that cut command lines know neither `$'…'` nor lines that go on, or fill variables in with nothing.
import { InputError } from "../1-parse/files.ts";

/** The words of the first command. What stands behind `|`, `;` or `&&` belongs to others; redirections are left out. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [blank = ""] = /^(?:\s|\\\r?\n)*/.exec(text.slice(at)) ?? [];
    at += blank.length;
    if (text.charAt(at) === "#") at += /^[^\n]*/.exec(text.slice(at))?.[0].length ?? 0;
    else if (/^(?:\||;|&(?!>))/.test(text.slice(at))) {
      if (words.length > 0) break;
      throw fault(`a command is expected before \`${text.charAt(at)}\``);
    } else {
      const [redirection] = /^(?:[0-9]*[<>]{1,2}|&>{1,2})(?:&[0-9-]+)?[ \t]*/.exec(text.slice(at)) ?? [];
      if (redirection !== undefined) at += redirection.length;
      const isTarget = redirection !== undefined && !/&[0-9-]+[ \t]*$/.test(redirection);
      if (redirection === undefined || isTarget) {
        const word = readWord(text, at);
        if (word && !isTarget) words.push(word.value);
        at = word?.end ?? at;
      }
    }
  }
  return words;
}

/** One word; undefined at the end of the text. */
function readWord(text: string, start: number): { value: string; end: number } | undefined {
  if (start >= text.length) return undefined;
  let value = "";
  let at = start;
  for (;;) {
    const character = text.charAt(at);
    if (character === "" || /[\s|;<>&()]/.test(character)) break;
    const part = readPart(text, at);
    value += part.value;
    at = part.end;
  }
  if (at === start) throw fault(`\`${text.charAt(at)}\` means something to a shell here`);
  if (text.charAt(at) === "&" && /^&[^&\s>]/.test(text.slice(at)))
    throw fault("a `&` outside of quotes ends the command");
  return { value, end: at };
}

/** A quotation, an escape, or a character that means itself. */
function readPart(text: string, at: number): { value: string; end: number } {
  const rest = text.slice(at);
  const character = text.charAt(at);
  if (rest.startsWith("$'")) {
    const quoted = /^\$'((?:[^\\']|\\[^])*)'/.exec(rest);
    if (!quoted) throw fault("a quotation `$'…'` does not end");
    return { value: unescaped(quoted[1] ?? ""), end: at + quoted[0].length };
  }
  if (character === "'") {
    const end = text.indexOf("'", at + 1);
    if (end < 0) throw fault("a quotation `'…'` does not end");
    return { value: text.slice(at + 1, end), end: end + 1 };
  }
  if (character === '"' || rest.startsWith('$"')) {
    const quoted = /^\$?"((?:[^\\"]|\\[^])*)"/.exec(rest);
    if (!quoted) throw fault('a quotation `"…"` does not end');
    const inner = quoted[1] ?? "";
    refuseExpansion(inner);
    const value = inner.replace(/\\(\r?\n|[^])/g, (whole, escaped: string) =>
      /^\r?\n$/.test(escaped) ? "" : /[$`"\\]/.test(escaped) ? escaped : whole,
    );
    return { value, end: at + quoted[0].length };
  }
  if (character === "\\") {
    const [escaped = ""] = /^\\(?:\r?\n|[^])?/.exec(rest) ?? [];
    return {
      value: /^\\\r?\n$/.test(escaped) ? "" : escaped.slice(1),
      end: at + Math.max(1, escaped.length),
    };
  }
  const [name = ""] = /^(?:`|\$(?:\w+|.)?)/.exec(rest) ?? [];
  refuseExpansion(name);
  return { value: character, end: at + 1 };
}

/** What a shell would fill in, nobody knows here. */
function refuseExpansion(text: string): void {
  const [found] = /(?<!\\)(?:\\\\)*(?:`|\$[A-Za-z_0-9{(@*#?!$-][\w]*)/.exec(text) ?? [];
  if (found === undefined) return;
  throw fault(
    `\`${found.replaceAll("`", "'")}\` is something that a shell fills in`,
    "write what it comes to in its place, or put it in single quotes where it means itself",
  );
}

const CONTROLS: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", e: "\x1b", E: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
  ...{ "\\": "\\", "'": "'", '"': '"', "?": "?" },
};

/** The escapes of `$'…'`; bytes that are written one by one are UTF-8. */
function unescaped(text: string): string {
  const parts: Buffer[] = [];
  const escape = /\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|[^])|[^\\]+/g;
  for (const [whole, code] of text.matchAll(escape)) {
    if (code === undefined) parts.push(Buffer.from(whole));
    else if (code.startsWith("x") && code.length > 1) parts.push(Buffer.from([parseInt(code.slice(1), 16)]));
    else if (/^[uU]./.test(code)) parts.push(Buffer.from(codePoint(parseInt(code.slice(1), 16))));
    else if (/^[0-7]/.test(code)) parts.push(Buffer.from([parseInt(code, 8) & 0xff]));
    else parts.push(Buffer.from(CONTROLS[code] ?? whole));
  }
  return Buffer.concat(parts).toString("utf8");
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

function fault(message: string, help = "put the text in single quotes: '…'"): InputError {
  return new InputError(`this command line cannot be read: ${message}`, help);
}
