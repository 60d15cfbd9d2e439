// Finds out before a start whether an address is taken, which Envoy would not always notice.
import net from "node:net";

interface Bootstrap {
  admin?: { address?: Address };
  static_resources?: { listeners?: { address?: Address }[] };
}
interface Address {
  socket_address?: { address?: string; port_value?: number };
}

/**
 * The first of a bootstrap's addresses ("ip:port") that something listens on. Envoy's listeners set SO_REUSEPORT, so a
 * second Envoy on the same port starts without complaint, and each gets a share of the connections.
 */
export async function takenAddress(bootstrap: object): Promise<string | undefined> {
  const { admin, static_resources: resources } = bootstrap as Bootstrap;
  for (const address of [
    admin?.address,
    ...(resources?.listeners ?? []).map((listener) => listener.address),
  ]) {
    const { address: host, port_value: port } = address?.socket_address ?? {};
    if (host === undefined || port === undefined || port === 0) continue;
    if (await isTaken(host, port)) return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  }
  return undefined;
}

function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    // Anything else that is wrong with the address, Envoy tells better.
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(false)));
  });
}
