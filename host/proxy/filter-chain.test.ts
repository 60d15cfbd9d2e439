import { expect, test } from "@jest/globals";
import { NO_BYTES } from "../bytes.ts";
import { HeaderMap } from "../header-map.ts";
import { StreamInfo } from "../stream-info.ts";
import type { BodyResult, StreamResult } from "../stream.ts";
import { FilterChain, type FilterStream } from "./filter-chain.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (result: BodyResult): string =>
  result.kind === "continue" ? Buffer.from(result.body).toString() : result.kind;

type Phase = "headers" | "body" | "trailers";

/** Notes what it is shown, puts its name behind each piece of body, and pauses where it is told to. */
class Recorder implements FilterStream {
  listener: FilterStream["listener"] = undefined;
  readonly hostCalls = 1;
  readonly readsRequestBody = true;
  readonly readsResponseBody = false;
  info = new StreamInfo();
  /** What it holds back; a piece that is let go is taken from here. */
  held: Uint8Array = NO_BYTES;
  pauses: Phase | undefined = undefined;
  private readonly name: string;
  private readonly log: string[];

  constructor(name: string, log: string[]) {
    this.name = name;
    this.log = log;
  }

  requestHeaders(_headers: HeaderMap, end: boolean): StreamResult {
    this.note("headers", end ? "end" : "");
    return this.pauses === "headers" ? { kind: "pause", buffer: true } : { kind: "continue" };
  }

  requestBody(chunk: Uint8Array, end: boolean): BodyResult {
    this.note("body", `${Buffer.from(chunk).toString()}${end ? " end" : ""}`);
    const marked = bytes(`${Buffer.from(chunk).toString()}${this.name}`);
    if (this.pauses === undefined || this.pauses === "trailers") return { kind: "continue", body: marked };
    this.held = Buffer.concat([this.held, marked]);
    return { kind: "pause", buffer: true };
  }

  requestTrailers(): BodyResult {
    this.note("trailers", "");
    return this.pauses === "trailers"
      ? { kind: "pause", buffer: true }
      : { kind: "continue", body: this.held };
  }

  responseHeaders(headers: HeaderMap, end: boolean): StreamResult {
    return this.requestHeaders(headers, end);
  }

  responseBody(chunk: Uint8Array, end: boolean): BodyResult {
    return this.requestBody(chunk, end);
  }

  responseTrailers(): BodyResult {
    return this.requestTrailers();
  }

  answered(): void {
    this.note("answered", "");
  }

  private note(what: string, more: string): void {
    this.log.push([this.name, what, more].filter((part) => part !== "").join(" "));
  }
}

function chain(...names: string[]): {
  chain: FilterChain;
  streams: Recorder[];
  log: string[];
  /** What left the chain by itself. */
  heard: string[];
} {
  const log: string[] = [];
  const heard: string[] = [];
  const streams = names.map((name) => new Recorder(name, log));
  const chain = new FilterChain(streams);
  chain.listener = {
    continued: (side, body, end, trailers) => {
      const words = [
        Buffer.from(body).toString(),
        end ? "end" : "",
        trailers === undefined ? "" : "trailers",
      ];
      heard.push([side, ...words].filter((part) => part !== "").join(" "));
    },
    ended: ({ kind }) => heard.push(kind),
  };
  return { chain, streams, log, heard };
}

const headers = (): HeaderMap => new HeaderMap();

test("requests pass in order, responses in reverse", () => {
  const { chain: both, log } = chain("a", "b");
  expect(both.requestHeaders(headers(), false)).toEqual({ kind: "continue" });
  expect(text(both.requestBody(bytes("1"), false))).toBe("1ab");
  expect(text(both.requestTrailers(headers()))).toBe("");
  expect(both.responseHeaders(headers(), false)).toEqual({ kind: "continue" });
  expect(text(both.responseBody(bytes("2"), true))).toBe("2ba");
  expect(log).toEqual([
    ...["a headers", "b headers", "a body 1", "b body 1a", "a trailers", "b trailers"],
    ...["b headers", "a headers", "b body 2 end", "a body 2b end"],
  ]);
  expect(both.hostCalls).toBe(2);
  expect(both.readsRequestBody).toBe(true);
  expect(both.readsResponseBody).toBe(false);
});

