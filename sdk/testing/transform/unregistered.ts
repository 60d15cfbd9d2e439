import { HttpContext } from "proxy-wasm-assemblyscript-sdk";

class Forgotten extends HttpContext {
  override onLog(): void {}
}
