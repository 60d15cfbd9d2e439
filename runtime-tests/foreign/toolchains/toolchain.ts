// What a toolchain for WebAssembly is, and what it means that there is none.

/** A compiler that was found, or installed, and works. */
export interface Toolchain {
  /** What the compiler says of itself, e.g. `rustc 1.96.0 (ac68faa20 2026-05-25)`. */
  readonly version: string;
  /** Where it came from, for people. */
  readonly origin: string;
  /** Compiles a module. Rejects with BuildFailed. */
  readonly build: (options: BuildOptions) => Promise<void>;
}

export interface BuildOptions {
  /** Absolute path of a folder with a `Cargo.toml` or a `go.mod`, and its lock file; nothing is written there. */
  sources: string;
  /** Absolute path of the `.wasm` file to write. */
  out: string;
  /** Features of a crate, build tags of a Go module. Default: none. */
  features?: readonly string[];
}

export interface ToolchainOptions {
  /** Default: process.env. Compilers and installers see all of it. */
  env?: NodeJS.ProcessEnv;
  /** Absolute path; where toolchains are installed and builds do their work. Default: envoy's cacheDirectory(env). */
  cacheDir?: string;
  /** Whether to install one into the cache where there is none. Default: false. */
  install?: boolean;
  /** Told what is being done, a line at a time. */
  progress?: (line: string) => void;
}

/** Thrown where no toolchain can be had. `message` says what was tried, `remedy` what can be done about it. */
export class ToolchainUnavailable extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = "ToolchainUnavailable";
    this.remedy = remedy;
  }
}

/** A compiler refused its sources, or could not get what they depend on. The message holds its last words. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
}
