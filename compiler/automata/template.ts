// Path templates as Istio has them in `paths`: `/users/{*}/posts/{**}`.
//
// Istio writes `{*}` as `*` and `{**}` as `**` into a template of Envoy's, whose rules and whose meaning are those of
// Envoy 1.40, seen there. What Envoy would load but read otherwise than it looks is refused as well: `/a{*}` becomes the
// literal `/a*`, `{*}{*}` becomes `**`.
import type { PatternFault } from "./fault.ts";
import type { Regex } from "./regex.ts";

/** Whether Istio takes a value of `paths` for a template rather than for a path with wildcards. */
export function isTemplate(path: string): boolean {
  return path.includes("{*}") || path.includes("{**}");
}

/** The paths, without a query, that a template matches; or what is wrong with it. */
export function parseTemplate(template: string): Regex | PatternFault {
  if (!template.startsWith("/")) {
    return { fault: "a path template begins with `/`", at: 0, length: 0, help: `write \`/${template}\`` };
  }
  const parts: Regex[] = [];
  const segments = template.slice(1).split("/");
  let at = 1;
  let after: string | undefined;
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === "" && !last) {
      return { fault: "a segment is empty", at: at - 1, length: 2, help: "write one `/`" };
    }
    const operator = /^\{\*{1,2}\}/.exec(segment)?.[0] ?? "";
    const literal = segment.slice(operator.length);
    const fault = literalFault(literal, at + operator.length, operator);
    if (fault !== undefined) return fault;
    if (operator !== "" && after !== undefined) {
      return { fault: `\`${operator}\` cannot follow \`{**}\``, at, length: operator.length, help: after };
    }
    if (operator !== "" && literal !== "" && !last) {
      return {
        fault: `\`${literal}\` follows \`${operator}\` in a segment that is not the last`,
        at: at + operator.length,
        length: literal.length,
        help: `only in the last segment may text follow \`${operator}\``,
      };
    }
    if (operator === "{**}") after = "`{**}` matches any number of segments, so let it be the last operator";
    parts.push(byte("/"), ...operators(operator), ...Array.from(literal, byte));
    at += segment.length + 1;
  }
  // Istio's form of it, with braces, is longer than what Envoy counts.
  if (template.replace(/\{(\*\*?)\}/g, "$1").length > LONGEST) {
    return { fault: `a path template has at most ${LONGEST} characters`, at: 0, length: template.length };
  }
  return { op: "sequence", of: parts };
}

/** Envoy's limit. */
const LONGEST = 256;

/** What stands for itself in a template, and what operators match: `pchar` of RFC 3986. */
const SEGMENT = bytes("!$%&'()*+,-.0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
const SEGMENTS = bytes("!$%&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");

function operators(operator: string): readonly Regex[] {
  if (operator === "{*}") return [{ op: "repeat", of: SEGMENT, min: 1 }];
  if (operator === "{**}") return [{ op: "repeat", of: SEGMENTS, min: 0 }];
  return [];
}

function literalFault(literal: string, at: number, operator: string): PatternFault | undefined {
  const bad = /\{[^}]*\}?|[^\w\-.~%!$&'()+,;:@=]/u.exec(literal);
  if (bad === null) return undefined;
  const [text] = bad;
  const where = { at: at + bad.index, length: text.length };
  if (text === "{*}" || text === "{**}") {
    const fault = operator === "" ? `\`${text}\` follows other text` : `\`${text}\` follows \`${operator}\``;
    return { fault, ...where, help: `\`${text}\` must stand at the beginning of a segment: \`/${text}\`` };
  }
  if (text.startsWith("{")) {
    return {
      fault: `\`${text}\` is no operator`,
      ...where,
      help: "write `{*}` for a segment, `{**}` for any number",
    };
  }
  if (text === "*") {
    const help = "write `{*}` for a segment, `{**}` for any number";
    return { fault: "a template takes `*` in braces only", ...where, help };
  }
  return {
    fault: `\`${text}\` cannot stand in a path template`,
    ...where,
    help: "percent-encode it, if paths have it so",
  };
}

function byte(character: string): Regex {
  const code = character.charCodeAt(0);
  return { op: "bytes", ranges: [[code, code]] };
}

/** One of these characters, which ascend. */
function bytes(characters: string): Regex {
  const ranges: [number, number][] = [];
  for (let i = 0; i < characters.length; i++) {
    const code = characters.charCodeAt(i);
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  return { op: "bytes", ranges };
}
