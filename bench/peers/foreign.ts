// `rust` and `go`: by the toolchains that the tests of others' modules use.
import { go, rust, ToolchainUnavailable } from "../../runtime-tests/foreign/toolchains.ts";
import { progress } from "../report/progress.ts";
import { PeerUnavailable, type PeerCompiler } from "./peer.ts";
import { sourceFolder } from "./sources.ts";

const find = { rust, go };

/** Cargo.lock and go.sum pin the SDKs. `install`: a toolchain that is missing is installed into the cache. */
export async function foreign(peer: keyof typeof find, install: boolean): Promise<PeerCompiler> {
  try {
    const { version, build } = await find[peer]({ install, progress });
    return {
      version,
      build: (program, out) => build({ sources: sourceFolder(peer), out, features: [program] }),
    };
  } catch (error) {
    if (!(error instanceof ToolchainUnavailable)) throw error;
    throw new PeerUnavailable(`${error.message} (\`--install\` installs one)`, { cause: error });
  }
}
