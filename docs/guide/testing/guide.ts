// A guide's sections and fenced blocks, for tests that do what it says.
import { readFile } from "node:fs/promises";

export interface Block {
  /** What stands behind the opening fence. */
  readonly language: string;
  readonly text: string;
  /** The paragraph in front of it. */
  readonly introduction: string;
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const BLOCK = /^```(\w+)\n(.*?)^```$/gms;
const ANY_BLOCK = /^( *)(`{3,})([^\n]*)\n(.*?)^\1\2$/gms;

/** A fenced block, wherever it stands. */
export interface Fenced {
  /** What stands behind the opening fence: a language, and perhaps more words. */
  readonly info: string;
  readonly text: string;
  /** Where the opening fence is, counted from 1. */
  readonly line: number;
  /** The paragraph in front of it. */
  readonly introduction: string;
}

/** All fenced blocks of a Markdown text, in order. */
export function fencedBlocks(markdown: string): Fenced[] {
  return [...markdown.matchAll(ANY_BLOCK)].map(({ 3: info = "", 4: text = "", index }) => ({
    info,
    text,
    line: markdown.slice(0, index).split("\n").length,
    introduction: markdown.slice(0, index).trimEnd().split("\n\n").at(-1) ?? "",
  }));
}

/** The sections of a Markdown file (`## …`) with their blocks, in order. */
export async function sections(file: URL): Promise<Section[]> {
  const [, ...parts] = (await readFile(file, "utf8")).split(/^## /m);
  return parts.map((part) => {
    const title = part.slice(0, part.indexOf("\n"));
    const blocks = [...part.matchAll(BLOCK)].map(({ 1: language = "", 2: text = "", index }) => {
      const introduction = part.slice(0, index).trimEnd().split("\n\n").at(-1) ?? "";
      return { language, text, introduction };
    });
    return { title, blocks };
  });
}

/** The first file that the introduction names in backticks. */
export function namedFile({ introduction }: Pick<Block, "introduction">): string | undefined {
  return /`([\w./-]+\.(?:ts|js|json|jsonl|yaml|log))`/.exec(introduction)?.[1];
}

/** A text's lines without indentation, empty ones, and what differs from run to run. */
export function comparable(text: string): string[] {
  return text
    .split("\n")
    .map((line) =>
      line
        .replace(/ \(\d+ m?s\)$/, "")
        .replace(/^Envoy \S+ \(from \S+\)/, "Envoy")
        .trim(),
    )
    .filter((line) => line !== "");
}

/** A text after a change written as a diff without line numbers. Throws where it fits in no place, or in several. */
export function patched(text: string, diff: string): string {
  const lines = diff.trimEnd().split("\n");
  const side = (sign: string): string =>
    lines
      .filter((line) => line.startsWith(" ") || line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  const parts = text.split(side("-"));
  if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times:\n${side("-")}`);
  return parts.join(side("+"));
}
