import { MetricType, Status } from "./abi.ts";

/** One metric a filter defined. */
export interface Metric {
  readonly kind: "counter" | "gauge" | "histogram";
  /** The counter's or gauge's value; how many values a histogram recorded. */
  readonly value: bigint;
  /** The values a histogram recorded, the last thousand of them. */
  readonly samples: readonly bigint[];
}

interface MutableMetric extends Metric {
  value: bigint;
  samples: bigint[];
}

const kinds = ["counter", "gauge", "histogram"] as const;
const MAX_SAMPLES = 1000;

/** Metrics by name, shared by every VM of a process as Envoy's statistics are. */
export class MetricStore {
  private readonly metrics = new Map<string, MutableMetric>();

  get byName(): ReadonlyMap<string, Metric> {
    return this.metrics;
  }

  /** The metric of this name and type, created where it is new. */
  define(type: number, name: string): MutableMetric {
    const kind = kinds[type] ?? "counter";
    // Envoy keeps counters, gauges and histograms apart, so one name may be defined once as each.
    const present = this.metrics.get(name);
    const key = present === undefined || present.kind === kind ? name : `${name} (${kind})`;
    let metric = this.metrics.get(key);
    if (metric === undefined) this.metrics.set(key, (metric = { kind, value: 0n, samples: [] }));
    return metric;
  }
}

/** The metric ids of one VM: the lowest two bits are the type, and defining a name again makes a new id. */
export class MetricIds {
  private readonly byId = new Map<number, MutableMetric>();
  private readonly last = [MetricType.Counter, MetricType.Gauge, MetricType.Histogram] as number[];
  private readonly store: MetricStore;

  constructor(store: MetricStore) {
    this.store = store;
  }

  define(type: number, name: string): number {
    const id = (this.last[type] as number) + 4;
    this.last[type] = id;
    this.byId.set(id, this.store.define(type, name));
    return id;
  }

  increment(id: number, offset: bigint): number {
    const type = id & 3;
    if (type !== MetricType.Counter && type !== MetricType.Gauge) return Status.BadArgument;
    const metric = this.byId.get(id);
    if (metric === undefined) return Status.NotFound;
    if (type === MetricType.Counter && offset <= 0n) return Status.BadArgument;
    metric.value = BigInt.asUintN(64, metric.value + offset);
    return Status.Ok;
  }

  record(id: number, value: bigint): number {
    const metric = this.byId.get(id);
    if (metric === undefined) return Status.NotFound;
    const unsigned = BigInt.asUintN(64, value);
    if (metric.kind === "gauge") metric.value = unsigned;
    else if (metric.kind === "counter") metric.value = BigInt.asUintN(64, metric.value + unsigned);
    else {
      metric.value++;
      metric.samples.push(unsigned);
      if (metric.samples.length > MAX_SAMPLES) metric.samples.shift();
    }
    return Status.Ok;
  }

  /** The value, or the status that says why there is none. */
  get(id: number): bigint | number {
    if ((id & 3) >= MetricType.Histogram) return Status.BadArgument;
    return this.byId.get(id)?.value ?? Status.NotFound;
  }
}
