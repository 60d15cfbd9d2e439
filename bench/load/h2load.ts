// Load from nghttp2's h2load, which takes far less time for a request than Envoy does.
import { execFile } from "node:child_process";
import { track } from "../cleanup.ts";
import { onCore } from "../machine.ts";
import { deadlineMs, streamsAtATime, type Generator, type LoadJob, type LoadResult } from "./load.ts";

export function h2loadGenerator(executable: string, core: number | undefined): Generator {
  return {
    name: "h2load",
    run: async (job) => {
      if (job.usersFrom !== undefined || job.request.rotating)
        throw new Error("h2load sends the same headers each time");
      return parse(await runToEnd(onCore(core, [executable, ...words(job)]), deadlineMs(job)));
    },
    close: () => undefined,
  };
}

function words({ port, requests, request }: LoadJob): string[] {
  const headers = { ":authority": request.authority, ...request.headers };
  return [
    ...["--threads=1", "--clients=1", `--max-concurrent-streams=${streamsAtATime}`, `--requests=${requests}`],
    ...Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
    `http://127.0.0.1:${port}${request.path}`,
  ];
}

function runToEnd([command = "", ...args]: readonly string[], timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`h2load failed: ${stderr || error.message}`));
    });
    track(child);
  });
}

function parse(output: string): LoadResult {
  const rate = /finished in [^,]+, ([\d.]+) req\/s/.exec(output)?.[1];
  const done = /requests: \d+ total, \d+ started, (\d+) done/.exec(output)?.[1];
  const succeeded = /status codes: (\d+) 2xx/.exec(output)?.[1];
  if (rate === undefined || done === undefined || succeeded === undefined) {
    throw new Error(`h2load's report cannot be read:\n${output}`);
  }
  return {
    seconds: Number(done) / Number(rate),
    succeeded: Number(succeeded),
    others: /status codes: .*/.exec(output)?.[0] ?? "",
  };
}
