// Questions to a running Envoy's admin interface.
import http from "node:http";

export interface AdminAddress {
  host: string;
  port: number;
}

/** Parses what Envoy writes to `--admin-address-path`: `127.0.0.1:1234` or `[::1]:1234`. */
export function parseAddress(text: string): AdminAddress | undefined {
  const match = /^\[?([^\]\s]+?)\]?:(\d+)\s*$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] === "0.0.0.0" ? "127.0.0.1" : match[1] === "::" ? "::1" : (match[1] ?? "");
  return { host, port: Number(match[2]) };
}

/** GETs `path`; rejects when nobody answers within `timeoutMs`. */
export function adminGet(
  { host, port }: AdminAddress,
  path: string,
  timeoutMs = 5_000,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host, port, path, agent: false, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`Envoy's admin did not answer ${path} in time`)));
    request.on("error", reject);
  });
}

/** Listener name → the port it really listens on. */
export async function listenerPorts(admin: AdminAddress): Promise<Map<string, number>> {
  const { body } = await adminGet(admin, "/listeners?format=json");
  const { listener_statuses: statuses = [] } = JSON.parse(body) as {
    listener_statuses?: { name: string; local_address?: { socket_address?: { port_value?: number } } }[];
  };
  const ports = new Map<string, number>();
  for (const { name, local_address: address } of statuses) {
    const port = address?.socket_address?.port_value;
    if (port !== undefined) ports.set(name, port);
  }
  return ports;
}

/** Counters and gauges (no histograms) whose name starts with `prefix`. */
export async function readStats(admin: AdminAddress, prefix: string): Promise<Record<string, number>> {
  const filter = prefix === "" ? "" : `&filter=${encodeURIComponent("^" + prefix.replace(/[^\w]/g, "\\$&"))}`;
  const { body } = await adminGet(admin, `/stats?format=json${filter}`);
  const { stats } = JSON.parse(body) as { stats: { name?: string; value?: unknown }[] };
  const found: Record<string, number> = {};
  for (const { name, value } of stats) {
    if (name !== undefined && typeof value === "number") found[name] = value;
  }
  return found;
}
