// Paths of properties whose last segments are keys that only the author knows.
import { allocate } from "../abi/arena";
import { textPointer, textSize } from "../abi/text";
import { Bytes } from "../bytes";

const joined = new Bytes();

/**
 * The path of what stands under `key` below `prefix`, valid until the next call. A NUL in `key` parts segments, so a
 * key can lead further down. Without a key the path is empty, which is no property's: Envoy would take the path for
 * that of the whole map.
 */
export function below<P, K>(prefix: P, key: K): Bytes {
  const prefixAt = textPointer(prefix);
  const prefixSize = textSize();
  const keyAt = textPointer(key);
  const keySize = textSize();
  const size = prefixSize + 1 + keySize;
  const at: usize = prefixSize == 0 || keySize == 0 ? 0 : allocate(size);
  if (at == 0) {
    joined.clear();
    return joined;
  }
  memory.copy(at, prefixAt, prefixSize);
  store<u8>(at + prefixSize, 0);
  memory.copy(at + prefixSize + 1, keyAt, keySize);
  joined.set(at, size);
  return joined;
}
