// Metrics: they belong to the proxy, count over all its worker threads, and show in Envoy's `/stats` and Prometheus.
import { ANSWER, keep, succeeded } from "./abi/answer";
import {
  proxy_define_metric,
  proxy_get_metric,
  proxy_increment_metric,
  proxy_record_metric,
} from "./abi/env";
import { MetricType, Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";

/**
 * What all metrics share. A metric is defined in the proxy when it is first used, so one may be made at the top level of
 * a module. A name given twice is one metric in the proxy; the proxy never forgets one, so names come from the
 * configuration, never from what clients send.
 */
class Metric {
  private id: u32 = 0;
  private defined: bool = false;

  constructor(
    private type: MetricType,
    /** The name, with its labels. */
    readonly name: string,
  ) {}

  protected identify(): bool {
    if (this.defined) return true;
    const pointer = textPointer(this.name);
    if (!succeeded(proxy_define_metric(this.type, pointer, textSize(), ANSWER))) return false;
    this.id = load<u32>(ANSWER);
    this.defined = true;
    return true;
  }

  protected add(by: i64): Status {
    return this.identify() ? keep(proxy_increment_metric(this.id, by)) : Status.InternalFailure;
  }

  protected put(value: u64): Status {
    return this.identify() ? keep(proxy_record_metric(this.id, value)) : Status.InternalFailure;
  }

  protected read(): u64 {
    if (!this.identify()) return 0;
    return succeeded(proxy_get_metric(this.id, ANSWER)) ? load<u64>(ANSWER) : 0;
  }
}

/** A number that only rises. */
export class Counter extends Metric {
  constructor(name: string) {
    super(MetricType.Counter, name);
  }

  /** Adds to it: at least 1, or the host answers `BadArgument`. */
  increment(by: u32 = 1): Status {
    return this.add(by);
  }

  /** What all workers have counted; 0 where the host does not say. */
  get value(): u64 {
    return this.read();
  }
}

/** A number that rises and falls. */
export class Gauge extends Metric {
  constructor(name: string) {
    super(MetricType.Gauge, name);
  }

  /** Sets it. */
  record(value: u64): Status {
    return this.put(value);
  }

  /** Adds to it, or, below 0, takes from it. */
  increment(by: i64 = 1): Status {
    return this.add(by);
  }

  /** What it stands at; 0 where the host does not say. */
  get value(): u64 {
    return this.read();
  }
}

/** A distribution. It cannot be read back. */
export class Histogram extends Metric {
  constructor(name: string) {
    super(MetricType.Histogram, name);
  }

  /** Adds a sample. */
  record(value: u64): Status {
    return this.put(value);
  }
}

/**
 * A metric's name with a label, by the convention that Envoy's own statistics follow: `name.key.value`, from which a
 * `stats_config.stats_tags` entry takes the label out again. Dots in the value, which part names, become underscores.
 *
 * @example
 * new Counter(labelled("requests", "method", "GET")); // requests.method.GET; regex: "^wasmcustom\\.requests(\\.method\\.([^.]+))$"
 */
export function labelled(name: string, key: string, value: string): string {
  return name + "." + key + "." + value.replaceAll(".", "_");
}
