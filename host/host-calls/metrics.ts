import { MetricType, Status } from "../abi.ts";
import type { HostCalls } from "./host-call.ts";

/** Counters, gauges and histograms. */
export const metricCalls: HostCalls = {
  proxy_define_metric: (machine, call) => (type: number, name: number, nameSize: number, idOut: number) => {
    machine.enter(call);
    const text = machine.memory.readString(name, nameSize);
    if (text === undefined) return Status.InvalidMemoryAccess;
    if (type >>> 0 > MetricType.Histogram) return Status.BadArgument;
    return machine.memory.writeU32(idOut, machine.metricIds.define(type, text));
  },

  proxy_increment_metric: (machine, call) => (id: number, offset: bigint) => {
    machine.enter(call);
    return machine.metricIds.increment(id, offset);
  },

  proxy_record_metric: (machine, call) => (id: number, value: bigint) => {
    machine.enter(call);
    return machine.metricIds.record(id, value);
  },

  proxy_get_metric: (machine, call) => (id: number, out: number) => {
    machine.enter(call);
    const value = machine.metricIds.get(id);
    return typeof value === "number" ? value : machine.memory.writeU64(out, value);
  },
};
