// Shared data: values that all VMs with the same vm_id see, on every worker thread, and that outlive them.
import { ANSWER, answerPointer, answerSize, keep, succeeded } from "./abi/answer";
import { proxy_get_shared_data, proxy_set_shared_data } from "./abi/env";
import { Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { Bytes } from "./bytes";

/**
 * One shared value. It remembers the version that it read last, so that `replace` notices when another worker was faster:
 *
 * @example
 * for (let i = 0; i < 10; i++) {
 *   const before = counter.readInteger(0);
 *   if (counter.replaceInteger(before + 1) != Status.CasMismatch) break;
 * }
 *
 * The host has no way to delete a value or to list keys: never make keys from what clients send. A value that nobody has
 * written has no version, so two workers that write it first do not notice each other; write it in `onConfigure`, where
 * Envoy's throw-away first VM does so before any worker starts.
 */
export class SharedData {
  private version: u32 = 0;
  private key: ArrayBuffer = new ArrayBuffer(0);
  private keySize: u32 = 0;

  /** @param key under which the value is found */
  constructor(key: string) {
    this.rekey(key);
  }

  /** Means the value under another key, any text (see `Bytes`), from here on. Allocates only for a key longer than all before. */
  rekey<T>(key: T): void {
    const pointer = textPointer(key);
    const size = textSize();
    if (size > <u32>this.key.byteLength) this.key = new ArrayBuffer(size);
    memory.copy(changetype<usize>(this.key), pointer, size);
    this.keySize = size;
    this.version = 0;
  }

  /** The value, or null where nobody has written one (`lastStatus()` is `NotFound`). Allocates the view. */
  get(): Bytes | null {
    const value = new Bytes();
    return this.read(value) ? value : null;
  }

  /** Points `out` at the value and says whether there is one. */
  read(out: Bytes): bool {
    const key = changetype<usize>(this.key);
    this.version = 0;
    const found = succeeded(proxy_get_shared_data(key, this.keySize, ANSWER, ANSWER + 4, ANSWER + 8));
    if (!found) {
      out.clear();
      return false;
    }
    this.version = load<u32>(ANSWER, 8);
    out.set(answerPointer(), answerSize());
    return true;
  }

  /** The eight bytes of the value as a little-endian number; `otherwise` where there are no eight. */
  readInteger(otherwise: u64): u64 {
    const value = new Bytes();
    return this.read(value) && value.size == 8 ? load<u64>(value.pointer) : otherwise;
  }

  /** Writes the value unless another worker has since the last `read`: then `CasMismatch`, and nothing is written. */
  replace<T>(value: T): Status {
    return this.write(value, this.version);
  }

  /** As `replace`, a number in eight little-endian bytes. */
  replaceInteger(value: u64): Status {
    store<u64>(ANSWER, value);
    return this.put(ANSWER, 8, this.version);
  }

  /** Writes the value whatever is there. */
  set<T>(value: T): Status {
    return this.write(value, 0);
  }

  private write<T>(value: T, version: u32): Status {
    const pointer = textPointer(value);
    return this.put(pointer, textSize(), version);
  }

  private put(value: usize, size: u32, version: u32): Status {
    return keep(proxy_set_shared_data(changetype<usize>(this.key), this.keySize, value, size, version));
  }
}
