import { Status } from "./abi.ts";
import type { HeaderMap } from "./header-map.ts";
import type { WasmMemory } from "./web-assembly.ts";
import { pairsSize, readPairs, writeLatin1, writePairs } from "./pairs.ts";

/**
 * The guest's linear memory as the host functions use it: every access is checked against the bounds, and
 * answers are written into room that the guest itself allocates. Addresses are i32 as Wasm passes them, so
 * they may be negative; `>>> 0` makes them what they mean.
 */
export class GuestMemory {
  // Cached; growing the memory detaches the old buffer, which shows as length 0.
  private view: Buffer;
  private readonly memory: WasmMemory;
  private readonly allocate: (size: number) => number;

  /** `allocate` answers the address of `size` fresh bytes, 0 where it has none. */
  constructor(memory: WasmMemory, allocate: (size: number) => number) {
    this.memory = memory;
    this.allocate = allocate;
    this.view = Buffer.from(memory.buffer);
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  private bytes(): Buffer {
    return this.view.length === 0 ? (this.view = Buffer.from(this.memory.buffer)) : this.view;
  }

  /** The binary string at an address, or undefined out of bounds. */
  readString(address: number, size: number): string | undefined {
    const bytes = this.bytes();
    const start = address >>> 0;
    const end = start + (size >>> 0);
    if (end > bytes.length) return undefined;
    // Names and short keys: building the string here is cheaper than calling into C++.
    if (end - start > 24) return bytes.toString("latin1", start, end);
    let text = "";
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
    return text;
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
    return at + 4 > bytes.length ? undefined : bytes.readUInt32LE(at);
  }

  /** Writes a u32 at an address the guest named. */
  writeU32(address: number, value: number): number {
    const bytes = this.bytes();
    const at = address >>> 0;
    if (at + 4 > bytes.length) return Status.InvalidMemoryAccess;
    bytes.writeUInt32LE(value >>> 0, at);
    return Status.Ok;
  }

  /** Writes a u64 at an address the guest named. */
  writeU64(address: number, value: bigint): number {
    const bytes = this.bytes();
    const at = address >>> 0;
    if (at + 8 > bytes.length) return Status.InvalidMemoryAccess;
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
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

  /** As {@link giveString}, for bytes. */
  giveBytes(data: Uint8Array, addressOut: number, sizeOut: number): number {
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
    writePairs(headers, this.bytes(), address);
    return this.writePointer(address, size, addressOut, sizeOut);
  }

  /** Room in the guest, or 0 where its allocator has none or answers an address out of bounds. */
  private reserve(size: number): number {
    const address = this.allocate(size) >>> 0;
    return address + size > this.bytes().length ? 0 : address;
  }

  private writePointer(address: number, size: number, addressOut: number, sizeOut: number): number {
    const status = this.writeU32(addressOut, address);
    return status === Status.Ok ? this.writeU32(sizeOut, size) : status;
  }
}
