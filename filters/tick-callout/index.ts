// tick-callout: asks a service every so often which paths are closed, and answers requests for those with 503. No request
// waits for the service: what it last said counts, for as long as the configuration allows.
import {
  Bytes,
  Counter,
  Headers,
  HeadersAction,
  HttpCall,
  HttpCallResponse,
  HttpContext,
  log,
  LogLevel,
  now,
  registerFilter,
  sendLocalResponse,
  setTickPeriod,
  Status,
} from "proxy-wasm-assemblyscript-sdk";
import { ClosedPaths } from "./closed-paths";
import { Settings } from "./settings";

const CONTROL = "control";

class TickCallout extends HttpContext {
  private readonly settings: Settings = new Settings();
  private readonly answers: Counter = new Counter("tick_callout.answers");
  private readonly failures: Counter = new Counter("tick_callout.failures");
  private started: bool = false;
  private asking: bool = false;
  private failing: bool = false;
  private known: ClosedPaths | null = null;
  private knownSince: u64 = 0;

  override onConfigure(configuration: Bytes): bool {
    const fault = this.settings.read(configuration);
    if (fault.length > 0) {
      log(LogLevel.Error, "tick-callout: " + fault);
      return false;
    }
    // Nothing can be asked before the proxy runs, so the first poll is for the first tick, which comes at once.
    setTickPeriod(1);
    return true;
  }

  override onTick(): void {
    if (!this.started) {
      this.started = true;
      setTickPeriod(this.settings.everyMilliseconds);
    }
    // Where the service takes longer than a period, the next poll waits: one question at a time, however slow it is.
    if (this.asking) return;
    const call = new HttpCall(CONTROL, "GET", "/closed").timeout(this.settings.timeoutMilliseconds);
    if (this.httpCall(call) == Status.Ok) this.asking = true;
    else this.failed("there is no cluster '" + CONTROL + "'");
  }

  // Comes for every call that was taken, at the latest when its time is over.
  override onHttpCallResponse(tag: u32, response: HttpCallResponse): void {
    this.asking = false;
    if (response.status != 200) return this.failed("status " + response.status.toString());
    const body = response.body.get();
    const paths = body !== null ? ClosedPaths.read(body) : null;
    if (paths === null) return this.failed("an answer that is no list of paths");
    this.known = paths;
    this.knownSince = now();
    this.answers.increment();
    if (this.failing) log(LogLevel.Info, "tick-callout: the control service answers again");
    this.failing = false;
  }

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    const known = this.stillKnown();
    if (known === null) {
      if (this.settings.passUnknown) return HeadersAction.Continue;
      return this.refuse("tick_callout:nothing_known");
    }
    const path = headers.get(":path");
    if (path !== null && known.has(path)) return this.refuse("tick_callout:closed_path");
    return HeadersAction.Continue;
  }

  private refuse(details: string): HeadersAction {
    sendLocalResponse(503, "", details);
    return HeadersAction.StopIteration;
  }

  /** What the service last said, while it counts. */
  private stillKnown(): ClosedPaths | null {
    if (this.known === null) return null;
    const time = now();
    // A clock that was set back makes an answer no older.
    const age = time > this.knownSince ? (time - this.knownSince) / 1000000 : 0;
    if (age > this.settings.keepMilliseconds) this.known = null;
    return this.known;
  }

  /** Says so once, not with every poll of an outage. */
  private failed(why: string): void {
    this.failures.increment();
    if (!this.failing) log(LogLevel.Warn, "tick-callout: the control service is of no use: " + why);
    this.failing = true;
  }
}

registerFilter(() => new TickCallout());
