// The claims of the current token (RFC 7519), walked once: the registered ones are checked, and of those that policies
// look at the texts are noted. A name that appears twice makes the token invalid: the issuer's parser may have meant the
// one, the upstream's may read the other.
import { same } from "../bytes";
import {
  beginJson,
  JSON_ARRAY,
  JSON_ARRAY_END,
  JSON_END,
  JSON_FALSE,
  JSON_FAULT,
  JSON_NAME,
  JSON_NUMBER,
  JSON_OBJECT,
  JSON_OBJECT_END,
  JSON_STRING,
  JSON_TRUE,
  jsonText,
  jsonTextSize,
  nextJson,
  skipJson,
} from "./json";
import { nanosecondsOf } from "./numeric-date";
import { payloadPointer, payloadSize } from "./token";

// Registered claims, a bit each.
const ISSUER: u32 = 1;
const SUBJECT: u32 = 2;
const AUDIENCE: u32 = 4;
const IDENTIFIER: u32 = 8;
const EXPIRES: u32 = 16;
const NOT_BEFORE: u32 = 32;
const ISSUED: u32 = 64;
const TIMES: u32 = EXPIRES | NOT_BEFORE | ISSUED;

// A node of the table, in bytes from its start; the README says what each is.
const NODES: usize = 4;
const NODE_BYTES: usize = 32;
const NAME: usize = 0;
const NAME_SIZE: usize = 4;
const CHILD: usize = 8;
const NEXT: usize = 12;
const TEXTS: usize = 16;
const VALUE: usize = 20;
const FLAGS: usize = 24;
const MARK: usize = 28;
const NO_SLOT: u32 = 0xffffffff;
const WORDS: u32 = 1;

// A text that was noted: {slot, pointer, size}.
const TEXT_BYTES: usize = 12;
const TEXTS_MAX: u32 = 256;
const NOTED: usize = memory.data(3072, 4);
let texts: u32 = 0;

// "true" and "false"
const TRUE: usize = memory.data<u8>([116, 114, 117, 101]);
const FALSE: usize = memory.data<u8>([102, 97, 108, 115, 101]);

let table: usize = 0;
/** Tells the marks of this walk from those of earlier ones. */
let walk: u32 = 0;
/** The registered claims that were met. */
let met: u32 = 0;
let issuer: usize = 0;
let issuerBytes: u32 = 0;
let subject: usize = 0;
let subjectBytes: u32 = 0;
/** Nanoseconds since 1970; `u64.MAX_VALUE`: never. */
let expires: u64 = 0;
let notBefore: u64 = 0;
let found: usize = 0;
let foundBytes: u32 = 0;

/**
 * Walks the current token's payload. False where it is no object, where a registered claim is of a wrong type, where one of these
 * or of the table's appears twice, and where there are more than 256 texts for the table's slots.
 */
export function readClaims(claimTable: usize): bool {
  table = claimTable;
  texts = 0;
  met = 0;
  issuer = 0;
  issuerBytes = 0;
  subject = 0;
  subjectBytes = 0;
  expires = u64.MAX_VALUE;
  notBefore = 0;
  walk++;
  if (walk == 0) walk = 1;
  if (payloadPointer() != 0) {
    beginJson(payloadPointer(), payloadSize());
    if (nextJson() == JSON_OBJECT && readObject(0) && nextJson() == JSON_END) return true;
  }
  // Whoever goes on nevertheless has an expired token without claims.
  met = 0;
  texts = 0;
  expires = 0;
  return false;
}

export function issuerIs(literal: usize, size: u32): bool {
  return (met & ISSUER) != 0 && issuerBytes == size && same(issuer, literal, size);
}

/** The issuer, or 0. */
export function issuerPointer(): usize {
  return issuer;
}

export function issuerSize(): u32 {
  return issuerBytes;
}

/** The subject, or 0. */
export function subjectPointer(): usize {
  return subject;
}

export function subjectSize(): u32 {
  return subjectBytes;
}

/**
 * Whether the token is valid at a time, by its `exp` and `nbf`; one without is. Both parameters are nanoseconds, `now` since
 * 1970 (0, a clock that does not answer: false); `leeway`, how far the issuer's clock may be off, is below 2^62.
 */
export function isTimely(now: u64, leeway: u64): bool {
  if (now == 0) return false;
  return notBefore <= now + leeway && (expires == u64.MAX_VALUE || now < expires + leeway);
}

/** When the token expires, in nanoseconds since 1970; `u64.MAX_VALUE`: never. */
export function expiryTime(): u64 {
  return expires;
}

/** How many texts there are for the slots of the table. */
export function claimTexts(): u32 {
  return texts;
}

/** The slot of a text; of one claim they come in the order of the list. */
export function claimSlot(index: u32): u32 {
  return load<u32>(entry(index));
}

export function claimPointer(index: u32): usize {
  return load<usize>(entry(index), 4);
}

export function claimSize(index: u32): u32 {
  return load<u32>(entry(index), 8);
}

/** Whether one of the slot's texts is exactly these bytes. */
export function claimIs(slot: u32, literal: usize, size: u32): bool {
  for (let i: u32 = 0; i < texts; i++) {
    if (claimSlot(i) == slot && claimSize(i) == size && same(claimPointer(i), literal, size)) return true;
  }
  return false;
}

/** Looks for the first text of a slot, which is then at `foundPointer`, `foundSize` bytes. */
export function findClaim(slot: u32): bool {
  for (let i: u32 = 0; i < texts; i++) {
    if (claimSlot(i) != slot) continue;
    found = claimPointer(i);
    foundBytes = claimSize(i);
    return true;
  }
  found = 0;
  foundBytes = 0;
  return false;
}

