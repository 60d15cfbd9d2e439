// Answering with where to go instead.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { writeDecimal } from "../decimal";
import { firstValue, valuePointer, valueSize } from "../request";
import { answerRoute, redirectFields, refuseRoute, routeTexts } from "./action";
import { changedPathRoom, putChangedPath } from "./path";

// As compiler/5-emit/action-table.ts has them.
const OWN_SCHEME: u32 = 0;
const HTTPS: u32 = 2;
const NO_PORT: u32 = 0x10000;
const OWN_PORT: u32 = 0x10001;
/** As a host's size: the request's own. */
const OWN_HOST: u32 = 0xffffffff;

/** gRPC's word for what it has none for. */
const UNKNOWN: i32 = 2;
const INTERNAL: i32 = 13;

const COLON: u8 = 0x3a;
// "//" and "/."
const SLASHES: u16 = 0x2f2f;
const SLASH_DOT: u16 = 0x2e2f;
/** Of one serialized pair, in front of its value: {u32 1, u32 8, u32 value size}, "location", NUL. */
const HEAD: usize = 21;
/** "https://", and a port. */
const AROUND: usize = 14;

/** Answers by the action's redirect; the slots are those of the request's `:authority`, `:scheme` and whole path. */
export function answerRedirect(authority: u32, scheme: u32, path: u32): u32 {
  const fields = redirectFields();
  const owner = firstValue(authority);
  const requested = firstValue(path);
  const hostSize = load<u32>(fields, 12);
  let most: usize = HEAD + AROUND + changedPathRoom(requested) + 1;
  if (hostSize != OWN_HOST) most += hostSize;
  if (owner != 0) most += valueSize(owner);
  const room = allocate(most);
  if (room == 0) return refuseRoute(500, INTERNAL);
  const value = room + HEAD;
  const place = putPlace(value, fields, owner, firstValue(scheme));
  let end = putChangedPath(place, requested);
  if (place == value && end - value > 1 && load<u16>(value) == SLASHES) {
    // By itself such a path would be another host's (RFC 3986, section 4.2).
    memory.copy(value + 2, value, end - value);
    store<u16>(value, SLASH_DOT);
    end += 2;
  }
  store<u32>(room, 1);
  store<u32>(room, 8, 4);
  store<u32>(room, <u32>(end - value), 8);
  store<u64>(room + 12, 0x6e6f697461636f6c); // "location"
  store<u8>(room + 20, 0);
  store<u8>(end, 0);
  return answerRoute(load<u32>(fields), UNKNOWN, room, <u32>(end + 1 - room));
}

/** Writes scheme, host and port; nothing where neither the rule nor the request names a host. Answers the end. */
function putPlace(to: usize, fields: usize, owner: usize, ownScheme: usize): usize {
  let host = owner == 0 ? to : valuePointer(owner);
  const ownSize: u32 = owner == 0 ? 0 : valueSize(owner);
  const port = portIn(host, ownSize);
  const ownPort = host + port;
  let size = load<u32>(fields, 12);
  if (size == OWN_HOST) {
    size = port;
  } else {
    host = routeTexts() + load<u32>(fields, 8);
  }
  if (size == 0) return to;
  const scheme = load<u32>(fields, 4);
  const secure = scheme == OWN_SCHEME ? isHttps(ownScheme) : scheme == HTTPS;
  store<u32>(to, 0x70747468); // "http"
  to += 4;
  if (secure) store<u8>(to++, 0x73);
  store<u8>(to, COLON);
  store<u16>(to, 0x2f2f, 1);
  to += 3;
  memory.copy(to, host, size);
  to += size;
  const asked = load<u32>(fields, 16);
  if (asked == NO_PORT) return to;
  if (asked == OWN_PORT) {
    memory.copy(to, ownPort, ownSize - port);
    return to + (ownSize - port);
  }
  const standard: u32 = secure ? 443 : 80;
  if (asked == standard) return to;
  store<u8>(to++, COLON);
  return to + writeDecimal(to, asked);
}

/** Where in an authority its port begins, with the colon; its end where it has none. */
function portIn(text: usize, size: u32): u32 {
  let at = size;
  while (at != 0 && <u32>load<u8>(text + at - 1) - 0x30 < 10) at--;
  return at != 0 && load<u8>(text + at - 1) == COLON ? at - 1 : size;
}

function isHttps(value: usize): bool {
  if (value == 0 || valueSize(value) != 5) return false;
  const text = valuePointer(value);
  return load<u32>(text) == 0x70747468 && load<u8>(text, 4) == 0x73;
}
