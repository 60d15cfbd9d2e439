// The headers of a refusal, put together one by one as serialized pairs: {u32 count, {u32 name size, u32 value size} each,
// name NUL value NUL each}.
import { refuseWith } from "../respond";
import {
  addNothing,
  addQuota,
  beginField,
  fieldPointer,
  fieldSize,
  LEFT_SIZE,
  POLICY,
  POLICY_SIZE,
  seconds,
  setNumber,
} from "./items";

// "retry-after"
const RETRY_AFTER: usize = memory.data<u8>([114, 101, 116, 114, 121, 45, 97, 102, 116, 101, 114]);
const NUMBER: usize = memory.data(24);

let room: usize = 0;
let texts: usize = 0;
let end: usize = 0;

/** Starts on headers, at most `most` of them; `at` has room for their sizes and texts. */
export function beginAnswer(at: usize, most: u32): void {
  room = at;
  store<u32>(room, 0);
  texts = room + 4 + ((<usize>most) << 3);
  end = texts;
}

export function addAnswerHeader(name: usize, nameSize: u32, value: usize, valueSize: u32): void {
  const count = load<u32>(room);
  const sizes = room + 4 + ((<usize>count) << 3);
  store<u32>(sizes, nameSize);
  store<u32>(sizes, valueSize, 4);
  store<u32>(room, count + 1);
  memory.copy(end, name, nameSize);
  store<u8>(end + nameSize, 0);
  memory.copy(end + nameSize + 1, value, valueSize);
  end += <usize>nameSize + valueSize + 2;
  store<u8>(end - 1, 0);
}

/** Adds the field that was put together last: see items.ts. */
export function addField(name: usize, nameSize: u32): void {
  addAnswerHeader(name, nameSize, fieldPointer(), fieldSize());
}

/** Adds a header that is a number. */
export function addNumberHeader(name: usize, nameSize: u32, number: u64): void {
  setNumber(NUMBER, number);
  addField(name, nameSize);
}

/** Adds the draft's field of quotas, put together in items.ts. */
export function addQuotas(): void {
  addField(POLICY, POLICY_SIZE);
}

/** Adds the draft's field of what is left. */
export function addLeftovers(): void {
  addField(POLICY, LEFT_SIZE);
}

/** Adds the draft's fields of a limit's one rate: its quota, and that nothing is left for so long. `field`: room for either. */
export function addDraft(
  field: usize,
  quota: usize,
  quotaSize: u32,
  item: usize,
  itemSize: u32,
  wait: u64,
): void {
  beginField(field);
  addQuota(0, quota, quotaSize);
  addQuotas();
  beginField(field);
  addNothing(item, itemSize, wait);
  addLeftovers();
}

/** Adds `retry-after`: whole seconds, rounded up, at least one. */
export function addRetryAfter(wait: u64): void {
  addNumberHeader(RETRY_AFTER, 11, max(seconds(wait), 1));
}

/** Answers the request here, with the headers that were added. */
export function refuseLimited(
  status: u32,
  details: usize,
  detailsSize: u32,
  body: usize,
  bodySize: u32,
  grpcStatus: i32,
): u32 {
  const sizes = room + 4 + ((<usize>load<u32>(room)) << 3);
  memory.copy(sizes, texts, end - texts);
  const size = <u32>(sizes + (end - texts) - room);
  return refuseWith(status, details, detailsSize, body, bodySize, room, size, grpcStatus);
}
