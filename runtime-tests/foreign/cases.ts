// What the filter is asked, and what must come of it: the same wherever it runs, and whoever compiled it.
import http from "node:http";
import { pairs, type HeaderList } from "../support/http-client.ts";
import type { Seen } from "./servers.ts";

export interface Asked {
  readonly path: string;
  readonly headers?: HeaderList;
  /** Sent as POST. */
  readonly body?: string;
}

/** What became of a request; of headers only those called `x-…` that no proxy wrote, sorted by name. */
export interface Outcome {
  readonly status: number;
  readonly response: HeaderList;
  /** What the upstream was sent, where its answer says so. */
  readonly upstream?: { readonly headers: HeaderList; readonly body: string };
  /** The body of any other answer. */
  readonly body?: string;
}

export const GREETING = "Grüße";
/** As header values are compared: a character for a byte. */
const greeting = Buffer.from(GREETING).toString("latin1");

const marked: HeaderList = [
  ["x-foreign", greeting],
  ["x-internal", "secret"],
  ["x-kind", "first"],
  ["x-kind", "second"],
];

const forwarded = (headers: HeaderList, body = ""): Outcome => ({
  status: 200,
  response: marked,
  upstream: { headers, body },
});

const local = (status: number, value: string, body: string): Outcome => ({
  status,
  response: [
    ["x-foreign", greeting],
    ["x-local", value],
  ],
  body,
});

const manyLetters = "letter by letter, ".repeat(10_000);

export const cases: readonly { name: string; asked: Asked; outcome: Outcome }[] = [
  {
    name: "what it does not know passes",
    asked: { path: "/other", headers: [["x-mine", "1"]], body: "as it is" },
    outcome: forwarded([["x-mine", "1"]], "as it is"),
  },
  {
    name: "headers are listed, read, added, replaced and removed",
    asked: {
      path: "/headers",
      headers: [
        ["X-Case-Twice", "1"],
        ["x-case-replaced", "old"],
        ["x-case-twice", "2"],
        ["x-case-empty", ""],
        ["x-case-removed", "gone"],
      ],
    },
    outcome: {
      status: 200,
      response: [
        ["x-foreign", greeting],
        ["x-kind", "one"],
        ["x-kinds", "2"],
      ],
      upstream: {
        headers: [
          ["x-absent", "none"],
          ["x-added", "one"],
          ["x-added", "two"],
          ["x-all", "x-case-twice=1,x-case-replaced=old,x-case-twice=2,x-case-empty=,x-case-removed=gone"],
          ["x-case-empty", ""],
          ["x-case-replaced", "new"],
          ["x-case-twice", "1"],
          ["x-case-twice", "2"],
          ["x-empty", "empty"],
          ["x-first", "1"],
        ],
        body: "",
      },
    },
  },
  {
    name: "all headers are replaced at once",
    asked: {
      path: "/all-headers",
      headers: [
        ["x-case-a", "1"],
        ["x-kept", "yes"],
        ["x-case-b", "2"],
      ],
    },
    outcome: forwarded([
      ["x-kept", "yes"],
      ["x-set", "all"],
    ]),
  },
  {
    name: "foreign functions compress and uncompress",
    asked: { path: "/foreign" },
    outcome: forwarded([
      ["x-round-trip", "same"],
      ["x-unknown", "not found"],
    ]),
  },
  {
    name: "the filter answers by itself",
    asked: { path: "/local" },
    outcome: local(418, "yes", "short and stout"),
  },
  {
    name: "a callout's answer reaches the upstream",
    asked: { path: "/callout/granted" },
    outcome: forwarded([
      ["x-side", "side.test kindly"],
      ["x-side-body", "POST /callout/granted question"],
      ["x-side-status", "201"],
    ]),
  },
  {
    name: "the body waits for a callout",
    asked: { path: "/callout/granted", body: "patience" },
    outcome: forwarded(
      [
        ["x-side", "side.test kindly"],
        ["x-side-body", "POST /callout/granted question"],
        ["x-side-status", "201"],
      ],
      "patience",
    ),
  },
  {
    name: "a callout's answer may be empty",
    asked: { path: "/callout/empty" },
    outcome: forwarded([
      ["x-side", "side.test kindly"],
      ["x-side-body", ""],
      ["x-side-status", "201"],
    ]),
  },
  {
    name: "a callout may lead to a refusal",
    asked: { path: "/callout/denied" },
    outcome: local(403, "by callout", "the side said no"),
  },
  {
    name: "a callout to nobody is answered for",
    asked: { path: "/unreachable" },
    outcome: forwarded([["x-side-status", "503"]]),
  },
  {
    name: "a callout to an unknown cluster is refused",
    asked: { path: "/unknown" },
    outcome: forwarded([["x-side-status", "refused"]]),
  },
  {
    name: "a request's body is rewritten",
    asked: { path: "/request-body", body: "whole" },
    outcome: forwarded([], "WHOLE"),
  },
  {
    name: "a body of many pieces is rewritten as one",
    asked: { path: "/request-body", body: manyLetters },
    outcome: forwarded([], manyLetters.toUpperCase()),
  },
  {
    name: "a response's body is rewritten",
    asked: { path: "/response-body" },
    outcome: { status: 200, response: marked, body: `<${"A".repeat(40_000)}${"B".repeat(40_000)}>` },
  },
];

/** Headers that connections and proxies look after. */
const proxyHeaders = new Set(["x-forwarded-proto", "x-request-id"]);

function comparable(headers: HeaderList): HeaderList {
  return headers
    .filter(([name]) => name.startsWith("x-") && !proxyHeaders.has(name))
    .map((header, index) => ({ header, index }))
    .sort((a, b) => (a.header[0] < b.header[0] ? -1 : a.header[0] > b.header[0] ? 1 : a.index - b.index))
    .map(({ header }) => header);
}

/** Sends a request, and says what became of it. */
export function ask(port: number, { path, headers = [], body }: Asked): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const all: HeaderList = [["host", "shop.test"], ...headers, ...length(body)];
    const request = http.request({
      host: "127.0.0.1",
      port,
      path,
      method: body === undefined ? "GET" : "POST",
      // Node documents this form (as `rawHeaders`); its types lag behind.
      headers: all.flat() as unknown as http.OutgoingHttpHeaders,
      agent: false,
      timeout: 20_000,
    });
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error(`no answer to ${path}`)));
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const seen = text.startsWith("{") ? (JSON.parse(text) as Seen) : undefined;
        resolve({
          status: response.statusCode ?? 0,
          response: comparable(pairs(response.rawHeaders)),
          ...(seen === undefined
            ? { body: text }
            : { upstream: { headers: comparable(seen.headers), body: seen.body } }),
        });
      });
    });
    request.end(body);
  });
}

function length(body: string | undefined): HeaderList {
  return body === undefined ? [] : [["content-length", String(Buffer.byteLength(body))]];
}
