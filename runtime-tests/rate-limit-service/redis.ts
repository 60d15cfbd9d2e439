// A Redis that keeps everything in memory and listens on a socket in the file system, so that it needs no port.
import net from "node:net";
import path from "node:path";
import type { Program } from "./binaries.ts";
import { startChild, type Child } from "./child.ts";

/** For a command that is answered with one line. */
const COMMAND_BOUND_MS = 5_000;

export interface Redis {
  readonly pid: number;
  /** Path of its socket. */
  readonly socket: string;
  /** Sends a command; resolves with the first line of the answer, e.g. `+OK`, `:12`, `$-1`. */
  command(...words: string[]): Promise<string>;
  /** Every key that is there. */
  keys(): Promise<string[]>;
  /** How often a command has been called since it was started, by the service or anybody. */
  calls(command: string): Promise<number>;
  /** Forgets all counts. */
  flush(): Promise<void>;
  /** Ends it, and with it all counts; `start` starts it anew on the same socket. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts `program`, its socket in `folder`; resolves when it answers. */
export async function startRedis(program: Program, folder: string): Promise<Redis> {
  const socket = path.join(folder, "redis.sock");
  const start = async (): Promise<Child> => {
    const settings = {
      port: "0",
      unixsocket: socket,
      dir: folder,
      save: "",
      appendonly: "no",
      daemonize: "no",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = await startChild(program, args);
    const answers = (): Promise<boolean> =>
      ask(socket, ["PING"]).then(
        (answer) => answer.startsWith("+PONG"),
        () => false,
      );
    await child.until(answers, "Redis does not answer").catch(async (error: unknown) => {
      await child.kill();
      throw error;
    });
    return child;
  };
  let child = await start();
  return {
    get pid() {
      return child.pid;
    },
    socket,
    command: async (...words) => (await ask(socket, words)).split("\r\n")[0] ?? "",
    async keys() {
      const [, ...lines] = (await ask(socket, ["KEYS", "*"])).split("\r\n");
      return lines.filter((line) => line !== "" && !line.startsWith("$")).sort();
    },
    async calls(command) {
      const stats = await ask(socket, ["INFO", "commandstats"]);
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    },
    async flush() {
      await ask(socket, ["FLUSHALL"]);
    },
    stop: () => child.stop(),
    async start() {
      child = await start();
    },
  };
}

/** The whole answer to a command, by the protocol RESP, on a connection of its own. */
function ask(socket: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = net.connect(socket);
    let answer = "";
    connection.setEncoding("latin1");
    connection.setTimeout(COMMAND_BOUND_MS, () => connection.destroy(new Error("Redis does not answer")));
    const line = (words: readonly string[]): string =>
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
    // Redis hangs up after QUIT, so that the end of the answer need not be found.
    connection.on("connect", () => connection.write(line(words) + line(["QUIT"])));
    connection.on("data", (chunk: string) => (answer += chunk));
    connection.on("error", reject);
    connection.on("close", () => resolve(answer.replace(/\+OK\r\n$/, "")));
  });
}
