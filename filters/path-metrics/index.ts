// path-metrics: counts requests by the first segment of their path, response classes, how many are under way, and how
// long they take. The segments that are counted come from the configuration, one a line: a metric is never forgotten, so
// its name must not come from what clients send.
import {
  Bytes,
  Context,
  Counter,
  Gauge,
  Headers,
  HeadersAction,
  Histogram,
  HttpContext,
  labelled,
  LogLevel,
  log,
  now,
  registerFilter,
} from "proxy-wasm-assemblyscript-sdk";

class Route {
  readonly segment: string;
  readonly requests: Counter;

  constructor(segment: string) {
    this.segment = segment;
    this.requests = new Counter(labelled("path_metrics.requests", "path", segment));
  }
}

class PathMetrics extends Context {
  readonly active: Gauge = new Gauge("path_metrics.active");
  readonly milliseconds: Histogram = new Histogram("path_metrics.milliseconds");
  readonly failures: Counter = new Counter("path_metrics.failures");
  readonly others: Route = new Route("other");
  private routes: Route[] = [];

  override onConfigure(configuration: Bytes): bool {
    const lines = configuration.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const segment = lines[i].trim().toString();
      if (segment.length == 0) continue;
      if (segment.includes("/") || segment == "other") {
        log(LogLevel.Error, "path-metrics: '" + segment + "' is no first segment of a path");
        return false;
      }
      this.routes.push(new Route(segment));
    }
    return true;
  }

  override createContext(): Context | null {
    return new Stream(this);
  }

  /** The route of a path such as `/cart/7?x=1`. */
  routeOf(path: Bytes): Route {
    let end: u32 = 1;
    while (end < path.size && path.at(end) != 0x2f && path.at(end) != 0x3f) end++;
    const segment = path.slice(1, end);
    for (let i = 0; i < this.routes.length; i++) {
      if (segment.equals(this.routes[i].segment)) return this.routes[i];
    }
    return this.others;
  }
}

class Stream extends HttpContext {
  private began: u64 = 0;

  constructor(private metrics: PathMetrics) {
    super();
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    this.began = now();
    const path = headers.get(":path");
    const route = path === null ? this.metrics.others : this.metrics.routeOf(path);
    route.requests.increment();
    this.metrics.active.increment();
    return HeadersAction.Continue;
  }

  override onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const status = headers.get(":status");
    if (status !== null && status.startsWith("5")) this.metrics.failures.increment();
    return HeadersAction.Continue;
  }

  // However the stream ends, this is called.
  override onLog(): void {
    if (this.began == 0) return;
    const ended = now();
    // The clock may have been set back.
    this.metrics.milliseconds.record(ended > this.began ? (ended - this.began) / 1000000 : 0);
    this.metrics.active.increment(-1);
  }
}

registerFilter(() => new PathMetrics());
