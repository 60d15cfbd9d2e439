// Typed calls on one header map. Valid in the callbacks of that map's phase (and, read-only, in on_log): elsewhere the
// host answers BadArgument, which comes back as the status.
import {
  proxy_add_header_map_value,
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
} from "./abi/env";
import { Status } from "./abi/numbers";
import { Bytes } from "./bytes";

const ANSWER: usize = memory.data(8, 4);

/** One header map of the current stream. Names are lower-case; values are bytes. */
export class Headers {
  /** @param map one of the `HeaderMap` numbers */
  constructor(private map: u32) {}

  /**
   * Points `out` at the first value of the header. `Status.NotFound` where the header is absent; `out` is then empty.
   * Costs one host call, which is as much as reading all headers costs.
   */
  get(name: Bytes, out: Bytes): u32 {
    const status = proxy_get_header_map_value(this.map, name.pointer, name.size, ANSWER, ANSWER + 4);
    if (status == Status.Ok) out.set(load<usize>(ANSWER), load<u32>(ANSWER, 4));
    else out.set(0, 0);
    return status;
  }

  /** Sets the header to this one value, whether it was there or not. */
  set(name: Bytes, value: Bytes): u32 {
    return proxy_replace_header_map_value(this.map, name.pointer, name.size, value.pointer, value.size);
  }

  /** Adds a value beside those that are there. */
  add(name: Bytes, value: Bytes): u32 {
    return proxy_add_header_map_value(this.map, name.pointer, name.size, value.pointer, value.size);
  }

  /** Removes every value of the header. */
  remove(name: Bytes): u32 {
    return proxy_remove_header_map_value(this.map, name.pointer, name.size);
  }
}
