// Evaluates the CEL expression of the header `x-expr` and answers with "create evaluate hex": the two statuses and the
// result. `x-evaluate` and `x-delete` (a token) ask for the other two functions alone.
import * as env from "./env";
import { header, OUT, respond, text } from "./kit";
export { malloc, proxy_abi_version_0_2_1 } from "./kit";

const token = memory.data(4, 4);

function call(name: string, data: usize, size: i32): i32 {
  const key = text(name);
  store<u64>(OUT, 0);
  return env.proxy_call_foreign_function(key.at, key.size, data, size, OUT, OUT + 4);
}

function hex(): string {
  const at = load<u32>(OUT);
  let result = "";
  for (let i: u32 = 0; i < load<u32>(OUT + 4); i++) {
    const byte = load<u8>(at + i);
    result += (byte < 16 ? "0" : "") + byte.toString(16);
  }
  return result;
}

function evaluate(created: i32): string {
  const status = call("expr_evaluate", token, 4);
  return created.toString() + " " + status.toString() + " " + hex();
}

function run(): string {
  const expression = header(0, "x-expr");
  if (expression == "!1") {
    // Two tokens at once, then one that is gone, then arguments of the wrong size.
    const one = text("1");
    const first = call("expr_create", one.at, one.size).toString() + hex();
    const second = call("expr_create", one.at, one.size).toString() + hex();
    store<u32>(token, 0);
    const deleted = call("expr_delete", token, 4).toString();
    const gone = evaluate(0);
    const again = call("expr_delete", token, 4).toString();
    const third = call("expr_create", one.at, one.size).toString() + hex();
    const short = call("expr_evaluate", token, 3).toString() + call("expr_delete", token, 5).toString();
    return first + " " + second + " " + deleted + " " + gone + again + " " + third + " " + short;
  }
  const source = text(expression);
  const created = call("expr_create", source.at, source.size);
  if (created != 0) return created.toString() + " " + hex();
  store<u32>(token, load<u32>(load<u32>(OUT)));
  const result = evaluate(created);
  call("expr_delete", token, 4);
  return result;
}

function set(name: string, value: string): void {
  const key = text(name);
  const content = text(value);
  env.proxy_set_property(key.at, key.size, content.at, content.size);
}

export function proxy_on_configure(context: i32, size: i32): i32 {
  // {name: "label", type: String}
  const declared = text("\x0a\x05label\x18\x01");
  call("declare_property", declared.at, declared.size);
  return 1;
}

export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  set("note", "kept");
  set("label", "read");
  respond(200, "cel", run(), -1);
  return 1;
}
