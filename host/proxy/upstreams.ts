import { Upstream } from "./upstream.ts";

/** Keeps the connections to each origin. */
export class Upstreams {
  private readonly open = new Map<string, Upstream>();

  of(url: URL): Upstream {
    let upstream = this.open.get(url.origin);
    if (upstream === undefined) this.open.set(url.origin, (upstream = new Upstream(url)));
    return upstream;
  }

  close(): void {
    for (const upstream of this.open.values()) upstream.close();
    this.open.clear();
  }
}
