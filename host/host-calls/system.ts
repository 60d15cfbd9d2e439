import { LogLevel, Status } from "../abi.ts";
import type { HostCalls } from "./host-call.ts";

/** Log, clock, timer and the plugin's end. */
export const systemCalls: HostCalls = {
  proxy_log: (machine, call) => (level: number, text: number, size: number) => {
    machine.enter(call);
    if (level >>> 0 > LogLevel.Critical) return Status.BadArgument;
    const message = machine.memory.readBytes(text, size);
    if (message === undefined) return Status.InvalidMemoryAccess;
    machine.options.log(level as LogLevel, new TextDecoder().decode(message));
    return Status.Ok;
  },

  proxy_get_log_level: (machine, call) => (out: number) => {
    machine.enter(call);
    // A local run is for looking: every level is wanted, and the `log` option sorts out.
    return machine.memory.writeU32(out, LogLevel.Trace);
  },

  proxy_get_current_time_nanoseconds: (machine, call) => (out: number) => {
    machine.enter(call);
    return machine.memory.writeU64(out, machine.now());
  },

  proxy_set_tick_period_milliseconds: (machine, call) => (period: number) => {
    machine.enter(call);
    const { root } = machine;
    root.tickPeriodMs = period >>> 0;
    root.afterOwnCallback?.();
    return Status.Ok;
  },

  proxy_done: (machine, call) => () => {
    machine.enter(call);
    const { root } = machine;
    if (!root.donePending) return Status.NotFound;
    root.donePending = false;
    // After the callback that calls this, as everything that ends a context.
    queueMicrotask(() => machine.deleteRoot(root));
    return Status.Ok;
  },

  proxy_get_configuration: (machine, call) => (addressOut: number, sizeOut: number) => {
    machine.enter(call);
    const { plugin, configurationReadable } = machine.root;
    const readable = configurationReadable ? plugin.pluginConfiguration : machine.options.vmConfiguration;
    return machine.memory.giveBytes(readable, addressOut, sizeOut);
  },
};
