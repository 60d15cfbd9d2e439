// What a git repository remembers, read into memory: nothing is checked out, and the working tree is not looked at.
import { execFile, execFileSync, spawn } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { InputError } from "../../1-parse/files.ts";
import { printable } from "../../diagnostics/printable.ts";

/** A file, or a link, of a revision. */
export interface Blob {
  /** From the repository's root. */
  readonly path: string;
  readonly id: string;
  readonly bytes: number;
  readonly isLink: boolean;
}

/** A folder of a working tree, or a bare repository, in which git is asked. */
export class Repository {
  readonly #cwd: string;

  private constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** @throws InputError where there is no git, or no repository */
  static async at(cwd: string): Promise<Repository> {
    const found = new Repository(cwd);
    const { code, stderr } = await found.#ask(["rev-parse", "--git-dir"]);
    if (code === 0) return found;
    const isOthers = stderr.includes("safe.directory");
    throw isOthers
      ? new InputError(
          `git does not read this repository: ${firstLine(stderr)}`,
          "it belongs to somebody else; if you trust it, `git config --global --add safe.directory` its path",
        )
      : new InputError(
          "this folder is in no git repository, and a revision is wanted",
          "run the command inside of the repository, or give two folders",
        );
  }

  /** The name of the repository's folder. */
  async name(): Promise<string> {
    const top = await this.#ask(["rev-parse", "--show-toplevel"]);
    return path.basename(top.code === 0 && top.stdout.trim() !== "" ? top.stdout.trim() : this.#cwd);
  }

  /** Where in the repository the folder lies: empty at its root, else with a `/` at its end. */
  async prefix(): Promise<string> {
    return (await this.#ask(["rev-parse", "--show-prefix"])).stdout.replace(/\n$/, "");
  }

  /** The id of a revision's tree; undefined where there is no such revision. */
  async tree(revision: string): Promise<string | undefined> {
    // What begins with a hyphen would be an option, and is the name of no revision.
    if (revision === "" || revision.startsWith("-")) return undefined;
    const { code, stdout } = await this.#ask(["rev-parse", "--verify", "--quiet", `${revision}^{tree}`]);
    return code === 0 ? stdout.trim() : undefined;
  }

  /** Names that somebody may have meant. */
  async revisions(): Promise<string[]> {
    const { stdout } = await this.#ask(["for-each-ref", "--count=1000", "--format=%(refname:short)"]);
    return ["HEAD", ...stdout.split("\n").filter((name) => name !== "")];
  }

  /** Whether the repository knows only the last revisions. */
  async isShallow(): Promise<boolean> {
    return (await this.#ask(["rev-parse", "--is-shallow-repository"])).stdout.trim() === "true";
  }

  /** All files at or under a path of a tree; none where nothing is there. The empty path is the whole tree. */
  async list(tree: string, at: string): Promise<Blob[]> {
    const { code, stdout, stderr } = await this.#ask([
      "--literal-pathspecs",
      ...["ls-tree", "-r", "-z", "-l", "--full-tree", tree],
      ...(at === "" ? [] : ["--", at]),
    ]);
    if (code !== 0) throw unreadable(stderr);
    return stdout.split("\0").flatMap((line): Blob[] => {
      const found = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line);
      if (!found) return [];
      const [, mode, id = "", bytes, name = ""] = found;
      return [{ path: name, id, bytes: Number(bytes), isLink: mode === "120000" }];
    });
  }

  /** The contents of blobs, in one go. */
  async read(ids: readonly string[]): Promise<Map<string, Buffer>> {
    if (ids.length === 0) return new Map();
    const git = spawn("git", ["cat-file", "--batch"], { cwd: this.#cwd, stdio: ["pipe", "pipe", "pipe"] });
    const said: Buffer[] = [];
    const complaints: Buffer[] = [];
    git.stdout.on("data", (chunk: Buffer) => said.push(chunk));
    git.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    // It may have ended before it was told everything; how it ended says more.
    git.stdin.on("error", () => undefined);
    git.stdin.end(ids.map((id) => `${id}\n`).join(""));
    const code = await new Promise<number | null>((resolve, reject) => {
      git.on("error", reject);
      git.on("close", resolve);
    });
    const read = code === 0 ? contents(Buffer.concat(said)) : undefined;
    if (read?.size !== new Set(ids).size) throw unreadable(Buffer.concat(complaints).toString("utf8"));
    return read;
  }

  /** The file at a path of a tree, at once; undefined where there is none, or a link. */
  fileNow(tree: string, at: string): Pick<Blob, "id" | "bytes"> | undefined {
    const line = this.#askNow(["--literal-pathspecs", "ls-tree", "-l", "--full-tree", tree, "--", at]);
    const [, id, bytes] = /^100\d+ blob ([0-9a-f]+) +(\d+)\t/.exec(line?.toString("latin1") ?? "") ?? [];
    return id === undefined ? undefined : { id, bytes: Number(bytes) };
  }

  /** The content of a blob, at once; undefined where it cannot be had. */
  readNow(id: string): Buffer | undefined {
    return this.#askNow(["cat-file", "blob", id]);
  }

  #askNow(args: readonly string[]): Buffer | undefined {
    try {
      return execFileSync("git", args, {
        cwd: this.#cwd,
        maxBuffer: MOST_OUTPUT,
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch {
      return undefined;
    }
  }

  async #ask(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    try {
      const answered = await promisify(execFile)("git", args, { cwd: this.#cwd, maxBuffer: MOST_OUTPUT });
      return { code: 0, ...answered };
    } catch (error) {
      const {
        code,
        stdout = "",
        stderr = "",
      } = error as { code?: unknown; stdout?: string; stderr?: string };
      if (typeof code === "number") return { code, stdout, stderr };
      if (code === "ENOENT")
        throw new InputError(
          "git is not installed, and a revision is wanted",
          "install git, or give two folders",
        );
      throw error;
    }
  }
}

/** Lists of files, and the largest of them that is read at once. */
const MOST_OUTPUT = 256 * 1024 * 1024;

/** What `cat-file --batch` says: a line with id, type and size, then the content and a line's end. */
function contents(said: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < said.length;) {
    const end = said.indexOf("\n", at);
    const header = /^([0-9a-f]+) blob (\d+)$/.exec(said.toString("latin1", at, end));
    if (!header) break;
    const [, id = "", bytes] = header;
    const from = end + 1;
    found.set(id, said.subarray(from, from + Number(bytes)));
    at = from + Number(bytes) + 1;
  }
  return found;
}

function unreadable(stderr: string): InputError {
  return new InputError(
    `git cannot read this revision: ${firstLine(stderr) || "it says no more"}`,
    "`git fsck` tells whether the repository is whole",
  );
}

function firstLine(text: string): string {
  return printable(text.trim().split("\n", 1)[0] ?? "");
}
