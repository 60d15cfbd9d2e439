// Puts one version after another into a running Envoy, so that no request is lost: what a version needs is there before it, and
// goes when nobody needs it any more.
import { rm } from "node:fs/promises";
import path from "node:path";
import { EnvoyFailed } from "./errors.ts";
import { addressInUse, startFailure, updateRefused } from "./failure.ts";
import {
  clustersFile,
  filterFiles,
  followingBootstrap,
  listenersFile,
  putFile,
  routesFile,
  versionFiles,
  type FollowedFile,
  type Version,
} from "./followed.ts";
import { checkListeners, type BootstrapOptions } from "./bootstrap.ts";
import { listener } from "./listener.ts";
import { RecentLines } from "./log-lines.ts";
import { takenAddress } from "./port-check.ts";
import { startEnvoy, type RunningEnvoy, type StartOptions } from "./start.ts";

export interface FollowingOptions
  extends Omit<StartOptions, "bootstrap">, Pick<BootstrapOptions, "adminAddress" | "adminPort"> {
  /** The first version. Wasm files that a later one replaces are removed where they lie in `directory`. */
  readonly version: Version;
}

/** How long Envoy may take to take a file, and new clusters to learn their addresses. */
const TAKEN_WITHIN_MS = 30_000;
const POLL_MS = 10;
/** What Envoy logs may be read after what it counts. */
const LOGGED_MS = 50;
/** Of what Envoy says of one change. */
const LOG_LINES_KEPT = 100;

/**
 * Starts an Envoy that follows changes. Throws TypeError where the version makes no sense, and EnvoyFailed, the process gone,
 * where it does not start or refuses a part of it.
 */
export async function startFollowing({
  version,
  adminAddress,
  adminPort,
  ...options
}: FollowingOptions): Promise<FollowingEnvoy> {
  const directory = path.resolve(options.directory);
  checkListeners([version.listener]);
  const taken = await takenAddress({ static_resources: { listeners: [listener(version.listener)] } });
  if (taken !== undefined) throw addressInUse(taken);
  const files = versionFiles(directory, version);
  for (const file of files) await putFile(directory, file);
  const news = new RecentLines(LOG_LINES_KEPT);
  const envoy = await startEnvoy({
    ...options,
    onLog: (line) => {
      news.add(line);
      options.onLog?.(line);
    },
    bootstrap: followingBootstrap(directory, {
      ...(adminAddress !== undefined && { adminAddress }),
      ...(adminPort !== undefined && { adminPort }),
    }),
  });
  try {
    // It starts without what it refuses.
    const counts = await Promise.all(files.map(({ stats }) => countsOf(envoy, stats)));
    if (counts.some(({ refused, accepted }) => refused > 0 || accepted === 0))
      throw updateRefused(news.list()) ?? startFailure(news.list(), "it is not configured");
    return new FollowingEnvoy(envoy, directory, version, { vms: await vmsOf(envoy), news });
  } catch (error) {
    await envoy.stop();
    throw error;
  }
}

/** A running Envoy whose listener, filters, routes and clusters can be replaced. */
export class FollowingEnvoy {
  readonly envoy: RunningEnvoy;
  readonly #directory: string;
  #current: Version;
  /** Versions before the current one by which requests may still be under way. */
  #leaving: Version[] = [];
  /** How many VMs one version has. */
  readonly #vms: number;
  /** What Envoy has logged since the last change. */
  readonly #news: RecentLines;
  readonly #written = new Map<string, string>();

  /** For `startFollowing`. */
  constructor(
    envoy: RunningEnvoy,
    directory: string,
    first: Version,
    { vms, news }: { readonly vms: number; readonly news: RecentLines },
  ) {
    this.envoy = envoy;
    this.#directory = directory;
    this.#current = first;
    this.#vms = vms;
    this.#news = news;
    for (const { name, content } of versionFiles(directory, first)) this.#written.set(name, content);
  }

