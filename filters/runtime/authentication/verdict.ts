// What rules say of one token after the other, and of which rule a refusal tells.
import { now } from "../limit-key";
import { expiryTime, isTimely, readClaims } from "../token/claims";
import { verifyToken } from "../token/key-set";
import { knownToken, rememberToken, reserveTokens } from "../token/token-cache";
import { readToken } from "../token/token";
import { tokenPointer, tokenSize } from "./places";

/** What a rule says of a token. */
export const enum Verdict {
  Accepted,
  /** It is another issuer's, or no token at all. */
  NotMine,
  Refused,
  /** The keys are not there. */
  Unknown,
}

/** Sets of four tokens, and bytes for all of them. */
const CACHE_SETS: u32 = 256;
const CACHE_BYTES: u32 = 1048576;
const CACHE: usize = memory.data(24, 8);

let time: u64 = 0;
let identified: bool = false;
/** How many more tokens are looked at. */
let left: u32 = 0;
/** The table by which the token was read, and whether it could be. */
let table: usize = 0;
let readable: bool = false;
let blamed: u32 = 0;
let awaited: usize = 0;

/** Room for tokens that were verified; false where there is no memory. */
export function reserveVerified(): bool {
  return reserveTokens(CACHE, CACHE_SETS, CACHE_BYTES);
}

/** The cache of verified tokens, to be emptied when keys change. */
export function verifiedTokens(): usize {
  return CACHE;
}

/** Starts on a request; more tokens than `most` are refused. */
export function beginTokens(most: u32): void {
  time = 0;
  identified = false;
  left = most;
  table = 0;
}

/** Starts on the token that was found; false where it is one too many. */
export function beginToken(): bool {
  blamed = 0;
  awaited = 0;
  table = 0;
  if (left == 0) return false;
  left--;
  return true;
}

/** Reads the token's claims by a table; once for rules that look at the same ones. */
export function readBy(claims: usize): bool {
  if (table != claims) {
    table = claims;
    readable = readToken(tokenPointer(), tokenSize()) && readClaims(claims);
  }
  return readable;
}

/** Whether this is the first token that was accepted: whose it is, the caller is. */
export function isFirstToken(): bool {
  if (identified) return false;
  identified = true;
  return true;
}

/** Nanoseconds since 1970, read at most once a request; 0 where the clock does not answer. */
export function tokenTime(): u64 {
  if (time == 0) time = now();
  return time;
}

/** Whether `exp` and `nbf` of the current token allow it, with leeway in nanoseconds. */
export function isTokenTimely(leeway: u64): bool {
  return isTimely(tokenTime(), leeway);
}

/** Whether the current token is signed by one of the keys; `rule` is the rule's number. */
export function signedBy(keys: usize, rule: u32): Verdict {
  if (isVerified(rule)) return Verdict.Accepted;
  if (!verifyToken(keys)) return Verdict.Refused;
  noteVerified(rule);
  return Verdict.Accepted;
}

/** Whether the rule has verified the current token before. */
export function isVerified(rule: u32): bool {
  return knownToken(CACHE, rule, tokenPointer(), tokenSize(), tokenTime());
}

export function noteVerified(rule: u32): void {
  rememberToken(CACHE, rule, tokenPointer(), tokenSize(), tokenTime(), expiryTime());
}

/** Whether a rule accepts the token; if not, and no rule after it does, a refusal is in its name. `source`: whose keys it lacks. */
export function isAccepted(verdict: Verdict, rule: u32, source: usize): bool {
  if (verdict == Verdict.Accepted) return true;
  if (verdict == Verdict.Refused && blamed == 0) blamed = rule + 1;
  if (verdict == Verdict.Unknown && awaited == 0) {
    awaited = source;
    blamed = rule + 1;
  }
  return false;
}

/** The number of the rule in whose name the token is refused, and one; 0: no rule's. */
export function blamedRule(): u32 {
  return blamed;
}

/** The source of keys without which the token can be neither accepted nor refused; 0 for none. */
export function awaitedSource(): usize {
  return awaited;
}
