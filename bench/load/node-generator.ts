// Load from Node, in a process of its own that lives on from job to job, so that V8 has optimized it when it counts.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { track } from "../cleanup.ts";
import { onCore } from "../machine.ts";
import { deadlineMs, type Generator, type LoadJob, type LoadResult } from "./load.ts";

export type Answer = { readonly result: LoadResult } | { readonly error: string };

export function nodeGenerator(core: number | undefined): Generator {
  // Node's own arguments name the loader that lets it read TypeScript.
  const [execPath = "", ...execArgv] = onCore(core, [process.execPath, ...process.execArgv]);
  const child = track(
    fork(fileURLToPath(new URL("./node-process.ts", import.meta.url)), { execPath, execArgv }),
  );
  return {
    name: "node:http2",
    run: (job: LoadJob) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          child.off("message", onMessage);
          child.off("exit", onExit);
          act();
        };
        const onMessage = (answer: Answer): void =>
          settle(() => ("result" in answer ? resolve(answer.result) : reject(new Error(answer.error))));
        const onExit = (): void => settle(() => reject(new Error("the load generator's process ended")));
        const timer = setTimeout(() => {
          settle(() => reject(new Error(`the load was not through after ${deadlineMs(job)} ms`)));
          child.kill("SIGKILL");
        }, deadlineMs(job));
        child.on("message", onMessage);
        child.on("exit", onExit);
        child.send(job, (error) => error && settle(() => reject(error)));
      }),
    close: () => child.kill("SIGKILL"),
  };
}
