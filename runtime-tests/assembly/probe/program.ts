// Programs: which operations a callback performs. Sections are separated by line ends or `|`:
//   on_request_headers: get_header_map_value 0 'x-a @b; return 1
//   on_request_body.2: …          only the second time in that context; without a number: every other time
// The plugin's configuration is the program of every context; a request's header `x-program` that of its stream.
import * as args from "./arguments";
import { call } from "./calls";
import * as line from "./line";
import { freeScratch, take } from "./scratch";
import * as text from "./text";

const SLOTS = 256;
/** For each stream, by its id modulo SLOTS: id, address and end of its program. */
const STREAMS = memory.data(256 * 12, 16);
/** How often each callback of a context has run: id modulo SLOTS × 32 callbacks. */
const TIMES = memory.data(256 * 32, 16);

let root: i32 = 0;
let newest: i32 = 0;
let configFrom: usize = 0;
let configTo: usize = 0;

export function created(id: i32, parent: i32): void {
  if (parent == 0) root = id;
  else newest = id;
  memory.fill(TIMES + (id % SLOTS) * 32, 0, 32);
  store<u32>(STREAMS + (id % SLOTS) * 12, 0);
}

/** The plugin's program, copied to where it stays. */
export function configure(from: usize, size: i32): void {
  configFrom = heap.alloc(size + 1);
  memory.copy(configFrom, from, size);
  configTo = configFrom + size;
}

/** A stream's own program. */
export function give(id: i32, from: usize, size: i32): void {
  const slot = STREAMS + (id % SLOTS) * 12;
  const kept = heap.alloc(size + 1);
  memory.copy(kept, from, size);
  store<u32>(slot, id);
  store<u32>(slot + 4, u32(kept));
  store<u32>(slot + 8, u32(kept + size));
}

/** Begins a callback: logs its name and arguments. */
export function begin(id: i32, name: string, first: i64 = i64.MIN_VALUE, second: i64 = i64.MIN_VALUE): void {
  freeScratch();
  heading(id, name);
  if (first != i64.MIN_VALUE) argument(first);
  if (second != i64.MIN_VALUE) argument(second);
  line.end();
}

export function heading(id: i32, name: string): void {
  line.say("#");
  line.number(id);
  line.say(" ");
  line.say(name);
}

export function argument(value: i64): void {
  line.byte(0x20);
  line.number(value);
}

/** Performs what the program says for callback `name`, number `index`; answers what it returns, else `otherwise`. */
export function perform(id: i32, name: string, index: i32, otherwise: i32): i32 {
  const counter = TIMES + (id % SLOTS) * 32 + index;
  const times = i32(load<u8>(counter)) + 1;
  store<u8>(counter, u8(times));
  const slot = STREAMS + (id % SLOTS) * 12;
  if (i32(load<u32>(slot)) == id && find(load<u32>(slot + 4), load<u32>(slot + 8), name, times))
    return operations(id, sectionFrom, sectionTo, otherwise);
  if (find(configFrom, configTo, name, times)) return operations(id, sectionFrom, sectionTo, otherwise);
  return otherwise;
}

let sectionFrom: usize = 0;
let sectionTo: usize = 0;

function find(from: usize, to: usize, name: string, times: i32): bool {
  let found = false;
  for (let at = from; at < to;) {
    while (at < to && (load<u8>(at) == 0x20 || load<u8>(at) == 0x0a)) at++;
    let end = at;
    while (end < to && load<u8>(end) != 0x0a && load<u8>(end) != 0x7c) end++;
    let colon = at;
    while (colon < end && load<u8>(colon) != 0x3a) colon++;
    let dot = at;
    while (dot < colon && load<u8>(dot) != 0x2e) dot++;
    if (colon < end && text.same(at, dot, name)) {
      if (dot == colon) {
        if (!found) {
          found = true;
          sectionFrom = colon + 1;
          sectionTo = end;
        }
      } else {
        text.open(dot + 1, colon);
        if (text.integer() == times) {
          sectionFrom = colon + 1;
          sectionTo = end;
          return true;
        }
      }
    }
    at = end + 1;
  }
  return found;
}

function operations(id: i32, from: usize, to: usize, otherwise: i32): i32 {
  let answer = otherwise;
  let at = from;
  while (at < to) {
    let end = at;
    while (end < to && load<u8>(end) != 0x3b) end++;
    text.open(at, end);
    text.skipSpaces();
    const name = text.at;
    while (text.peek() != -1 && text.peek() != 0x20) text.next();
    const nameEnd = text.at;
    if (text.same(name, nameEnd, "return")) {
      text.skipSpaces();
      answer = i32(text.integer());
    } else if (text.same(name, nameEnd, "trap")) unreachable();
    else if (nameEnd > name) operation(id, name, nameEnd);
    at = end + 1;
  }
  return answer;
}

function operation(id: i32, name: usize, nameEnd: usize): void {
  args.reset();
  text.skipSpaces();
  while (text.peek() != -1) {
    args.read(id, root, newest);
    text.skipSpaces();
  }
  const status = call(name, nameEnd);
  if (status == 0 && text.same(name, nameEnd, "log")) return;
  line.say("  ");
  line.raw(name, i32(nameEnd - name));
  line.say(" ");
  line.number(status);
  for (let i = 0; i < args.outs; i++) show(args.kind(i), args.out(i));
  line.end();
  args.keep();
}

function show(kind: i32, at: usize): void {
  line.byte(0x20);
  if (kind == 0x6e) {
    if (load<u32>(at) == u32(args.UNTOUCHED)) line.say("untouched");
    else line.unsigned(load<u32>(at));
  } else if (kind == 0x71 || kind == 0x74) {
    if (load<u64>(at) == args.UNTOUCHED) line.say("untouched");
    else if (kind == 0x74) line.say("time");
    else line.unsigned(load<u64>(at));
  } else if (load<u32>(at) == u32(args.UNTOUCHED)) line.say("untouched");
  else if (kind == 0x73) {
    line.unsigned(load<u32>(at + 8));
    line.say(" bytes");
  } else if (kind == 0x62) {
    line.byte(0x22);
    line.bytes(load<u32>(at), load<u32>(at + 8));
    line.byte(0x22);
  } else pairs(load<u32>(at), load<u32>(at + 8));
}

/** A header list: one line for each pair, since a line has its limits. */
function pairs(at: usize, size: u32): void {
  const count: u32 = size < 4 ? 0 : load<u32>(at);
  line.unsigned(count);
  line.say(" pairs");
  // No map at all is no bytes, an empty one four.
  if (count == 0) {
    line.say(" in ");
    line.unsigned(size);
    line.say(" bytes");
  }
  let content = at + 4 + count * 8;
  for (let i: u32 = 0; i < count; i++) {
    const nameSize = load<u32>(at + 4 + i * 8);
    const valueSize = load<u32>(at + 8 + i * 8);
    // Of very many the first show what is meant.
    if (i < 40) {
      line.end();
      line.say("    ");
      line.bytes(content, nameSize);
      line.say(": ");
      line.bytes(content + nameSize + 1, valueSize);
    }
    content += nameSize + valueSize + 2;
  }
}

/** Reads the stream's own program out of its request. */
export function readStreamProgram(id: i32, ask: (key: usize, size: i32, out: usize) => i32): void {
  const out = take(16);
  const key = take(16);
  const literal = "x-program";
  for (let i = 0; i < literal.length; i++) store<u8>(key + i, literal.charCodeAt(i));
  if (ask(key, literal.length, out) == 0) give(id, load<u32>(out), load<u32>(out + 4));
}
