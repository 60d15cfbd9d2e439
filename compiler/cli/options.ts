// Options that several commands share, checked when they are parsed.
import { InvalidArgumentError } from "commander";

/** A TCP port; 0 asks for any free one. */
export function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65535)
    throw new InvalidArgumentError("a port is a number from 0 to 65535");
  return number;
}

/** A number of worker threads. */
export function concurrency(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 256)
    throw new InvalidArgumentError("give a number from 1 to 256");
  return number;
}

/** Help for `--workload`. */
export const workloadHelp = "the workload whose filter to run, where the bundle names several";

/** The service behind the proxy. */
export function upstream(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text.includes("://") ? text : `http://${text}`);
  } catch {
    // Said below.
  }
  // A lone number would be an address in the old notation: `3000` is 0.0.11.184.
  if (!url || !["http:", "https:"].includes(url.protocol) || url.port === "0" || /^\d+$/.test(text)) {
    throw new InvalidArgumentError("give the service's URL, such as http://127.0.0.1:3000");
  }
  if (url.pathname !== "/" || url.search !== "" || url.username + url.password !== "" || url.hash !== "") {
    throw new InvalidArgumentError("give scheme, host and port only: requests keep their own paths");
  }
  return url;
}

/** Resolves when the person or the system asks the process to end; a second time it ends at once. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ["SIGINT", "SIGTERM"] as const;
    const interrupted = (): void => {
      // Not before the others have heard of it: whoever ends processes with this one asks whether somebody listens.
      setImmediate(() => {
        for (const signal of signals) process.off(signal, interrupted);
      });
      resolve();
    };
    for (const signal of signals) process.on(signal, interrupted);
  });
}
