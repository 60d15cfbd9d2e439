// The seed of keys that all workers count together: the first of them chooses it. It stays when filters are loaded anew.
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { newSeed, useSeed } from "../limit-key";
import { dropEntry, readEntry, writeEntry } from "./shared-entry";

/** `tollgate.seed` */
const NAME: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 115, 101, 101, 100]);
const NAME_BYTES: u32 = 13;
const SEED_BYTES: u32 = 8;
const ATTEMPTS: u32 = 1000;

/** As `seedKeys`, for a filter of which some limit is shared; call it instead. False: the proxy refused. */
export function seedSharedKeys(): bool {
  for (let i: u32 = 0; i < ATTEMPTS; i++) {
    const entry = readEntry(NAME, NAME_BYTES, SEED_BYTES);
    if (entry == 0) return false;
    const found = load<u64>(entry);
    const seed = found == 0 ? newSeed() | 1 : found;
    store<u64>(entry, seed);
    const status: u32 = found == 0 ? writeEntry(NAME, NAME_BYTES, SEED_BYTES) : Status.Ok;
    dropEntry();
    if (status == Status.Ok) {
      useSeed(seed);
      return true;
    }
    if (status != Status.CasMismatch) return false;
  }
  return false;
}
