// The answer of the control service: paths that are closed, one a line.
import { Bytes } from "proxy-wasm-assemblyscript-sdk";

/** A list beyond this is taken for a mistake of whoever sent it. */
const MOST_BYTES: u32 = 65536;

/** A list of paths. `/sale` closes that path, whatever its query; `/sale/` closes all paths that begin so. */
export class ClosedPaths {
  private constructor(private readonly paths: Bytes[]) {}

  /** Keeps a copy of a list; null where it is none: too long, or a line that is no path. No bytes: nothing is closed. */
  static read(text: Bytes): ClosedPaths | null {
    if (text.size > MOST_BYTES) return null;
    const lines = text.copy().split("\n");
    const paths: Bytes[] = [];
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i].trim();
      if (line.size == 0) continue;
      if (!line.startsWith("/")) return null;
      paths.push(line);
    }
    return new ClosedPaths(paths);
  }

  /** Whether the path of a request, with its query, is closed. */
  has(path: Bytes): bool {
    const query = path.indexOf("?");
    const plain = query < 0 ? path : path.slice(0, query);
    for (let i = 0; i < this.paths.length; i++) {
      const closed = this.paths[i];
      if (closed.endsWith("/") ? plain.startsWith(closed) : plain.equals(closed)) return true;
    }
    return false;
  }
}
