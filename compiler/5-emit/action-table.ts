// What HTTPRoutes ask for as one table of 32-bit words, laid out as filters/runtime/routing/action.ts reads it, and one of texts.
import type { PlannedAction, PlannedBackend } from "../4-plan/http-routes.ts";
import type { Origin } from "../ir/program.ts";
import type { HeaderChange, Redirect } from "../ir/routing.ts";
import type { HeaderChanges } from "./changes.ts";
import { Texts } from "./texts.ts";

// What an action has.
const REDIRECT = 1;
const HOST = 2;
const PATH = 4;
const TOLD = 8;
const RULE = 16;
const CHANGES = 32;
const OWNED_SHIFT = 8;
const BACKENDS_SHIFT = 16;
/** As a size: there is none; of a redirect's host the request's own. */
const NONE = 0xffffffff;

const pathKinds = { full: 1, prefix: 2 } as const;
const schemes = { http: 1, https: 2 } as const;
const ports = { none: 0x10000, request: 0x10001 } as const;
/** Of an action that is a cluster and nothing else: its text's offset stands above its size. */
const PLAIN = 0x80000000;
const PLAIN_SIZE_BITS = 10;
const PLAIN_OFFSET_BITS = 21;

const changeKinds = { remove: 1, set: 2, add: 3, code: 4 } as const;

/** What a change is that is no plain text: calls, each false where the proxy refused. */
export type Code = readonly string[];

export interface ActionTable {
  readonly words: readonly number[];
  readonly texts: string;
  /** What lists of changes call by number. */
  readonly codes: readonly Code[];
  /** The kinds of changes that lists have. */
  readonly kinds: ReadonlySet<keyof typeof changeKinds>;
}

/**
 * Layout, each line a run of words; offsets count words, texts are an offset in bytes and a size:
 *
 *     actions     for each: PLAIN and a cluster's text in one word, where it is nothing else; else an offset of: what it has, which of the headers that no client may send it writes << 8,
 *                 how many backends << 16; then
 *     - host      text
 *     - path      its kind, bytes of the prefix << 2; text
 *     - told      list of what Envoy is told beside the cluster
 *     - rule      its policy's name, the rule's number
 *     - redirect  status, scheme, text of the host, port
 *     - backends  each: where there are several 64 bits of seed, 64 of weight; text of the cluster; lists of changes to the
 *                 request and the response where any has some. A redirect has one, without a cluster
 *     list        how many, then each: its kind, and texts of name and value, or the number of code
 */
export function layOutActions(
  actions: readonly PlannedAction[],
  owned: readonly string[],
  changes: HeaderChanges,
): ActionTable {
  const layout = new Layout(owned, changes);
  for (let i = 0; i < actions.length; i++) layout.words.push(0);
  // Offset 0 is no list.
  if (actions.length === 0) layout.words.push(0);
  actions.forEach((action, i) => (layout.words[i] = layout.action(action)));
  return { words: layout.words, texts: layout.texts.bytes, codes: layout.codes, kinds: layout.kinds };
}

class Layout {
  readonly words: number[] = [];
  readonly texts = new Texts();
  readonly codes: Code[] = [];
  readonly kinds = new Set<keyof typeof changeKinds>();
  readonly #owned: readonly string[];
  readonly #changes: HeaderChanges;
  readonly #lists = new Map<string, number>();
  readonly #codes = new Map<string, number>();

  constructor(owned: readonly string[], changes: HeaderChanges) {
    this.#owned = owned;
    this.#changes = changes;
  }

