// Many requests at once, over connections that stay open.
import http from "node:http";
import { send, type HeaderList } from "../support/http-client.ts";

const CONNECTIONS = 64;

/** Sends so many requests, each as soon as one before was answered: how many answers had which status. */
export async function load(
  port: number,
  path: string,
  requests: number,
  headersOf: (i: number) => HeaderList = () => [],
): Promise<Record<number, number>> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const statuses: Record<number, number> = {};
  let sent = 0;
  const client = async (): Promise<void> => {
    for (let i = sent++; i < requests; i = sent++) {
      const headers: HeaderList = [["host", "limits.test"], ...headersOf(i)];
      const { status } = await send(port, { method: "GET", path, headers }, agent);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
  } finally {
    agent.destroy();
  }
  return statuses;
}
