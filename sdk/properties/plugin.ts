// `plugin_*`: what the filter's configuration calls it. Everywhere, the filter object included.
import { Bytes } from "../bytes";
import { getProperty } from "../property";

/** `plugin_name`: the plugin's `name`. */
export function name(): Bytes | null {
  return getProperty("plugin_name");
}

/** `plugin_root_id`: the plugin's `root_id`. */
export function rootId(): Bytes | null {
  return getProperty("plugin_root_id");
}

/** `plugin_vm_id`: the `vm_id` of its VM. */
export function vmId(): Bytes | null {
  return getProperty("plugin_vm_id");
}
