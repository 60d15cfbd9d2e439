import { Status } from "./abi.ts";
import type { HeaderMap } from "./header-map.ts";
import type { WasmMemory } from "./web-assembly.ts";
import { pairsSize, readPairs, writeLatin1, writePairs } from "./pairs.ts";

const NAME_SLOTS = 64;
const MAX_CACHED_NAME = 64;

/**
 * The guest's linear memory as the host functions use it: every access is checked against the bounds, and
 * answers are written into room that the guest itself allocates. Addresses are i32 as Wasm passes them, so
 * they may be negative; `>>> 0` makes them what they mean.
 */
export class GuestMemory {
  // Cached; growing the memory detaches the old buffer, which shows as length 0.
  private view: Buffer;
  private words: DataView;
  /** Names read before, by address: a filter asks for the same few from the same places again and again. */
  private readonly names: Array<string | undefined> = new Array<string | undefined>(NAME_SLOTS).fill(
    undefined,
  );
  private readonly memory: WasmMemory;
  private readonly allocate: (size: number) => number;

  /** `allocate` answers the address of `size` fresh bytes, 0 where it has none. */
  constructor(memory: WasmMemory, allocate: (size: number) => number) {
    this.memory = memory;
    this.allocate = allocate;
    this.view = Buffer.from(memory.buffer);
    this.words = new DataView(memory.buffer);
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  private bytes(): Buffer {
    if (this.view.length === 0) {
      this.view = Buffer.from(this.memory.buffer);
      this.words = new DataView(this.memory.buffer);
    }
    return this.view;
  }

  /** The binary string at an address, or undefined out of bounds. */
  readString(address: number, size: number): string | undefined {
    const bytes = this.bytes();
    const start = address >>> 0;
    const end = start + (size >>> 0);
    if (end > bytes.length) return undefined;
    return bytes.toString("latin1", start, end);
  }

  /**
   * As {@link readString}, for what tends to stand at one place: names of headers, properties and keys, constant
   * values. Comparing the bytes with what stood there last
   * time is much cheaper than making the string again, and the same string object is found faster in a map.
   */
  readName(address: number, size: number): string | undefined {
    const bytes = this.bytes();
    const start = address >>> 0;
    const length = size >>> 0;
    if (start + length > bytes.length) return undefined;
    const slot = (start ^ (start >>> 6)) & (NAME_SLOTS - 1);
    const known = this.names[slot];
    if (known !== undefined && known.length === length) {
      let i = 0;
      while (i < length && bytes[start + i] === known.charCodeAt(i)) i++;
      if (i === length) return known;
    }
    const name = bytes.toString("latin1", start, start + length);
    if (length <= MAX_CACHED_NAME) this.names[slot] = name;
    return name;
  }

  /** A copy of the bytes at an address, or undefined out of bounds. */
  readBytes(address: number, size: number): Uint8Array | undefined {
    const bytes = this.bytes();
    const start = address >>> 0;
    const end = start + (size >>> 0);
    return end > bytes.length ? undefined : Uint8Array.prototype.slice.call(bytes, start, end);
  }

  /** The header list at an address, empty where malformed, or undefined out of bounds. */
  readPairs(address: number, size: number): Array<[string, string]> | undefined {
    const bytes = this.bytes();
    const start = address >>> 0;
    const length = size >>> 0;
    return start + length > bytes.length ? undefined : readPairs(bytes, start, length);
  }

  /** Reads a u32, or undefined out of bounds. */
  readU32(address: number): number | undefined {
    const bytes = this.bytes();
    const at = address >>> 0;
    return at + 4 > bytes.length ? undefined : this.words.getUint32(at, true);
  }

  /** Writes a u32 at an address the guest named. */
  writeU32(address: number, value: number): number {
    const bytes = this.bytes();
    const at = address >>> 0;
    if (at + 4 > bytes.length) return Status.InvalidMemoryAccess;
    this.words.setUint32(at, value, true);
    return Status.Ok;
  }

  /** Writes a u64 at an address the guest named. */
  writeU64(address: number, value: bigint): number {
    const bytes = this.bytes();
    const at = address >>> 0;
    if (at + 8 > bytes.length) return Status.InvalidMemoryAccess;
    this.words.setBigUint64(at, value, true);
    return Status.Ok;
  }

  /** Copies bytes to an address the guest named. */
  writeBytes(address: number, data: Uint8Array): number {
    const bytes = this.bytes();
    const at = address >>> 0;
    if (at + data.length > bytes.length) return Status.InvalidMemoryAccess;
    bytes.set(data, at);
    return Status.Ok;
  }

  /** Hands a binary string to the guest: allocates room, copies, writes where it is and how long. */
  giveString(text: string, addressOut: number, sizeOut: number): number {
    if (text.length === 0) return this.writePointer(0, 0, addressOut, sizeOut);
    const address = this.reserve(text.length);
    if (address === 0) return Status.InvalidMemoryAccess;
    writeLatin1(this.bytes(), address, text);
    return this.writePointer(address, text.length, addressOut, sizeOut);
  }

  /** As {@link giveString}, for bytes; `sizeOut` null: nobody asks how many. */
  giveBytes(data: Uint8Array, addressOut: number, sizeOut: number | null): number {
    if (data.length === 0) return this.writePointer(0, 0, addressOut, sizeOut);
    const address = this.reserve(data.length);
    if (address === 0) return Status.InvalidMemoryAccess;
    this.bytes().set(data, address);
    return this.writePointer(address, data.length, addressOut, sizeOut);
  }

  /** As {@link giveString}, for a header list; an empty one is no bytes at all. */
  givePairs(headers: HeaderMap | null, addressOut: number, sizeOut: number): number {
    if (headers === null || headers.size === 0) return this.writePointer(0, 0, addressOut, sizeOut);
    const size = pairsSize(headers);
    const address = this.reserve(size);
    if (address === 0) return Status.InvalidMemoryAccess;
    const bytes = this.bytes();
    writePairs(headers, bytes, this.words, address);
    return this.writePointer(address, size, addressOut, sizeOut);
  }

  /** Room in the guest, or 0 where its allocator has none or answers an address out of bounds. */
  private reserve(size: number): number {
    const address = this.allocate(size) >>> 0;
    return address + size > this.bytes().length ? 0 : address;
  }

  private writePointer(address: number, size: number, addressOut: number, sizeOut: number | null): number {
    const status = this.writeU32(addressOut, address);
    return status === Status.Ok && sizeOut !== null ? this.writeU32(sizeOut, size) : status;
  }
}
