// `REVISION:PATH`, as `git show` has it, as the files of a bundle.
import path from "node:path";
import {
  bundleName,
  InputError,
  MAX_BESIDE_BYTES,
  MAX_FILE_BYTES,
  type BundleFiles,
} from "../../1-parse/files.ts";
import { printable } from "../../diagnostics/printable.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import type { SourceFile } from "../../source/span.ts";
import { Repository, type Blob } from "./git.ts";

/**
 * Reads the policies that a git revision has at a path: a file, or all files of a folder that `readBundleFiles` would read
 * there. The path is from the repository's root; with `./` or `../` before it, from `cwd`. Throws InputError.
 */
export async function readRevision(revision: string, given: string, cwd: string): Promise<BundleFiles> {
  const repository = await Repository.at(cwd);
  const tree = await repository.tree(revision);
  if (tree === undefined) throw await unknownRevision(revision, repository);
  const prefix = await repository.prefix();
  const at = fromRoot(given, prefix);
  const blobs = await repository.list(tree, at);
  if (blobs.length === 0) throw await notThere({ revision, given, at, prefix }, tree, repository);
  const isFile = blobs.length === 1 && blobs[0]?.path === at;
  const chosen = isFile ? blobs : blobs.filter(({ path: name }) => isPolicyFile(below(name, at)));
  const all = new Map((isFile ? await repository.list(tree, "") : blobs).map((blob) => [blob.path, blob]));
  const read = chosen.map((blob) => {
    const content = followed(blob, all, repository, `${revision}:${blob.path}`);
    if (content.bytes > MAX_FILE_BYTES)
      throw new InputError(
        `\`${shown(revision, blob.path)}\` is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`,
        "no policy file is; check the path, or divide the file",
      );
    return { blob, content };
  });
  const texts = await repository.read([...new Set(read.map(({ content }) => content.id))]);
  const files = read.map(({ blob, content }): SourceFile => ({
    path: isFile ? path.posix.basename(at) : below(blob.path, at),
    shown: `${revision}:${blob.path}`,
    text: textOf(texts.get(content.id)),
    beside: (name) => readBeside(blob.path, name, tree, repository),
  }));
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, defaultName: bundleName(at === "" ? await repository.name() : at) };
}

/** The path from the root of the repository, without a `/` at its end. */
function fromRoot(given: string, prefix: string): string {
  const relative = /^\.\.?(\/|$)/.test(given);
  const whole = path.posix.normalize(relative ? `./${prefix}${given}` : `./${given}`).replace(/\/$/, "");
  if (whole === ".." || whole.startsWith("../") || given.startsWith("/"))
    throw new InputError(
      `\`${printable(given)}\` is outside of the repository`,
      "write the path from the repository's root, or with `./` before it from this folder",
    );
  return whole === "." ? "" : whole;
}

function below(name: string, at: string): string {
  return at === "" ? name : name.slice(at.length + 1);
}

/** As in a folder: hidden folders and node_modules are passed over. */
function isPolicyFile(name: string): boolean {
  const passedOver = name.split("/").some((part) => part.startsWith(".") || part === "node_modules");
  return !passedOver && /\.ya?ml$/i.test(name);
}

/** As many links one after the other as anybody needs. */
const MOST_LINKS = 10;

/** What a link leads to, which has to be among `all`: in a folder, what lies in that folder. */
function followed(blob: Blob, all: ReadonlyMap<string, Blob>, repository: Repository, name: string): Blob {
  let found = blob;
  for (let links = 0; found.isLink; links++) {
    const target = repository.readNow(found.id)?.toString("utf8") ?? "";
    const next = all.get(path.posix.normalize(path.posix.join(path.posix.dirname(found.path), target)));
    if (!next || links === MOST_LINKS || target.startsWith("/"))
      throw new InputError(
        `\`${printable(name)}\` is a link that leads to no file there`,
        "remove it, or put a copy into the folder",
      );
    found = next;
  }
  return found;
}

/** As from a folder: only what lies beside the policy or below. */
function readBeside(file: string, name: string, tree: string, repository: Repository): string | undefined {
  const folder = path.posix.dirname(file);
  const wanted = path.posix.normalize(path.posix.join(folder, name));
  if (path.posix.isAbsolute(name) || (folder !== "." && !wanted.startsWith(`${folder}/`))) return undefined;
  if (wanted.startsWith("../")) return undefined;
  const found = repository.fileNow(tree, wanted);
  if (!found || found.bytes > MAX_BESIDE_BYTES) return undefined;
  const content = repository.readNow(found.id);
  return content && textOf(content);
}

function textOf(content: Buffer | undefined): string {
  return (content?.toString("utf8") ?? "").replace(/^\uFEFF/, "");
}

function shown(revision: string, name: string): string {
  return printable(`${revision}:${name}`);
}

async function unknownRevision(revision: string, repository: Repository): Promise<InputError> {
  if (revision === "")
    return new InputError(
      "before the colon there is no revision",
      "name one, such as `HEAD:policies` or `origin/main:policies`",
    );
  const meant = didYouMean(revision, await repository.revisions());
  const shallow = (await repository.isShallow())
    ? "this is a shallow clone: `git fetch` the revision first"
    : "`git branch --all` and `git tag` list them";
  return new InputError(
    `git knows no revision \`${printable(revision)}\``,
    meant === undefined ? shallow : `${printable(meant)} ${shallow}`,
  );
}

async function notThere(
  asked: { revision: string; given: string; at: string; prefix: string },
  tree: string,
  repository: Repository,
): Promise<InputError> {
  const { revision, given, at, prefix } = asked;
  const there = new Set(
    (await repository.list(tree, "")).flatMap(({ path: name }) => [name, ...foldersOf(name)]),
  );
  const isHere = prefix !== "" && there.has(`${prefix}${given}`.replace(/\/$/, ""));
  const meant = didYouMean(at, [...there]);
  const otherwise =
    meant === undefined
      ? `\`git ls-tree --name-only ${printable(revision)}:\` lists what is there`
      : printable(meant);
  return new InputError(
    `\`${printable(at)}\` is not there in the revision \`${printable(revision)}\``,
    isHere
      ? `paths are from the repository's root: from this folder it is \`${shown(revision, `./${given}`)}\``
      : otherwise,
  );
}

function foldersOf(name: string): string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}
