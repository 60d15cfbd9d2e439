// The answer to a request with a token that is no good.
import { refuseWith } from "../respond";

/** Of refusals for a token (RFC 6750, section 3.1). */
const UNAUTHENTICATED: i32 = 16;

// One serialized pair, `www-authenticate: Bearer error="invalid_token"`.
const CHALLENGE: usize = memory.data<u8>([
  1, 0, 0, 0, 16, 0, 0, 0, 28, 0, 0, 0, 119, 119, 119, 45, 97, 117, 116, 104, 101, 110, 116, 105, 99, 97, 116,
  101, 0, 66, 101, 97, 114, 101, 114, 32, 101, 114, 114, 111, 114, 61, 34, 105, 110, 118, 97, 108, 105, 100,
  95, 116, 111, 107, 101, 110, 34, 0,
]);
const CHALLENGE_SIZE: u32 = 58;

/** As `refuse` of `../respond`, with the header that says how to do better. */
export function refuseToken(status: u32, details: usize, detailsSize: u32, body: usize, bodySize: u32): u32 {
  return refuseWith(status, details, detailsSize, body, bodySize, CHALLENGE, CHALLENGE_SIZE, UNAUTHENTICATED);
}
