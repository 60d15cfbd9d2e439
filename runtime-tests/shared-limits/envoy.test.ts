// Limits that all workers share in a real Envoy with four of them, under load over many connections; in the Node host too.
import http from "node:http";
import { expect, test } from "@jest/globals";
import { inBothEngines, nobody } from "../../filters/testing/index.ts";

const CONNECTIONS = 64;

interface Tally {
  readonly passed: number;
  readonly refused: number;
  readonly workers: ReadonlySet<string>;
}

/** Sends so many requests over connections that stay open, each as soon as the one before was answered. */
async function load(port: number, path: string, requests: number): Promise<Tally> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let passed = 0;
  let refused = 0;
  const workers = new Set<string>();
  let left = requests;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { status, body } = await get(agent, port, path);
      workers.add(body);
      if (status === 200) passed++;
      else if (status === 429) refused++;
      else throw new Error(`${status} ${body}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
  } finally {
    agent.destroy();
  }
  return { passed, refused, workers };
}

function get(agent: http.Agent, port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ agent, host: "127.0.0.1", port, path, timeout: 30_000 }, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
  });
}

inBothEngines("../runtime-tests/assembly/shared-limits", (run, engine) => {
  const started = (body: (port: number) => Promise<void>): Promise<void> =>
    run({ concurrency: 4, clusters: { upstream: nobody() } }, (proxy) => body(proxy.port()));

  test("a small limit is met exactly", () =>
    started(async (port) => {
      const { passed, refused, workers } = await load(port, "/small", 2000);
      expect({ passed, refused }).toEqual({ passed: 100, refused: 1900 });
      if (engine === "envoy") expect(workers.size).toBeGreaterThan(1);
    }));

  test("a large limit is never exceeded, and at least 99 % of it is allowed", () =>
    started(async (port) => {
      const { passed } = await load(port, "/leased", 12_000);
      expect(passed).toBeLessThanOrEqual(10_000);
      expect(passed).toBeGreaterThanOrEqual(9_900);
    }));

  test("what was taken is given back where another limit refuses", () =>
    started(async (port) => {
      expect((await load(port, "/both", 3000)).passed).toBe(100);
      const { passed } = await load(port, "/leased", 12_000);
      expect(passed).toBeLessThanOrEqual(9_900);
      expect(passed).toBeGreaterThanOrEqual(9_800);
    }));
});
