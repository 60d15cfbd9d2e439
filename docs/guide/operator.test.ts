// The operator's guide is followed, in a real Envoy.
import http from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { expect, test } from "@jest/globals";
import { temporaryFolder } from "../../compiler/testing/command.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { follow } from "./testing/journey.ts";

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );
const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await closed(server);
  return port;
}

// Filters are compiled, several times.
const LONGEST_MS = 300_000;

test(
  "the guide",
  async () => {
    const envoy = await envoyForTests();
    if (envoy === undefined) return;
    const upstream = http.createServer((_, response) => response.end("hello\n"));
    const { path: folder, remove } = await temporaryFolder();
    const ports = new Map([
      ["3000", await listening(upstream)],
      ["10000", await freePort()],
      ["9901", await freePort()],
    ]);
    const [port, adminPort] = [ports.get("10000"), ports.get("9901")];
    expect(port).not.toBe(adminPort);
    try {
      await follow({
        file: new URL("operator.md", import.meta.url),
        folder,
        ports,
        env: { ENVOY_PATH: envoy },
        here: (command) =>
          command
            .replace(/^envoy (?=-c)/, () => `'${envoy}' --base-id 0 --use-dynamic-base-id `)
            .replace(
              /^tollgate envoy config.*/,
              (same) => `${same} --port ${port} --admin-port ${adminPort}`,
            ),
        lasting: [
          { command: / -c deploy\/envoy\.json$/, ready: /starting main dispatch loop/ },
          { command: /^tollgate envoy start /, ready: /runs on envoy\.yaml/ },
        ],
      });
    } finally {
      await closed(upstream);
      await remove();
    }
  },
  LONGEST_MS,
);
