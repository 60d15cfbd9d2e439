// The process of the load generator in Node: gets a job as a message, answers with what became of it.
import http2 from "node:http2";
import { streamsAtATime, type LoadJob, type LoadResult } from "./load.ts";
import type { Answer } from "./node-generator.ts";

process.on("message", (job: LoadJob) => {
  const answer = (message: Answer): void => void process.send?.(message);
  run(job).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit());

/** How many requests each port got that were numbered. A slice goes on where the one before it ended. */
const numbered = new Map<number, number>();

function run({ port, requests, request, usersFrom }: LoadJob): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const outcomes = new Map<string, number>();
    const started = performance.now();
    let sent = 0;
    let ended = 0;
    const { rotating } = request;
    const before = numbered.get(port) ?? 0;
    if (rotating) numbered.set(port, before + requests);
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    session.on("goaway", () => reject(new Error("Envoy closed the connection")));

    const sendNext = (): void => {
      const stream = session.request({
        ":authority": request.authority,
        ":path": request.path,
        ...request.headers,
        ...(rotating && { [rotating.name]: rotating.values[(before + sent) % rotating.values.length] }),
        ...(usersFrom !== undefined && { "x-user": `user-${usersFrom + sent}` }),
      });
      sent++;
      let outcome = "no answer";
      stream.on("response", (headers) => (outcome = String(headers[":status"])));
      stream.on("error", (error: Error) => (outcome = error.message));
      stream.on("close", () => {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        ended++;
        if (sent < requests) sendNext();
        else if (ended === requests) finish();
      });
      stream.resume();
    };
    const finish = (): void => {
      const seconds = (performance.now() - started) / 1000;
      session.close();
      const isSuccess = ([outcome]: [string, number]): boolean => /^2\d\d$/.test(outcome);
      const all = [...outcomes];
      resolve({
        seconds,
        succeeded: all.filter(isSuccess).reduce((sum, [, count]) => sum + count, 0),
        others: all
          .filter((entry) => !isSuccess(entry))
          .map(([outcome, count]) => `${count} × ${outcome}`)
          .join(", "),
      });
    };
    for (let i = 0; i < Math.min(streamsAtATime, requests); i++) sendNext();
  });
}