  /**
   * Puts another version in place and resolves when Envoy has taken it: requests that come from then on meet the new one,
   * those under way end on theirs. One roll-out at a time. Throws TypeError where the version makes no sense, and EnvoyFailed
   * where Envoy refuses it; the old one stays then.
   */
  async rollOut(next: Version): Promise<void> {
    checkListeners([next.listener]);
    await this.#tidy([this.#current, next]);
    const all = [...this.#leaving, this.#current, next];
    try {
      // Before a filter chooses a cluster, the cluster is there, and its addresses are known.
      await this.#put(clustersFile(all));
      await this.#warmed("cluster_manager.warming_clusters");
      await this.#put(routesFile(all));
      await this.#replace(next);
    } catch (error) {
      await this.#goBack();
      await this.#remove([next], [...this.#leaving, this.#current]);
      throw error;
    }
    this.#leaving.push(this.#current);
    this.#current = next;
  }

  /**
   * Takes away what only earlier versions need, as soon as none of their requests is under way any more; answers whether that
   * was so. A roll-out does this, too, before it begins.
   */
  tidy(): Promise<boolean> {
    return this.#tidy([this.#current]);
  }

  async #tidy(staying: readonly Version[]): Promise<boolean> {
    if (this.#leaving.length === 0) return true;
    if ((await vmsOf(this.envoy)) > this.#vms) return false;
    const gone = this.#leaving;
    this.#leaving = [];
    await this.#put(routesFile([this.#current]));
    await this.#put(clustersFile([this.#current]));
    await this.#remove(gone, staying);
    return true;
  }

  /** Removes files that only versions need that are gone. */
  async #remove(gone: readonly Version[], staying: readonly Version[]): Promise<void> {
    const used = staying.flatMap((version) => this.#filesOf(version));
    for (const file of gone.flatMap((version) => this.#filesOf(version)))
      if (!used.includes(file) && path.dirname(file) === this.#directory) {
        this.#written.delete(path.basename(file));
        await rm(file, { force: true });
      }
  }

  /** What a version's filters need for themselves. */
  #filesOf(version: Version): string[] {
    return [
      ...version.listener.filters.map(({ wasmPath }) => wasmPath),
      ...filterFiles(version).map(({ name }) => path.join(this.#directory, name)),
    ];
  }

  async #replace(next: Version): Promise<void> {
    const before = listenersFile(this.#directory, this.#current).content;
    if (listenersFile(this.#directory, next).content === before) {
      for (const file of filterFiles(next)) await this.#put(file);
      return;
    }
    // The new listener and the new filters at once: by itself neither fits what is there. Then as files again.
    await this.#put(listenersFile(this.#directory, next, true));
    await this.#warmed("listener_manager.total_listeners_warming");
    for (const file of filterFiles(next)) await this.#put(file, "unread");
    await this.#put(listenersFile(this.#directory, next));
    await this.#warmed("listener_manager.total_listeners_warming");
  }

  /** Whatever Envoy has not taken must not be there when it starts anew. */
  async #goBack(): Promise<void> {
    const all = [...this.#leaving, this.#current];
    for (const file of [
      listenersFile(this.#directory, this.#current),
      ...filterFiles(this.#current),
      routesFile(all),
      clustersFile(all),
    ])
      // What has failed before says more than what fails now.
      await this.#put(file).catch(() => undefined);
  }

  /** Puts a file in place and waits until Envoy has taken it; `unread`: nobody reads it now. */
  async #put(file: FollowedFile, reader: "read" | "unread" = "read"): Promise<void> {
    if (this.#written.get(file.name) === file.content) return;
    const before = await countsOf(this.envoy, file.stats);
    this.#news.clear();
    await putFile(this.#directory, file);
    this.#written.set(file.name, file.content);
    if (reader === "unread") return;
    await this.#until(`take ${file.name}`, async () => {
      const { accepted, refused } = await countsOf(this.envoy, file.stats);
      if (refused === before.refused) return accepted > before.accepted;
      await pause(LOGGED_MS);
      const lines = this.#news.list();
      throw (
        updateRefused(lines) ??
        new EnvoyFailed("config-rejected", `Envoy refused ${file.name}`, lines.join("\n"))
      );
    });
  }

  async #warmed(gauge: string): Promise<void> {
    await this.#until("get ready", async () => (await this.envoy.stats(gauge))[gauge] === 0);
  }

  async #until(what: string, done: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + TAKEN_WITHIN_MS;
    // One that has ended answers no question, which is an error of its own.
    while (!(await done())) {
      if (Date.now() > deadline)
        throw new EnvoyFailed(
          "not-ready",
          `Envoy did not ${what} within ${TAKEN_WITHIN_MS / 1000} s`,
          this.envoy.log(),
        );
      await pause(POLL_MS);
    }
  }
}

/** How often Envoy has taken a file, and how often not. */
async function countsOf(
  envoy: RunningEnvoy,
  prefix: string,
): Promise<{ readonly accepted: number; readonly refused: number }> {
  const stats = await envoy.stats(`${prefix}update_`);
  const of = (name: string): number => stats[`${prefix}update_${name}`] ?? 0;
  return { accepted: of("success"), refused: of("rejected") + of("failure") };
}

const VMS = "wasm.envoy.wasm.runtime.v8.active";

/** A VM is there as long as some request began with it. */
async function vmsOf(envoy: RunningEnvoy): Promise<number> {
  return (await envoy.stats(VMS))[VMS] ?? 0;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
