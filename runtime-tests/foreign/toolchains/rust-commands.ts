// What both ways of getting a Rust have to say about it.

export const RUST_TARGET = "wasm32-unknown-unknown";

/** How to run a cargo and the rustc that belongs to it. */
export interface RustCommands {
  cargo: string;
  rustc: string;
  /** On top of the environment. */
  env: NodeJS.ProcessEnv;
  /** For `cargo build`. */
  args: readonly string[];
}
