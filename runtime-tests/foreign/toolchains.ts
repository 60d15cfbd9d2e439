// Compilers of others for WebAssembly: found, or installed into the cache. Also for benchmarks that build peers.
export { go, goCommand, type GoCommand } from "./toolchains/go.ts";
export { rust } from "./toolchains/rust.ts";
export {
  BuildFailed,
  ToolchainUnavailable,
  type BuildOptions,
  type Toolchain,
  type ToolchainOptions,
} from "./toolchains/toolchain.ts";
