// What tokens change of a request: in the host's headers, and in the slots that later stages look at. Every function
// answers false where the host refused, or there was no room.
import { emptySlot, firstValue, keepAnswer, keepText, valuePointer, valueSize } from "../request";
import {
  claimPointer,
  claimSize,
  claimSlot,
  claimTexts,
  findClaim,
  foundPointer,
  foundSize,
  isHeaderValue,
} from "../token/claims";
import { payloadTextPointer, payloadTextSize } from "../token/token";
import { writeCookiesWithout, writePathWithout, writtenPointer, writtenSize } from "./places";
import { removeLater, setLater } from "./writes";

// ":path" and "cookie"
const PATH: usize = memory.data<u8>([58, 112, 97, 116, 104]);
const COOKIE: usize = memory.data<u8>([99, 111, 111, 107, 105, 101]);

/** Slots from here on are the stage's own. */
const OWN_SLOTS: u32 = 0x10000;

/** Removes a header that the client sent; no call where it sent none. */
export function dropHeader(slot: u32, name: usize, size: u32): bool {
  if (firstValue(slot) == 0) return true;
  emptySlot(slot);
  return removeLater(name, size);
}

/** Takes all parameters of a name out of the path in a slot. */
export function dropParameters(slot: u32, name: usize, size: u32): bool {
  if (!writePathWithout(slot, name, size)) return false;
  return replace(slot, PATH, 5, writtenPointer(), writtenSize());
}

/** Takes all cookies of a name out of the `cookie` header in a slot. */
export function dropCookies(slot: u32, name: usize, size: u32): bool {
  if (!writeCookiesWithout(slot, name, size)) return false;
  const text = writtenPointer();
  const textSize = writtenSize();
  // The host sets the first of several values.
  if (!dropHeader(slot, COOKIE, 6)) return false;
  return textSize == 0 || replace(slot, COOKIE, 6, text, textSize);
}

/** Sets the header in a slot to the current token's payload, as the token has it. */
export function putPayload(slot: u32, name: usize, size: u32): bool {
  return replace(slot, name, size, payloadTextPointer(), payloadTextSize());
}

/** Whether the walk through the claims found a value for a header, which `putClaim` then puts there. */
export function hasClaim(own: u32): bool {
  return findClaim(own) && foundSize() != 0;
}

/** Sets the header in a slot to the claim that was found last, where a header can hold it. */
export function putClaim(slot: u32, name: usize, size: u32): bool {
  if (!isHeaderValue(foundPointer(), foundSize())) return true;
  return replace(slot, name, size, foundPointer(), foundSize());
}

/** Puts the texts of the current token's claims where later stages look for them. */
export function keepClaims(): bool {
  const count = claimTexts();
  for (let i: u32 = 0; i < count; i++) {
    if (claimSlot(i) < OWN_SLOTS && !keepText(claimSlot(i), claimPointer(i), claimSize(i))) return false;
  }
  return true;
}

/** Whether a browser asks on its own behalf, before it sends what it was asked to. */
export function isPreflight(method: u32, origin: u32, requestMethod: u32): bool {
  const m = firstValue(method);
  if (m == 0 || valueSize(m) != 7) return false;
  // "OPTI", "ONS"
  const text = valuePointer(m);
  if (load<u32>(text) != 0x4954504f || load<u16>(text, 4) != 0x4e4f || load<u8>(text, 6) != 0x53)
    return false;
  return isNotEmpty(origin) && isNotEmpty(requestMethod);
}

function isNotEmpty(slot: u32): bool {
  const value = firstValue(slot);
  return value != 0 && valueSize(value) != 0;
}

function replace(slot: u32, name: usize, nameSize: u32, text: usize, size: u32): bool {
  if (!setLater(name, nameSize, text, size)) return false;
  emptySlot(slot);
  return keepAnswer(slot, text, size);
}