test("headers that a filter holds reach the next one when it lets them go, and no body goes ahead of them", () => {
  const { chain: both, streams, log, heard } = chain("a", "b");
  const [a] = streams;
  if (a === undefined) throw new Error("no filter");
  a.pauses = "headers";
  expect(both.requestHeaders(headers(), false).kind).toBe("pause");
  expect(text(both.requestBody(bytes("1"), true))).toBe("pause");
  expect(log).toEqual(["a headers", "a body 1 end"]);
  a.listener?.continued("request", a.held, true);
  expect(log.slice(2)).toEqual(["b headers", "b body 1a end"]);
  expect(heard).toEqual(["request 1ab end"]);
});

test("a piece that a filter lets pass takes the headers along that it held", () => {
  const { chain: both, streams, log } = chain("a", "b");
  const [a] = streams;
  if (a === undefined) throw new Error("no filter");
  a.pauses = "headers";
  both.requestHeaders(headers(), false);
  a.pauses = undefined;
  expect(text(both.requestBody(bytes("1"), false))).toBe("1ab");
  expect(log).toEqual(["a headers", "a body 1", "b headers", "b body 1a"]);
});

test("while a later filter holds the headers nothing leaves, whatever the earlier ones do", () => {
  const { chain: both, streams, heard } = chain("a", "b");
  const [a, b] = streams;
  if (a === undefined || b === undefined) throw new Error("no filter");
  a.pauses = "headers";
  b.pauses = "headers";
  both.requestHeaders(headers(), true);
  a.listener?.continued("request", NO_BYTES, true);
  expect(heard).toEqual([]);
  b.listener?.continued("request", NO_BYTES, true);
  expect(heard).toEqual(["request end"]);
});

test("a message of headers alone shows no body to the next filter", () => {
  const { chain: both, streams, log } = chain("a", "b");
  const [a] = streams;
  if (a === undefined) throw new Error("no filter");
  a.pauses = "headers";
  both.requestHeaders(headers(), true);
  a.listener?.continued("request", NO_BYTES, true);
  expect(log).toEqual(["a headers end", "b headers end"]);
});

test("what a filter held of the body goes through the next one before the trailers", () => {
  const { chain: both, streams, log } = chain("a", "b");
  const [a] = streams;
  if (a === undefined) throw new Error("no filter");
  both.requestHeaders(headers(), false);
  a.pauses = "body";
  expect(text(both.requestBody(bytes("1"), false))).toBe("pause");
  a.pauses = undefined;
  expect(text(both.requestTrailers(headers()))).toBe("1ab");
  expect(log.slice(2)).toEqual(["a body 1", "a trailers", "b body 1a", "b trailers"]);
});

test("trailers that a filter holds", () => {
  const { chain: both, streams, log, heard } = chain("a", "b");
  const [a] = streams;
  if (a === undefined) throw new Error("no filter");
  both.requestHeaders(headers(), false);
  a.pauses = "trailers";
  const trailers = headers();
  expect(text(both.requestTrailers(trailers))).toBe("pause");
  a.listener?.continued("request", NO_BYTES, true, trailers);
  expect(log.slice(2)).toEqual(["a trailers", "b trailers"]);
  expect(heard.at(-1)).toBe("request end trailers");
});

test("a filter further down that ends the stream ends it for all", () => {
  const { chain: both, streams, heard } = chain("a", "b");
  const [a, b] = streams;
  if (a === undefined || b === undefined) throw new Error("no filter");
  a.pauses = "headers";
  both.requestHeaders(headers(), true);
  b.requestHeaders = () => ({ kind: "reset" });
  a.listener?.continued("request", NO_BYTES, true);
  expect(heard).toEqual(["reset"]);
  b.listener?.ended({ kind: "failed" });
  expect(heard).toEqual(["reset", "failed"]);
});

test("an answer that bypasses the filters is told to each", () => {
  const { chain: both, log } = chain("a", "b");
  both.answered(headers());
  expect(log).toEqual(["a answered", "b answered"]);
});