  /** An action in one word: its text, or where its words begin. */
  action({ does, origins: [origin] }: PlannedAction): number {
    const backends = (does.kind === "redirect" ? [does] : does.backends).map(({ changes }) => ({
      // What the response will get of the request is made while there is one.
      request: this.#list(
        this.#plain(does.kind === "redirect" ? [] : changes.request),
        this.#changes.kept(changes.response),
      ),
      response: this.#list(this.#plain(changes.response, "response"), []),
    }));
    const changed = backends.some(({ request, response }) => request !== 0 || response !== 0);
    const lists = backends.map(({ request, response }) => (changed ? [request, response] : []));
    if (does.kind === "redirect") {
      const { path, status, scheme, host, port } = does.redirect;
      const head = REDIRECT | RULE | (path ? PATH : 0) | (changed ? CHANGES : 0) | (1 << BACKENDS_SHIFT);
      return this.#push([
        head,
        ...this.#path(path),
        ...this.#rule(origin),
        status,
        scheme === undefined ? 0 : schemes[scheme],
        ...(host === undefined ? [0, NONE] : this.texts.place(host)),
        typeof port === "number" ? port : ports[port],
        ...[0, NONE],
        ...(lists[0] ?? []),
      ]);
    }
    const { host, path, internal, mayAnswer } = does;
    const [only, second] = does.backends;
    const plainly = host === undefined && !path && internal.length === 0 && !mayAnswer && !changed;
    if (plainly && !second && only?.cluster !== undefined) {
      const [at, size] = this.texts.place(only.cluster);
      if (at < 1 << PLAIN_OFFSET_BITS && size < 1 << PLAIN_SIZE_BITS)
        return (PLAIN | (at << PLAIN_SIZE_BITS) | size) >>> 0;
    }
    const told = this.#list(
      internal.map(({ name, value }) => ({ op: "set", name, value: [value] })),
      [],
    );
    const written = this.#owned.reduce(
      (mask, name, i) => mask | (internal.some((header) => header.name === name) ? 1 << i : 0),
      0,
    );
    const head =
      (host === undefined ? 0 : HOST) |
      (path ? PATH : 0) |
      (told === 0 ? 0 : TOLD) |
      (mayAnswer ? RULE : 0) |
      (changed ? CHANGES : 0) |
      (written << OWNED_SHIFT);
    return this.#push([
      (head | (does.backends.length << BACKENDS_SHIFT)) >>> 0,
      ...(host === undefined ? [] : this.texts.place(host)),
      ...this.#path(path),
      ...(told === 0 ? [] : [told]),
      ...(mayAnswer ? this.#rule(origin) : []),
      ...does.backends.flatMap((backend, i) => [
        ...(does.backends.length > 1 ? draw(backend) : []),
        ...(backend.cluster === undefined ? [0, NONE] : this.texts.place(backend.cluster)),
        ...(lists[i] ?? []),
      ]),
    ]);
  }

  #path(path: Redirect["path"]): number[] {
    if (!path) return [];
    return path.kind === "full"
      ? [pathKinds.full, ...this.texts.place(path.path)]
      : [pathKinds.prefix | (path.size << 2), ...this.texts.place(path.to)];
  }

  #rule(origin: Origin | undefined): number[] {
    return origin ? ruleWords(origin, this.texts) : [];
  }

  /** Changes by the words of each; what is no plain text becomes code. */
  #plain(changes: readonly HeaderChange[], map: "request" | "response" = "request"): (HeaderChange | Code)[] {
    return changes.map((change) => {
      if (change.op === "remove" || isPlain(change)) return change;
      return map === "request" ? this.#changes.ofRequest([change]) : this.#changes.ofResponse([change]);
    });
  }

  /** Where a list begins; 0 for an empty one. Equal ones stand once. */
  #list(changes: readonly (HeaderChange | Code)[], kept: Code): number {
    const all = [...changes, ...kept.map((call): Code => [call])];
    if (all.length === 0) return 0;
    const words = [all.length, ...all.flatMap((change) => this.#change(change))];
    const key = words.join();
    const at = this.#lists.get(key) ?? this.#push(words);
    this.#lists.set(key, at);
    return at;
  }

  #change(change: HeaderChange | Code): number[] {
    if (!("op" in change)) {
      this.kinds.add("code");
      const key = change.join(" ");
      const number = this.#codes.get(key) ?? this.codes.push(change) - 1;
      this.#codes.set(key, number);
      return [changeKinds.code, number];
    }
    const name = this.texts.place(change.name);
    if (change.op !== "set" && change.op !== "add") {
      this.kinds.add("remove");
      return [changeKinds.remove, ...name];
    }
    this.kinds.add(change.op);
    return [changeKinds[change.op], ...name, ...this.texts.place(change.value.map(String).join(""))];
  }

  #push(words: readonly number[]): number {
    const at = this.words.length;
    for (const word of words) this.words.push(word);
    return at;
  }
}

/** The policy's name as a text, and the rule's number. */
export function ruleWords({ policy, part }: Origin, texts: Texts): number[] {
  const number = /^rules\[(\d+)\]$/.exec(part)?.[1];
  if (number === undefined) throw new Error(`${part} is no rule`);
  return [...texts.place(policy), Number(number)];
}

function isPlain(change: HeaderChange): boolean {
  return (
    (change.op === "set" || change.op === "add") && change.value.every((part) => typeof part === "string")
  );
}

function draw({ seed, weight }: PlannedBackend): number[] {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(seed, 0);
  bytes.writeDoubleLE(weight, 8);
  return [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at));
}
