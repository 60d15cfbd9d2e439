// An envoy.yaml in the Node host.
import { LogLevel, startBootstrap } from "../../host/index.ts";
import type { StartEngine } from "./running.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"];

export const startHost: StartEngine = async (bootstrap, options, log) => {
  const running = await startBootstrap(bootstrap, {
    concurrency: options.concurrency ?? 1,
    log: (level: LogLevel, message: string) => log({ level: LEVELS[level] ?? "critical", message }),
  });
  return {
    ports: running.ports,
    stats: () =>
      Promise.resolve(
        Object.fromEntries([...running.metrics].map(([name, { value }]) => [name, Number(value)])),
      ),
    stop: () => running.close(),
  };
};
