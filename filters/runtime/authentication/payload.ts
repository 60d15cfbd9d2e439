// The verified token's payload as the token has it, for conditions that look into it: what the claims are read from is taken
// apart where it stands.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { decodeBase64url, decodedSize } from "../token/base64url";
import { payloadTextPointer, payloadTextSize } from "../token/token";

let kept: u64 = 0;

/** Called when a request begins: no token of it is verified. */
export function forgetPayload(): void {
  kept = 0;
}

/** Keeps the payload of the current token, whose claims are verified; false where there is no room. */
export function keepPayload(): bool {
  const bytes = decodedSize(payloadTextSize());
  const to = allocate(bytes);
  if (to == 0 || !decodeBase64url(payloadTextPointer(), payloadTextSize(), to)) return false;
  kept = ((<u64>bytes) << 32) | (<u64>to);
  return true;
}

/** The payload that was kept: its address, and its size << 32; 0 where no token was verified. */
export function verifiedPayload(): u64 {
  return kept;
}
