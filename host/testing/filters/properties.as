// Answers with the property that the header `x-property` names, segments joined with "|": "status hex".
import { header, OUT, respond, text } from "./kit";
import * as env from "./env";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  const key = text(header(0, "x-property").replaceAll("|", "\0"));
  store<u64>(OUT, 0);
  const status = env.proxy_get_property(key.at, key.size, OUT, OUT + 4);
  let hex = "";
  for (let i: u32 = 0; i < load<u32>(OUT + 4); i++) {
    const byte = load<u8>(load<u32>(OUT) + i);
    hex += (byte < 16 ? "0" : "") + byte.toString(16);
  }
  respond(200, "property", status.toString() + " " + hex, -1);
  return 1;
}
