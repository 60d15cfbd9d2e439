// Who is compared, and what becomes of their sources.

/** Each is a folder here. */
export type PeerName = "bare" | "sdk" | "rust" | "go" | "solo";

/** Compiles one peer's programs. */
export interface PeerCompiler {
  /** What the compiler says of itself, and the SDK's version where that is pinned. */
  readonly version: string;
  /** Compiles a program (`w1`), which its folder holds, to the file `out`. */
  readonly build: (program: string, out: string) => Promise<void>;
}

/** Thrown where a peer's compiler cannot be had. The message says why, in a few words. */
export class PeerUnavailable extends Error {
  override readonly name = "PeerUnavailable";
}
