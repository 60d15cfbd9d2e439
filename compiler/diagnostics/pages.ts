// A code's page: what it means, an example, what to do. The pages lie in docs/codes, where people read them, and travel
// with the command, which shows them where findings are shown.
import { readFile } from "node:fs/promises";

/** What is said of a code. */
export interface CodePage {
  /** `TG` and four digits. */
  readonly code: string;
  /** A few words: `unknown field`. */
  readonly title: string;
  /** One sentence on what it means. */
  readonly summary: string;
  /** The whole page but its title, in Markdown; without links, since they lead to the page's neighbours. */
  readonly body: string;
  /** What to do, in Markdown, as `body`. */
  readonly remedy: string;
}

/** Beside the bundled command, and in the repository. */
const folders = [new URL("./codes/", import.meta.url), new URL("../../docs/codes/", import.meta.url)];

/** The page of a code that is in `codes`. Throws where there is none, which a test rules out. */
export async function codePage(code: string): Promise<CodePage> {
  for (const folder of folders) {
    const text = await readFile(new URL(`${code}.md`, folder), "utf8").catch(() => undefined);
    if (text !== undefined) return parseCodePage(code, text);
  }
  throw new Error(`there is no page for ${code}`);
}

/** Takes a page apart: `# CODE: title`, paragraphs, `## What to do`. Throws where it is none. */
export function parseCodePage(code: string, text: string): CodePage {
  const [, found, title = "", page = ""] = /^# (TG\d{4}): (.+)\n\n([^]+)$/.exec(text) ?? [];
  if (found !== code) throw new Error(`${code}.md begins with \`# ${code}: \` and a title`);
  const body = withoutLinks(page).trim();
  const [paragraph = ""] = body.split("\n\n");
  const summary = /^.*?\.(?= |$)/.exec(paragraph.replaceAll("\n", " "))?.[0] ?? paragraph;
  const [, remedy] = body.split("\n## What to do\n");
  if (remedy === undefined) throw new Error(`${code}.md has no section "What to do"`);
  return { code, title, summary, body, remedy: remedy.trim() };
}

function withoutLinks(markdown: string): string {
  return markdown.replace(/\[([^\]]+)\]\([^)\s]+\)/g, "$1");
}
