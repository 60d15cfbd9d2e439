// What a test sees of an engine that runs an envoy.yaml. Runs in Node.
import type { TestAnswer, TestRequest } from "./http-client.ts";
import type { TcpClient } from "./tcp-server.ts";

export type EngineName = "host" | "envoy";

/** A line that a filter logged. */
export interface LogLine {
  level: string;
  message: string;
}

/** How an engine is started. */
export interface EngineOptions {
  /** Workers. Default: 1. */
  concurrency?: number;
  /** The lowest level that {@link RunningProxy.logs} keeps. Default: info. */
  logLevel?: "trace" | "debug" | "info" | "warn" | "error";
}

/** A running engine, as started. */
export interface Engine {
  readonly ports: ReadonlyMap<string, number>;
  /** The filters' own metrics by name; a histogram: how many values it has. */
  stats(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/** Starts a bootstrap; `log` is told each line that a filter logs, in order. */
export type StartEngine = (
  bootstrap: object,
  options: EngineOptions,
  log: (line: LogLine) => void,
) => Promise<Engine>;

export interface RunningProxy {
  readonly engine: EngineName;
  /** The port of a listener; default: the first one in envoy.yaml. */
  port(listener?: string): number;
  /** Sends a request on a connection of its own. Rejects where the connection is cut before the answer is complete. */
  send(request: TestRequest, listener?: string): Promise<TestAnswer>;
  /** Opens a TCP connection, which the run closes at its end. */
  connect(listener?: string): Promise<TcpClient>;
  /** What filters logged so far. In Envoy a line takes a moment to arrive: wait for it with {@link logged}. */
  logs(): readonly LogLine[];
  /** Waits until a line contains the text or matches; answers its message. Throws after ten seconds. */
  logged(pattern: string | RegExp): Promise<string>;
  /** The filters' own metrics by name; a histogram: how many values it has. */
  stats(): Promise<Record<string, number>>;
}
