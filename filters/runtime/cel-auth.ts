// What a verified token says of its holder, from the text of its payload; 0 where no token was verified.
import { fail } from "./cel-failure";
import { claimsOf, jsonFind, jsonFirst, jsonIsText, jsonNext, jsonText } from "./cel-json";
import { concat, pointerOf, text, Text } from "./cel-text";

const ISS: usize = memory.data<u8>([105, 115, 115]);
const SUB: usize = memory.data<u8>([115, 117, 98]);
const AUD: usize = memory.data<u8>([97, 117, 100]);
const SLASH: usize = memory.data<u8>([47]);
const QUOTE: u8 = 0x22;
const LIST: u8 = 0x5b;

function claim(payload: Text, name: usize): Text {
  return jsonFind(claimsOf(payload), text(name, 3));
}

function isString(json: Text): bool {
  return json != 0 && load<u8>(pointerOf(json)) == QUOTE;
}

function claimText(payload: Text, name: usize): Text {
  const json = claim(payload, name);
  return isString(json) ? jsonText(json) : fail();
}

export function authIssuer(payload: Text): Text {
  return claimText(payload, ISS);
}

export function hasIssuer(payload: Text): bool {
  return isString(claim(payload, ISS));
}

export function authSubject(payload: Text): Text {
  return claimText(payload, SUB);
}

export function hasSubject(payload: Text): bool {
  return isString(claim(payload, SUB));
}

/** Issuer, a slash, and subject. */
export function authPrincipal(payload: Text): Text {
  if (!hasPrincipal(payload)) return fail();
  return concat(concat(authIssuer(payload), text(SLASH, 1)), authSubject(payload));
}

export function hasPrincipal(payload: Text): bool {
  return hasIssuer(payload) && hasSubject(payload);
}

/** The claim as it stands: a string, a list, or anything else, which has no audiences; 0 where it is absent. */
export function authAudiences(payload: Text): Text {
  return claim(payload, AUD);
}

/** The first audience, as JSON, or 0. */
export function firstAudience(audiences: Text): Text {
  if (isString(audiences)) return audiences;
  if (audiences == 0 || load<u8>(pointerOf(audiences)) != LIST) return 0;
  return stringFrom(audiences, jsonFirst(audiences));
}

/** The audience behind another, or 0. */
export function nextAudience(audiences: Text, audience: Text): Text {
  return audience == audiences ? 0 : stringFrom(audiences, jsonNext(audiences, audience));
}

function stringFrom(list: Text, entry: Text): Text {
  while (entry != 0 && !isString(entry)) entry = jsonNext(list, entry);
  return entry;
}

export function audienceCount(audiences: Text): i64 {
  let count: i64 = 0;
  for (let one = firstAudience(audiences); one != 0; one = nextAudience(audiences, one)) count++;
  return count;
}

export function hasAudience(audiences: Text, value: Text): bool {
  for (let one = firstAudience(audiences); one != 0; one = nextAudience(audiences, one)) {
    if (jsonIsText(one, value)) return true;
  }
  return false;
}
