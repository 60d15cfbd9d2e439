// Looks at bodies the way the path says.
import { buffer, header, log, remove, setBuffer } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

const modes = new Map<i32, string>();

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  const path = header(0, ":path");
  modes.set(context, path);
  if (path != "/pass") remove(0, "content-length");
  return 0;
}

export function proxy_on_request_body(context: i32, size: i32, end: i32): i32 {
  const mode = modes.get(context);
  if (mode == "/gather" || mode == "/replace") {
    if (!end) return 1;
    log("whole=" + buffer(0, 0, 1000000).length.toString() + " size=" + size.toString());
    if (mode == "/replace") setBuffer(0, 0, size, "replaced");
    return 0;
  }
  if (mode == "/edges" && size > 0) {
    log("middle=" + setBuffer(0, 1, 1, "x").toString() + " part=" + setBuffer(0, 0, 1, "x").toString());
    setBuffer(0, 0, 0, "<");
    setBuffer(0, size + 1, 0, ">");
    log("slice=" + buffer(0, 1, 3) + " past=" + buffer(0, 1000, 1) + " response=" + buffer(1, 0, 9));
  }
  if (mode == "/watermark") {
    log("chunk=" + buffer(0, 0, 1000));
    return end ? 0 : 2;
  }
  if (mode == "/drop") return end ? 0 : 3;
  return 0;
}

export function proxy_on_response_headers(context: i32, count: i32, end: i32): i32 {
  if (modes.get(context) == "/shout") remove(2, "content-length");
  return 0;
}

export function proxy_on_response_body(context: i32, size: i32, end: i32): i32 {
  const mode = modes.get(context);
  if (mode != "/shout" && mode != "/keep-length") return 0;
  if (!end) return 1;
  setBuffer(1, size, 0, "!");
  return 0;
}

export function proxy_on_delete(context: i32): void {
  modes.delete(context);
}
