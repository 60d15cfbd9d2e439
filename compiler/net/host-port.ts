// Where a server listens, as people write it: `HOST:PORT`.

export interface HostPort {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Undefined where it is none. IPv6 addresses stand in brackets.
 *
 * @example
 * parseHostPort("[::1]:8081") // { host: "::1", port: 8081 }
 */
export function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, name, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const port = Number(digits);
  // A number alone would be an address in the old notation, and what is in brackets must be one.
  if (host === undefined || /^\d+$/.test(host) || !URL.canParse(`http://${text}`)) return undefined;
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}
