import { Bytes, HttpContext, registerFilter } from "proxy-wasm-assemblyscript-sdk";
export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_log,
  proxy_on_memory_allocate,
} from "proxy-wasm-assemblyscript-sdk/exports";

class Listed extends HttpContext {
  override onConfigure(configuration: Bytes): bool {
    return true;
  }
}

registerFilter(() => new Listed());
