// github.com/envoyproxy/ratelimit with a Redis behind it, on loopback.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import type { Program } from "./binaries.ts";
import { startChild, type Child } from "./child.ts";
import { startRedis, type Redis } from "./redis.ts";

export interface RateLimitServiceOptions {
  service: Program;
  redis: Program;
  /** The service's own YAML, a text for each file; each has a domain of its own. */
  config: readonly string[];
  /** Settings of the service beyond those that it needs, e.g. `STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT`. */
  settings?: Readonly<Record<string, string>>;
  /** Where it makes a folder for what it keeps. Default: the system's place for such. */
  folder?: string;
}

export interface RunningRateLimitService {
  readonly pid: number;
  /** Where it takes gRPC on 127.0.0.1, in the clear; the same after each `start`. */
  readonly grpcPort: number;
  readonly redis: Redis;
  /** Replaces all files at once. Rejects with what the service says of them where it goes on with the old ones. */
  reloadConfig(config: readonly string[]): Promise<void>;
  /** What it has loaded: a line for each limit. */
  loadedConfig(): Promise<string>;
  /** Leaves connections open and unanswered until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Cuts every connection, as a crash does. Redis stays, and so do the counts. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same ports. */
  start(): Promise<void>;
  /** Ends both; to be called once. */
  stop(): Promise<void>;
  /** The last lines of what the service said. */
  log(): readonly string[];
}

/** Starts both and resolves when the service answers with `config` loaded; else rejects, and nothing of it is left. */
export async function startRateLimitService(
  options: RateLimitServiceOptions,
): Promise<RunningRateLimitService> {
  const folder = await mkdtemp(path.join(options.folder ?? os.tmpdir(), "tollgate-ratelimit-"));
  let redis: Redis | undefined;
  let service: Service | undefined;
  const stop = async (): Promise<void> => {
    await service?.child?.stop();
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    redis = await startRedis(options.redis, folder);
    service = new Service(options, folder, redis.socket, await freePorts());
    await service.write(options.config);
    await service.start();
    return running(service, redis, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function running(service: Service, redis: Redis, stop: () => Promise<void>): RunningRateLimitService {
  return {
    get pid() {
      return service.child?.pid ?? 0;
    },
    grpcPort: service.ports.grpc,
    redis,
    async reloadConfig(config) {
      const before = service.loads.length;
      await service.write(config);
      await service.loaded(before);
    },
    loadedConfig: () => get(service.ports.debug, "/rlconfig"),
    freeze: () => service.child?.freeze(),
    thaw: () => service.child?.thaw(),
    kill: async () => service.child?.kill(),
    start: () => service.start(),
    stop,
    log: () => service.child?.log() ?? [],
  };
}

interface Ports {
  readonly grpc: number;
  readonly http: number;
  readonly debug: number;
}

class Service {
  child: Child | undefined;
  /** What became of each attempt to load a configuration: empty where it went well. */
  loads: string[] = [];
  readonly ports: Ports;
  readonly #options: RateLimitServiceOptions;
  readonly #folder: string;
  readonly #redisSocket: string;
  #versions = 0;

  constructor(options: RateLimitServiceOptions, folder: string, redisSocket: string, ports: Ports) {
    this.#options = options;
    this.#folder = folder;
    this.#redisSocket = redisSocket;
    this.ports = ports;
  }

  /** Files of a new folder, to which the link that the service watches then points. */
  async write(config: readonly string[]): Promise<void> {
    const version = path.join(this.#folder, `v${(this.#versions += 1)}`);
    const files = path.join(version, "ratelimit", "config");
    await mkdir(files, { recursive: true });
    for (const [i, text] of config.entries()) await writeFile(path.join(files, `config-${i}.yaml`), text);
    const link = path.join(this.#folder, "next");
    await symlink(version, link);
    await rename(link, path.join(this.#folder, "current"));
  }

  async start(): Promise<void> {
    this.loads = [];
    const child = (this.child = await startChild(this.#options.service, [], {
      env: this.#environment(),
      onLine: (line) => this.#note(line),
    }));
    try {
      await this.loaded(0);
      const listens = async (): Promise<boolean> =>
        (await isListening(this.ports.grpc)) && (await isListening(this.ports.debug));
      await child.until(listens, "the rate limit service does not listen");
    } catch (error) {
      await child.kill();
      throw error;
    }
  }

  /** Resolves when a configuration has been loaded since there were `before` attempts. */
  async loaded(before: number): Promise<void> {
    await this.child?.until(
      () => this.loads.length > before,
      "the rate limit service loads no configuration",
    );
    const problem = this.loads.at(-1) ?? "";
    if (problem !== "") throw new Error(`the rate limit service refuses its configuration: ${problem}`);
  }

  #note(line: string): void {
    if (line.includes("Successfully loaded new configuration")) this.loads.push("");
    const refused = /Error loading new configuration: (.*?)"?$/.exec(line)?.[1];
    if (refused !== undefined) this.loads.push(refused);
  }

  #environment(): NodeJS.ProcessEnv {
    const host = "127.0.0.1";
    return {
      HOST: host,
      PORT: String(this.ports.http),
      GRPC_HOST: host,
      GRPC_PORT: String(this.ports.grpc),
      DEBUG_HOST: host,
      DEBUG_PORT: String(this.ports.debug),
      LOG_LEVEL: "info",
      DISABLE_STATS: "true",
      BACKEND_TYPE: "redis",
      REDIS_SOCKET_TYPE: "unix",
      REDIS_URL: this.#redisSocket,
      REDIS_TIMEOUT: "2s",
      RUNTIME_ROOT: path.join(this.#folder, "current"),
      RUNTIME_SUBDIRECTORY: "ratelimit",
      ...this.#options.settings,
    };
  }
}

/** Three that are free now. The service does not tell which it was given where it is asked to choose. */
async function freePorts(): Promise<Ports> {
  const servers = [net.createServer(), net.createServer(), net.createServer()];
  const [grpc = 0, http = 0, debug = 0] = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { grpc, http, debug };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

function get(port: number, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path: url, agent: false, timeout: 5_000 });
    request.on("timeout", () => request.destroy(new Error(`no answer to ${url}`)));
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => resolve(text));
    });
  });
}
