// Header values with expressions in them: `"{request.host} by {auth.claims.sub}"`.
import { checkCelHeaderValue, expressionOf } from "../../cel/check.ts";
import { reportCel } from "../../cel/report.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { byteString } from "../../http/header-syntax.ts";
import { reportHeaderValue } from "../../http/report.ts";
import type { Template } from "../../ir/routing.ts";
import { inside } from "../../source/inside.ts";
import type { Located } from "../../source/span.ts";

/** Text as it is sent, or the text of an expression and where that begins. */
type Part = string | { readonly expression: string; readonly at: number };

/** What is wrong with the braces, in UTF-16 units of the value. */
interface BraceFault {
  readonly fault: string;
  readonly at: number;
  readonly length: number;
  readonly help: string;
}

/** Reports braces that do not fit, expressions that are none, and texts that no header can have. */
export function checkTemplate(value: Located<string>, diagnostics: Diagnostics): void {
  const parts = partsOf(value.value);
  if ("fault" in parts) {
    const { fault, at, length, help } = parts;
    diagnostics.error("bad-header-value", fault, { span: inside(value, at, at + length), help });
    return;
  }
  for (const part of parts) {
    if (typeof part !== "string") reportExpression(part, value, diagnostics);
  }
  // What an expression comes to is looked at when it does: its place is taken by what is in order.
  reportHeaderValue(
    value,
    diagnostics,
    parts.map((part) => (typeof part === "string" ? part : "-")).join(""),
  );
}

/** Whether a text would hold expressions where it is a template. */
export function looksLikeTemplate(text: string): boolean {
  return /[{}]/.test(text);
}

export function lowerTemplate(value: string): Template {
  const parts = partsOf(value);
  if ("fault" in parts) throw new Error(`an unchecked header value: ${parts.fault}`);
  return parts.map((part) =>
    typeof part === "string" ? byteString(part) : expressionOf(checkCelHeaderValue(part.expression)),
  );
}

function reportExpression(
  { expression, at }: Exclude<Part, string>,
  value: Located<string>,
  diagnostics: Diagnostics,
): void {
  const checked = checkCelHeaderValue(expression);
  if (!("faults" in checked)) return;
  reportCel(value, { faults: checked.faults.map((fault) => ({ ...fault, at: at + fault.at })) }, diagnostics);
}

const LITERAL = "for the character itself write it twice";

/** What of an expression is passed over as a whole: texts, raw or not, and comments, in which braces say nothing. */
const TOKEN =
  /[bB]?[rR][bB]?(?:"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*')|"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?'''|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|\/\/[^\n]*|[A-Za-z_]\w*|[^]/y;

function partsOf(value: string): readonly Part[] | BraceFault {
  const parts: Part[] = [];
  let text = "";
  const endText = (): void => {
    if (text !== "") parts.push(text);
    text = "";
  };
  for (let at = 0; at < value.length;) {
    const brace = value.charAt(at);
    if (brace !== "{" && brace !== "}") {
      text += brace;
      at++;
    } else if (value.charAt(at + 1) === brace) {
      text += brace;
      at += 2;
    } else if (brace === "}") {
      return { fault: "this `}` ends nothing", at, length: 1, help: LITERAL };
    } else {
      const end = endOfExpression(value, at + 1);
      if (end === undefined)
        return {
          fault: "the expression behind this `{` has no end",
          at,
          length: 1,
          help: `end it with \`}\`; ${LITERAL}`,
        };
      const expression = value.slice(at + 1, end);
      if (expression.trim() === "") {
        const help = `write an expression in CEL, such as \`{request.host}\`; ${LITERAL}`;
        return { fault: "there is no expression in these braces", at, length: end + 1 - at, help };
      }
      endText();
      parts.push({ expression, at: at + 1 });
      at = end + 1;
    }
  }
  endText();
  return parts;
}

/** Where the `}` of an expression stands: expressions hold braces in texts, and pairs of them. */
function endOfExpression(value: string, start: number): number | undefined {
  let depth = 0;
  TOKEN.lastIndex = start;
  for (let token = TOKEN.exec(value); token; token = TOKEN.exec(value)) {
    if (token[0] === "{") depth++;
    if (token[0] === "}" && depth-- === 0) return token.index;
  }
  return undefined;
}
