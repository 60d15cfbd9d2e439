import type { Socket } from "node:net";
import { concatBytes, NO_BYTES } from "../bytes.ts";

/** Reads a socket in pieces as Envoy does: what can be read at once is one, and its end comes with the last of them. */
export function readPieces(socket: Socket, piece: (bytes: Uint8Array, end: boolean) => void): void {
  let pending: Uint8Array = NO_BYTES;
  let ended = false;
  let soon: NodeJS.Immediate | undefined;
  const flush = (): void => {
    const bytes = pending;
    pending = NO_BYTES;
    soon = undefined;
    piece(bytes, ended);
  };
  socket.on("data", (chunk) => {
    pending = concatBytes(pending, chunk);
    soon ??= setImmediate(flush);
  });
  socket.on("end", () => {
    ended = true;
    soon ??= setImmediate(flush);
  });
  socket.on("close", () => clearImmediate(soon));
}
