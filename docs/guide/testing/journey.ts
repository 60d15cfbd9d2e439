// Follows a guide from its first block to its last, in a folder of its own, as its reader would: writes the files that it
// shows, runs its commands, and wants to see what it says is seen. A block that cannot be followed is an error, so that a
// guide holds nothing that nobody has tried.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { repository } from "../../../compiler/testing/command.ts";
import { curl } from "./curl.ts";
import { fencedBlocks, namedFile, patched, type Fenced } from "./guide.ts";
import { shown, Terminal } from "./terminal.ts";

export interface Journey {
  /** The guide. */
  readonly file: URL;
  /** An empty folder, where the reader begins. */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  /** A command in place of one of the guide's: the same with other ports and places; undefined for one that is not run. */
  readonly here?: (command: string) => string | undefined;
  /** Ports as the guide says them, and what they are here. */
  readonly ports?: ReadonlyMap<string, number>;
  /** Commands that are left running, each until the next one; and what they write when they are ready. */
  readonly lasting?: readonly { readonly command: RegExp; readonly ready: RegExp }[];
}

/**
 * Follows a guide. Throws at the first thing that is not as the guide says; with UPDATE_GOLDEN=1 what commands write is written
 * into the guide instead, but where it leaves lines out by `…`.
 */
export async function follow(journey: Journey): Promise<void> {
  const bin = path.join(journey.folder, ".bin");
  await mkdir(bin, { recursive: true });
  const script = `#!/bin/sh\nexec "${process.execPath}" "${repository}compiler/bin/tollgate.js" "$@"\n`;
  await writeFile(path.join(bin, "tollgate"), script, { mode: 0o755 });
  const terminal = new Terminal(journey.folder, {
    NO_COLOR: "1",
    ...journey.env,
    PATH: `${bin}${path.delimiter}${process.env["PATH"] ?? ""}`,
  });
  const reader = new Reader(journey, terminal);
  const guide = await readFile(journey.file, "utf8");
  try {
    for (const block of fencedBlocks(guide)) {
      await reader.read(block).catch((error: unknown) => {
        throw new Error(
          `${path.basename(journey.file.pathname)}:${block.line}: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
    }
  } finally {
    await terminal.interrupt();
    if (reader.seen.size > 0) await writeFile(journey.file, withSeen(guide, reader.seen));
  }
}

/** A guide with other texts in the blocks that begin on these lines. */
function withSeen(guide: string, seen: ReadonlyMap<number, string>): string {
  const all = guide.split("\n");
  for (const { line, text } of fencedBlocks(guide).reverse()) {
    const now = seen.get(line);
    if (now !== undefined) all.splice(line, text.split("\n").length - 1, now);
  }
  return all.join("\n");
}

class Reader {
  /** What is to stand in the guide's blocks instead of what stands there, by the line of the block. */
  readonly seen = new Map<number, string>();
  readonly #journey: Journey;
  readonly #terminal: Terminal;
  /** What the commands of the last block have written. */
  #output: string | undefined;
  /** What a command that is left running has written so far. */
  #lasting: (() => string) | undefined;
  /** The last block's commands, where they may be run again. */
  #again: readonly string[] = [];

  constructor(journey: Journey, terminal: Terminal) {
    this.#journey = journey;
    this.#terminal = terminal;
  }

  async read({ info, text, line, introduction }: Fenced): Promise<void> {
    switch (info) {
      case "sh":
        this.#output = "";
        this.#again = commands(text).every((command) => command.startsWith("curl ")) ? commands(text) : [];
        for (const command of commands(text)) await this.#type(command);
        return;
      case "text":
        return this.#compare(text, line);
      case "diff": {
        const target = this.#target(introduction);
        return writeFile(target, patched(await readFile(target, "utf8"), text));
      }
      case "yaml":
      case "json": {
        const target = this.#target(introduction);
        await mkdir(path.dirname(target), { recursive: true });
        return writeFile(target, this.#withPorts(text));
      }
      default:
        throw new Error(`nobody knows what to do with a block of \`${info}\``);
    }
  }

  #target(introduction: string): string {
    const name = namedFile({ introduction });
    if (name === undefined) throw new Error("the paragraph in front of it names no file in backticks");
    return path.join(this.#terminal.folder, name);
  }

  async #type(line: string): Promise<void> {
    const [, written = "", code = "0"] = /^(.*?)(?:\s+# exit code (\d+).*|\s+#.*)?$/.exec(line) ?? [];
    const command = (this.#journey.here ?? ((same) => same))(this.#withPorts(written));
    if (command === undefined) return;
    const lasting = this.#journey.lasting?.find((one) => one.command.test(command));
    if (lasting) {
      await this.#terminal.interrupt();
      this.#lasting = this.#terminal.background(command);
      await shown(this.#lasting, lasting.ready);
      this.#output = undefined;
    } else if (command.startsWith("curl ")) {
      this.#output = (this.#output ?? "") + (await curl(command));
    } else {
      const ended = await this.#terminal.run(command);
      this.#output = (this.#output ?? "") + ended.output;
      if (String(ended.code) !== code)
        throw new Error(`\`${command}\` ended with ${String(ended.code)}, not ${code}:\n${ended.output}`);
    }
  }

  #withPorts(text: string): string {
    const { ports } = this.#journey;
    return text.replace(/\b\d{4,5}\b/g, (port) => String(ports?.get(port) ?? port));
  }

  /**
   * The lines of the last commands' output are those of the block, or of what is left running, where there were none or they have
   * been looked at; `…` stands for any number of lines. What is asked of a server may take its time.
   */
  async #compare(text: string, line: number): Promise<void> {
    const wanted = lines(this.#withPorts(text));
    const output = (): string => this.#output ?? this.#lasting?.() ?? "";
    const matches = (): boolean => fits(lines(output()), wanted);
    for (let i = 0; (this.#output === undefined || this.#again.length > 0) && i < 100 && !matches(); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (this.#output === undefined) continue;
      this.#output = "";
      for (const command of this.#again) await this.#type(command);
    }
    const seen = output();
    const fine = matches();
    this.#output = undefined;
    if (fine) return;
    if (process.env["UPDATE_GOLDEN"] === "1" && !/^\s*…$/m.test(text)) this.seen.set(line, seen.trimEnd());
    else throw new Error(`the guide shows\n${text}\nand there was\n${seen || "nothing"}`);
  }
}

/** The commands of a block: a line each, or several that end with `\`. */
function commands(text: string): string[] {
  return text
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

/** Lines as they are compared: without what differs from run to run. */
function lines(text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .replace(/\b\d+(\.\d+)? ?m?s\b/g, "<time>")
        .replace(/\b\d+(\.\d+)? (B|[KM]iB)\b/g, "<size>")
        .replace(/\b(?=[a-f]*\d)[0-9a-f]{8,64}\b/g, "<digest>")
        .replace(/^(Envoy) \S+ \(from [^)]+\)/, "$1")
        .trimEnd(),
    );
}

function fits(actual: readonly string[], wanted: readonly string[]): boolean {
  const [first, ...rest] = wanted;
  if (first === undefined) return actual.length === 0;
  if (first.trim() === "…") {
    for (let from = 0; from <= actual.length; from++) if (fits(actual.slice(from), rest)) return true;
    return false;
  }
  return actual[0] === first && fits(actual.slice(1), rest);
}
