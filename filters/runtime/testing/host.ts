// The host functions of the runtime's unit tests: the test sets clock, headers and properties, and what each call
// answers. Runs in Node.
import { SharedStore } from "./shared-store.ts";

/** What a module must export so that the host can hand it bytes. */
interface Attached {
  readonly memory: { readonly buffer: ArrayBuffer };
  proxy_on_memory_allocate?: (size: number) => number;
}

export interface LocalResponse {
  status: number;
  details: string;
  body: string;
  /** The serialized pairs, as they stood in memory. */
  headers: Uint8Array;
  grpcStatus: number;
}

const OK = 0;
const NOT_FOUND = 1;
const INTERNAL_FAILURE = 10;

export class StubHost {
  /** Nanoseconds since 1970; undefined: the clock does not answer. */
  time: bigint | undefined = 0n;
  /** What `get_header_map_pairs` hands over as it is; undefined: `headers`, serialized. */
  pairs: Uint8Array | undefined = undefined;
  headers: readonly (readonly [name: string, value: string])[] = [];
  /** The status of `get_header_map_pairs`. */
  pairsStatus = OK;
  /** By path, NUL between its parts. */
  readonly properties = new Map<string, string>();
  /** The status of calls that change headers. */
  changeStatus = OK;
  /** Changes to headers, one text each. */
  readonly changes: string[] = [];
  readonly localResponses: LocalResponse[] = [];
  /** What the VMs share; give one to several hosts and theirs are the workers of one proxy. */
  shared = new SharedStore();
  /** Called before a VM reads or writes shared data: what other workers do meanwhile. */
  meanwhile: () => void = () => undefined;
  /** How often each function was called. */
  readonly calls = new Map<string, number>();

  #guest: Attached | undefined;

  attach(guest: Attached): void {
    this.#guest = guest;
  }

  imports(): Record<string, (...args: number[]) => number> {
    const functions: Record<string, (...args: number[]) => number> = {
      proxy_get_current_time_nanoseconds: (out = 0) => {
        if (this.time === undefined) return INTERNAL_FAILURE;
        this.#view().setBigUint64(out >>> 0, this.time, true);
        return OK;
      },
      proxy_get_header_map_pairs: (_map, outValue = 0, outSize = 0) => {
        if (this.pairsStatus !== OK) return this.pairsStatus;
        return this.#answer(this.pairs ?? serializePairs(this.headers), outValue, outSize);
      },
      proxy_get_property: (path = 0, size = 0, outValue = 0, outSize = 0) => {
        const value = this.properties.get(this.#text(path, size));
        if (value === undefined) return NOT_FOUND;
        return this.#answer(Buffer.from(value, "latin1"), outValue, outSize);
      },
      proxy_get_shared_data: (key = 0, keySize = 0, outValue = 0, outSize = 0, outCas = 0) => {
        this.meanwhile();
        const found = this.shared.get(this.#text(key, keySize));
        if (typeof found === "number") return found;
        this.#view().setUint32(outCas >>> 0, found.cas, true);
        return this.#answer(found.value, outValue, outSize);
      },
      proxy_set_shared_data: (key = 0, keySize = 0, value = 0, size = 0, cas = 0) => {
        this.meanwhile();
        return this.shared.set(this.#text(key, keySize), this.#bytes(value, size).slice(), cas >>> 0);
      },
      proxy_send_local_response: (status = 0, ...rest) => {
        const [details = 0, detailsSize = 0, body = 0, bodySize = 0, pairs = 0, pairsSize = 0, grpc = 0] =
          rest;
        this.localResponses.push({
          status,
          details: this.#text(details, detailsSize),
          body: this.#text(body, bodySize),
          headers: this.#bytes(pairs, pairsSize).slice(),
          grpcStatus: grpc,
        });
        return OK;
      },
      proxy_replace_header_map_value: (map, name = 0, nameSize = 0, value = 0, valueSize = 0) => {
        this.changes.push(`set ${String(map)} ${this.#text(name, nameSize)}=${this.#text(value, valueSize)}`);
        return this.changeStatus;
      },
      proxy_remove_header_map_value: (map, name = 0, nameSize = 0) => {
        this.changes.push(`remove ${String(map)} ${this.#text(name, nameSize)}`);
        return this.changeStatus;
      },
    };
    return Object.fromEntries(
      Object.entries(functions).map(([name, call]) => [
        name,
        (...args: number[]) => {
          this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
          return call(...args);
        },
      ]),
    );
  }

  /** As Envoy does: asks the guest for memory, unless there is nothing to hand over. */
  #answer(bytes: Uint8Array, outValue: number, outSize: number): number {
    let at = 0;
    if (bytes.length > 0) {
      at = (this.#guest?.proxy_on_memory_allocate?.(bytes.length) ?? 0) >>> 0;
      if (at === 0) return INTERNAL_FAILURE;
      this.#bytes(at, bytes.length).set(bytes);
    }
    this.#view().setUint32(outValue >>> 0, at, true);
    this.#view().setUint32(outSize >>> 0, bytes.length, true);
    return OK;
  }

  #buffer(): ArrayBuffer {
    if (!this.#guest) throw new Error("no guest is attached");
    return this.#guest.memory.buffer;
  }

  #view(): DataView {
    return new DataView(this.#buffer());
  }

  #bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#buffer(), at >>> 0, size >>> 0);
  }

  #text(at: number, size: number): string {
    return Buffer.from(this.#bytes(at, size)).toString("latin1");
  }
}

/** {u32 count, count × {u32 name size, u32 value size}, then name NUL value NUL each}, little-endian. */
export function serializePairs(pairs: readonly (readonly [string, string])[]): Uint8Array {
  const head = Buffer.alloc(4 + 8 * pairs.length);
  head.writeUInt32LE(pairs.length, 0);
  pairs.forEach(([name, value], i) => {
    head.writeUInt32LE(name.length, 4 + 8 * i);
    head.writeUInt32LE(value.length, 8 + 8 * i);
  });
  const text = pairs.map(([name, value]) => `${name}\0${value}\0`).join("");
  return Buffer.concat([head, Buffer.from(text, "latin1")]);
}

/** The pairs in `bytes`, which must be exactly them and nothing else. */
export function parsePairs(bytes: Uint8Array): [name: string, value: string][] {
  const buffer = Buffer.from(bytes);
  const count = buffer.readUInt32LE(0);
  let at = 4 + 8 * count;
  const text = (size: number): string => {
    const found = buffer.subarray(at, at + size).toString("latin1");
    if (buffer[at + size] !== 0) throw new Error(`no NUL behind \`${found}\``);
    at += size + 1;
    return found;
  };
  const pairs = Array.from({ length: count }, (_, i): [string, string] => [
    text(buffer.readUInt32LE(4 + 8 * i)),
    text(buffer.readUInt32LE(8 + 8 * i)),
  ]);
  if (at !== buffer.length) throw new Error(`${buffer.length - at} bytes too many`);
  return pairs;
}
