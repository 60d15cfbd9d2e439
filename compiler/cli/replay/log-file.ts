// The log that is replayed: a file, packed or not, or standard input; read piece by piece.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { CommandFailure } from "../failure.ts";

export interface LogFile {
  /** What it is called in messages. */
  readonly name: string;
  /** How it begins. */
  readonly start: Buffer;
  /** Whether the start is all of it. */
  readonly isShort: boolean;
  /** All of it, the start included. Ends early, with `cutShort` set, where `stop` was called or the packed data ends. */
  readonly pieces: AsyncIterable<Buffer>;
  /** Bytes of the file that were read so far, packed ones as they lie there. */
  readonly bytesRead: number;
  /** Bytes of the file; undefined of standard input. */
  readonly size: number | undefined;
  /** Why not all of it came. */
  readonly cutShort: string | undefined;
  stop(why: string): void;
}

const PIECE_BYTES = 1024 * 1024;

/** Opens a log; `-` is standard input. Names that end in `.gz` are packed. Throws CommandFailure. */
export async function openLog(file: string): Promise<LogFile> {
  const isInput = file === "-";
  const info = isInput ? undefined : await stat(file).catch(unreadable(file));
  if (info?.isDirectory())
    throw new CommandFailure(`\`${file}\` is a folder`, "give a file, or `-` for standard input");
  let bytesRead = 0;
  let cutShort: string | undefined;
  const source = isInput ? process.stdin : createReadStream(file, { highWaterMark: PIECE_BYTES });
  source.on("data", (piece: string | Buffer) => (bytesRead += piece.length));
  const packed = /\.gz$/i.test(file);
  const gunzip = packed ? createGunzip({ chunkSize: PIECE_BYTES }) : undefined;
  if (gunzip) source.on("error", (error: Error) => gunzip.destroy(error)).pipe(gunzip);
  const stream = (gunzip ?? source) as AsyncIterable<Buffer>;
  const pieces = stream[Symbol.asyncIterator]();
  const next = async (): Promise<Buffer | undefined> => {
    try {
      const { value, done } = (await pieces.next()) as IteratorResult<Buffer, undefined>;
      return done ? undefined : value;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "Z_BUF_ERROR") {
        cutShort ??= "the packed file ends in the middle";
        return undefined;
      }
      if (packed && (error as NodeJS.ErrnoException).code?.startsWith("Z_"))
        throw new CommandFailure(
          `\`${file}\` is not packed by gzip, or damaged`,
          "check the file, or unpack it first",
        );
      return unreadable(file)(error);
    }
  };
  const first = await next();
  // Who writes to standard input may take his time.
  const second = isInput ? undefined : await next();
  return {
    name: isInput ? "standard input" : file,
    start: first ?? Buffer.alloc(0),
    isShort: !isInput && second === undefined,
    get bytesRead() {
      return bytesRead;
    },
    get cutShort() {
      return cutShort;
    },
    size: info?.isFile() ? info.size : undefined,
    stop: (why) => {
      cutShort ??= why;
      source.destroy();
    },
    pieces: (async function* () {
      if (first) yield first;
      if (second) yield second;
      if (!first || (!isInput && !second)) return;
      for (let piece = await next(); piece !== undefined && cutShort === undefined; piece = await next())
        yield piece;
      source.destroy();
    })(),
  };
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ENOENT"
      ? new CommandFailure(
          `\`${file}\` is not there`,
          "give an access log or a HAR file, or `-` for standard input",
        )
      : new CommandFailure(`\`${file}\` cannot be read: ${message}`, "check the path and its permissions");
  };
}
