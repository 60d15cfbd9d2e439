// Shared data as Envoy keeps it: every write has a number, and one that names a number succeeds only where that is the
// entry's. 0 is never compared, and a key that is new takes any number. Runs in Node.

const OK = 0;
const NOT_FOUND = 1;
const CAS_MISMATCH = 8;

interface Entry {
  readonly value: Uint8Array;
  readonly cas: number;
}

export class SharedStore {
  readonly entries = new Map<string, Entry>();
  /** The status of reads and of writes, where the host refuses. */
  readStatus = OK;
  writeStatus = OK;
  /** The writes that succeeded. */
  writes = 0;
  mismatches = 0;

  #cas: number;

  /** @param cas the number of the next write; it wraps after 2^32 - 1, and is never 0 */
  constructor(cas = 1) {
    this.#cas = cas;
  }

  /** An entry, or the status that says why there is none. */
  get(key: string): Entry | number {
    if (this.readStatus !== OK) return this.readStatus;
    return this.entries.get(key) ?? NOT_FOUND;
  }

  set(key: string, value: Uint8Array, cas: number): number {
    if (this.writeStatus !== OK) return this.writeStatus;
    const present = this.entries.get(key);
    if (present !== undefined && cas !== 0 && cas !== present.cas) {
      this.mismatches++;
      return CAS_MISMATCH;
    }
    this.entries.set(key, { value, cas: this.#cas });
    this.#cas = (this.#cas + 1) >>> 0 || 1;
    this.writes++;
    return OK;
  }
}