export function foundPointer(): usize {
  return found;
}

export function foundSize(): u32 {
  return foundBytes;
}

/** Whether a text can be a header's value: no control characters, which could end the header and begin another. */
export function isHeaderValue(pointer: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; i++) {
    const byte = load<u8>(pointer + i);
    if ((byte < 0x20 && byte != 0x09) || byte == 0x7f) return false;
  }
  return true;
}

/** The time of the number that was just read; one before 1970 is 1970. */
function timeRead(): u64 {
  const time = nanosecondsOf(jsonText(), jsonTextSize());
  return time < 0 ? 0 : <u64>time;
}

function entry(index: u32): usize {
  return NOTED + <usize>index * TEXT_BYTES;
}

function nodeAt(index: u32): usize {
  return table + NODES + <usize>index * NODE_BYTES;
}

/** Reads the members of an object that has begun and stands where `parent` does. */
function readObject(parent: u32): bool {
  let piece = nextJson();
  while (piece == JSON_NAME) {
    const node = childOf(parent);
    const registered = parent == 0 ? registeredClaim() : 0;
    if ((met & registered) != 0) return false;
    met |= registered;
    if (node != 0) {
      if (load<u32>(nodeAt(node), MARK) == walk) return false;
      store<u32>(nodeAt(node), walk, MARK);
    }
    if (!readMember(node, registered)) return false;
    piece = nextJson();
  }
  return piece == JSON_OBJECT_END;
}

function readMember(node: u32, registered: u32): bool {
  const piece = nextJson();
  if (piece == JSON_FAULT) return false;
  if (piece == JSON_STRING) {
    if ((registered & TIMES) != 0) return false;
    if (registered == ISSUER) {
      issuer = jsonText();
      issuerBytes = jsonTextSize();
    } else if (registered == SUBJECT) {
      subject = jsonText();
      subjectBytes = jsonTextSize();
    }
    return node == 0 || (noteTexts(node) && noteValue(node, jsonText(), jsonTextSize()));
  }
  if (piece == JSON_NUMBER) {
    if ((registered & ~TIMES) != 0) return false;
    if (registered == EXPIRES) expires = timeRead();
    else if (registered == NOT_BEFORE) notBefore = timeRead();
    return node == 0 || noteValue(node, jsonText(), jsonTextSize());
  }
  if (registered != 0) return registered == AUDIENCE && piece == JSON_ARRAY && readList(node, true);
  if (node == 0) return skipJson(piece);
  if (piece == JSON_OBJECT) return load<u32>(nodeAt(node), CHILD) != 0 ? readObject(node) : skipJson(piece);
  if (piece == JSON_ARRAY) return readList(node, false);
  if (piece == JSON_TRUE) return noteValue(node, TRUE, 4);
  if (piece == JSON_FALSE) return noteValue(node, FALSE, 5);
  return true;
}

/** Reads a list that has begun; `textsOnly`: anything but a text is a fault. */
function readList(node: u32, textsOnly: bool): bool {
  let piece = nextJson();
  while (piece != JSON_ARRAY_END) {
    if (piece == JSON_STRING) {
      if (node != 0 && !note(load<u32>(nodeAt(node), TEXTS), jsonText(), jsonTextSize())) return false;
    } else if (textsOnly || !skipJson(piece)) {
      return false;
    }
    piece = nextJson();
  }
  return true;
}

/** Which of a node's children has the name that was just read; 0 for none. */
function childOf(parent: u32): u32 {
  const size = jsonTextSize();
  let child = load<u32>(nodeAt(parent), CHILD);
  while (child != 0) {
    const node = nodeAt(child);
    if (load<u32>(node, NAME_SIZE) == size && same(table + load<u32>(node, NAME), jsonText(), size)) {
      return child;
    }
    child = load<u32>(node, NEXT);
  }
  return 0;
}

/** Which of the registered claims the name that was just read is; 0 for none. */
function registeredClaim(): u32 {
  if (jsonTextSize() != 3) return 0;
  const name = (<u32>load<u16>(jsonText())) | ((<u32>load<u8>(jsonText(), 2)) << 16);
  if (name == 0x737369) return ISSUER;
  if (name == 0x627573) return SUBJECT;
  if (name == 0x647561) return AUDIENCE;
  if (name == 0x69746a) return IDENTIFIER;
  if (name == 0x707865) return EXPIRES;
  if (name == 0x66626e) return NOT_BEFORE;
  return name == 0x746169 ? ISSUED : 0;
}

/** Notes the text that was just read, or its words. */
function noteTexts(node: u32): bool {
  const slot = load<u32>(nodeAt(node), TEXTS);
  const start = jsonText();
  const end = start + jsonTextSize();
  if ((load<u32>(nodeAt(node), FLAGS) & WORDS) == 0) return note(slot, start, jsonTextSize());
  let word = start;
  for (let at = start; at <= end; at++) {
    if (at != end && load<u8>(at) != 0x20) continue;
    if (at != word && !note(slot, word, <u32>(at - word))) return false;
    word = at + 1;
  }
  return true;
}

function noteValue(node: u32, pointer: usize, size: u32): bool {
  return note(load<u32>(nodeAt(node), VALUE), pointer, size);
}

function note(slot: u32, pointer: usize, size: u32): bool {
  if (slot == NO_SLOT) return true;
  if (texts == TEXTS_MAX) return false;
  const at = entry(texts);
  texts++;
  store<u32>(at, slot);
  store<usize>(at, pointer, 4);
  store<u32>(at, size, 8);
  return true;
}
