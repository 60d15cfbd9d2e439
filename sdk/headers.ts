// One header map of the current stream or callout: read once in a callback, then looked up without the host.
import { allocate, arenaGeneration } from "./abi/arena";
import { ANSWER, answerPointer, answerSize, keep, lastStatus, succeeded } from "./abi/answer";
import { fitsHeader, lower, sameBytesIgnoringCase, sameTextIgnoringCase } from "./abi/compare";
import {
  proxy_add_header_map_value,
  proxy_get_header_map_pairs,
  proxy_get_header_map_size,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_set_header_map_pairs,
} from "./abi/env";
import { HeaderMap, Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { Bytes, sameText } from "./bytes";
import { currentContext } from "./current";
import { HeaderPairs } from "./header-pairs";

// The view's table: an entry is {name pointer, name size, value pointer, value size}.
const ENTRY: usize = 16;
// Entries that a filter may append before the view has to be read anew.
const SPARE: u32 = 8;

/**
 * One header map. Every answer of the host costs over a microsecond, whether it holds one header or all: so the first
 * look fetches them all, later ones read what it brought, and writes keep that true. Readable and writable in the
 * callbacks of its phase, and readable again in `onLog`; elsewhere there is nothing to see (`readable`) and writes answer
 * `Status.BadArgument`.
 *
 * A name is any text (see `Bytes`) and is compared without regard to ASCII case; the host gives names in lower case.
 * Pseudo headers (`:method`, `:path`, `:authority`, `:scheme`, `:status`) are among the headers.
 */
export class Headers {
  private table: usize = 0;
  private used: u32 = 0;
  private room: u32 = 0;
  private generation: u32 = 0;
  // Whose headers they are: another stream may have been put in effect since (`activate`).
  private context: u32 = 0;
  private fetched: bool = false;
  // What was written since and is not in the table yet: most filters read first and write last, and never look again.
  private writes: usize = 0;
  private lastWrite: usize = 0;

  /** @internal For the callbacks. */
  constructor(private map: HeaderMap) {}

  /** Whether the host shows the map here. `lastStatus` says why not. */
  get readable(): bool {
    return this.fetch();
  }

  /** How many headers there are, each value of a repeated one counted. */
  get length(): u32 {
    return this.fetch() ? this.used : 0;
  }

  /** How many bytes names and values take up, as the host counts them; 0 where it does not say. */
  get byteSize(): u32 {
    return succeeded(proxy_get_header_map_size(this.map, ANSWER)) ? load<u32>(ANSWER) : 0;
  }

  /** The first value of a header, or null where it is absent. Allocates the view; `read` does not. */
  get<T>(name: T): Bytes | null {
    const entry = this.find(name);
    return entry == 0 ? null : Bytes.view(load<usize>(entry, 8), load<u32>(entry, 12));
  }

  /** Points `out` at the first value of a header and says whether there is one; where not, `out` is empty. */
  read<T>(name: T, out: Bytes): bool {
    const entry = this.find(name);
    if (entry == 0) {
      out.clear();
      return false;
    }
    out.set(load<usize>(entry, 8), load<u32>(entry, 12));
    return true;
  }

  /** Every value of a header, in order. Allocates. */
  getAll<T>(name: T): Bytes[] {
    const all: Bytes[] = [];
    for (let entry = this.find(name); entry != 0; entry = this.search(name, entry)) {
      all.push(Bytes.view(load<usize>(entry, 8), load<u32>(entry, 12)));
    }
    return all;
  }

  /** How many values a header has. */
  count<T>(name: T): u32 {
    let count: u32 = 0;
    for (let entry = this.find(name); entry != 0; entry = this.search(name, entry)) count++;
    return count;
  }

  /** Whether the header is there, be its value empty. */
  has<T>(name: T): bool {
    return this.find(name) != 0;
  }

  /** Whether the header is there exactly once and has exactly this value. */
  is<N, V>(name: N, value: V): bool {
    const entry = this.find(name);
    if (entry == 0 || this.search(name, entry) != 0) return false;
    return sameText(load<usize>(entry, 8), load<u32>(entry, 12), value);
  }

  /** Points `out` at the name at an index below `length`; empty beyond. Indexes change with every write. */
  readNameAt(index: u32, out: Bytes): void {
    if (index >= this.length) return out.clear();
    const entry = this.table + <usize>index * ENTRY;
    out.set(load<usize>(entry), load<u32>(entry, 4));
  }

  /** Points `out` at the value at an index below `length`; empty beyond. */
  readValueAt(index: u32, out: Bytes): void {
    if (index >= this.length) return out.clear();
    const entry = this.table + <usize>index * ENTRY;
    out.set(load<usize>(entry, 8), load<u32>(entry, 12));
  }

  /**
   * Makes this the header's only value, whether it was there or not.
   * @returns `BadArgument` also where a line break or a NUL would split the header
   */
  set<N, V>(name: N, value: V): Status {
    const nameAt = textPointer(name);
    const nameSize = textSize();
    const valueAt = textPointer(value);
    const valueSize = textSize();
    if (!fitsHeader(nameAt, nameSize) || !fitsHeader(valueAt, valueSize)) return keep(Status.BadArgument);
    const status = keep(proxy_replace_header_map_value(this.map, nameAt, nameSize, valueAt, valueSize));
    if (this.current())
      this.note(Write.Set, own<N>(nameAt, nameSize), nameSize, own<V>(valueAt, valueSize), valueSize);
    return status;
  }

  /**
   * Adds a value beside those that are there. Envoy joins the values of its well-known headers with a comma.
   * @returns `BadArgument` also where a line break or a NUL would split the header
   */
  add<N, V>(name: N, value: V): Status {
    const nameAt = textPointer(name);
    const nameSize = textSize();
    const valueAt = textPointer(value);
    const valueSize = textSize();
    if (!fitsHeader(nameAt, nameSize) || !fitsHeader(valueAt, valueSize)) return keep(Status.BadArgument);
    const status = keep(proxy_add_header_map_value(this.map, nameAt, nameSize, valueAt, valueSize));
    if (this.current())
      this.note(Write.Add, own<N>(nameAt, nameSize), nameSize, own<V>(valueAt, valueSize), valueSize);
    return status;
  }

  /** Removes every value of the header. */
  remove<T>(name: T): Status {
    const nameAt = textPointer(name);
    const nameSize = textSize();
    const status = keep(proxy_remove_header_map_value(this.map, nameAt, nameSize));
    if (this.current()) this.note(Write.Remove, own<T>(nameAt, nameSize), nameSize, 0, 0);
    return status;
  }

  /** Puts these headers in the place of all that were there. */
  replaceAll(pairs: HeaderPairs): Status {
    this.fetched = false;
    if (pairs.broken) return keep(Status.BadArgument);
    return keep(proxy_set_header_map_pairs(this.map, pairs.serialize(), pairs.serializedSize));
  }

  /** Whether the table holds what this callback fetched, of the stream in effect. */
  private current(): bool {
    return this.fetched && this.generation == arenaGeneration() && this.context == currentContext();
  }

  /** Keeps a write until the table is looked at again. */
  private note(kind: Write, name: usize, nameSize: u32, value: usize, valueSize: u32): void {
    const write = allocate(WRITE);
    // Where the host refused, or there is no room, only the host knows what it holds.
    if (lastStatus() != Status.Ok || write == 0 || name == FULL || value == FULL) {
      this.fetched = false;
      return;
    }
    store4(write, name, nameSize, value, valueSize);
    store<u32>(write, kind, 16);
    store<usize>(write, 0, 20);
    if (this.writes == 0) this.writes = write;
    else store<usize>(this.lastWrite, write, 20);
    this.lastWrite = write;
  }

  /** Brings the table up to date; false where it must be fetched anew. */
  private replay(): bool {
    for (let write = this.writes; write != 0; write = load<usize>(write, 20)) {
      const name = load<usize>(write);
      const nameSize = load<u32>(write, 4);
      const kind = load<u32>(write, 16);
      if (kind != Write.Add) this.drop(name, nameSize);
      // Only the host knows whether it joins.
      else if (this.findBytes(name, nameSize, 0) != 0) return false;
      if (kind != Write.Remove && !this.append(name, nameSize, load<usize>(write, 8), load<u32>(write, 12)))
        return false;
    }
    this.writes = 0;
    return true;
  }

  private fetch(): bool {
    if (this.current() && (this.writes == 0 || this.replay())) return true;
    this.fetched = false;
    if (!succeeded(proxy_get_header_map_pairs(this.map, ANSWER, ANSWER + 4))) return false;
    const start = answerPointer();
    const size = answerSize();
    // A map that is not to be seen here is answered with Ok and no headers; none that can be seen is without.
    const count: u32 = size < 4 ? 0 : load<u32>(start);
    if (count == 0 || count > (size - 4) >>> 3) {
      keep(Status.BadArgument);
      return false;
    }
    const room = count + SPARE;
    const table = allocate(<usize>room * ENTRY);
    if (table == 0) {
      keep(Status.InternalFailure);
      return false;
    }
    let sizes = start + 4;
    let text = sizes + ((<usize>count) << 3);
    const end = start + size;
    const tableEnd = table + <usize>count * ENTRY;
    // Written out: asc would call a function for each header.
    for (let entry = table; entry < tableEnd; entry += ENTRY) {
      const nameSize = load<u32>(sizes);
      const valueSize = load<u32>(sizes, 4);
      if (<u64>nameSize + <u64>valueSize + 2 > <u64>(end - text)) {
        keep(Status.ParseFailure);
        return false;
      }
      store<usize>(entry, text);
      store<u32>(entry, nameSize, 4);
      text += nameSize + 1;
      store<usize>(entry, text, 8);
      store<u32>(entry, valueSize, 12);
      text += valueSize + 1;
      sizes += 8;
    }
    this.table = table;
    this.used = count;
    this.room = room;
    this.generation = arenaGeneration();
    this.context = currentContext();
    this.fetched = true;
    this.writes = 0;
    return true;
  }

  /** The first entry of a header, of the map as it is now; 0 where there is none. */
  private find<T>(name: T): usize {
    return this.fetch() ? this.search(name, 0) : 0;
  }

  /** The first entry of a header behind the entry `after` (0: from the start); 0 where there is none. */
  private search<T>(name: T, after: usize): usize {
    if (!isString<T>() || isNullable<T>()) {
      const pointer = textPointer(name);
      return this.findBytes(pointer, textSize(), after);
    }
    const end = this.table + <usize>this.used * ENTRY;
    for (let entry = after == 0 ? this.table : after + ENTRY; entry < end; entry += ENTRY) {
      if (sameTextIgnoringCase(load<usize>(entry), load<u32>(entry, 4), changetype<string>(name)))
        return entry;
    }
    keep(Status.NotFound);
    return 0;
  }

  private findBytes(name: usize, size: u32, after: usize): usize {
    const end = this.table + <usize>this.used * ENTRY;
    for (let entry = after == 0 ? this.table : after + ENTRY; entry < end; entry += ENTRY) {
      if (load<u32>(entry, 4) == size && sameBytesIgnoringCase(load<usize>(entry), name, size)) return entry;
    }
    keep(Status.NotFound);
    return 0;
  }

  private drop(name: usize, size: u32): void {
    let to = this.table;
    const end = this.table + <usize>this.used * ENTRY;
    for (let entry = this.table; entry < end; entry += ENTRY) {
      if (load<u32>(entry, 4) == size && sameBytesIgnoringCase(load<usize>(entry), name, size)) continue;
      if (to != entry) memory.copy(to, entry, ENTRY);
      to += ENTRY;
    }
    this.used = <u32>((to - this.table) / ENTRY);
  }

  /** Adds an entry where the host adds it: behind the others, a pseudo header behind the other pseudo headers. */
  private append(name: usize, nameSize: u32, value: usize, valueSize: u32): bool {
    if (this.used == this.room) return false;
    for (let i: u32 = 0; i < nameSize; i++) store<u8>(name + i, lower(load<u8>(name + i)));
    let place = this.table;
    const end = this.table + <usize>this.used * ENTRY;
    if (nameSize > 0 && load<u8>(name) == 0x3a) {
      while (place < end && load<u32>(place, 4) > 0 && load<u8>(load<usize>(place)) == 0x3a) place += ENTRY;
      memory.copy(place + ENTRY, place, end - place);
    } else {
      place = end;
    }
    store4(place, name, nameSize, value, valueSize);
    this.used++;
    return true;
  }
}

/** What a write did. A write is kept as {name pointer, name size, value pointer, value size, what it did, the next one}. */
const enum Write {
  Set,
  Add,
  Remove,
}
const WRITE: usize = 24;

const FULL: usize = usize.MAX_VALUE;

/** The bytes where they stay as they are until the callback returns: a filter may reuse its buffers. FULL: no room. */
function own<T>(pointer: usize, size: u32): usize {
  // A string was encoded for this alone.
  if (isString<T>() && !isNullable<T>()) return pointer;
  const copy = allocate(size);
  if (copy == 0) return FULL;
  memory.copy(copy, pointer, size);
  return copy;
}

function store4(at: usize, a: usize, b: u32, c: usize, d: u32): void {
  store<usize>(at, a);
  store<u32>(at, b, 4);
  store<usize>(at, c, 8);
  store<u32>(at, d, 12);
}
