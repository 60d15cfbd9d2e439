// What lines of logs say of requests, in every format, however the stream is cut into pieces.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { InputError } from "../1-parse/files.ts";
import { harBatches, lineBatches, type Batch } from "./batches.ts";
import { Draft, requestOf } from "./draft.ts";
import { harEntries } from "./har.ts";
import { jsonLines, jsonLinesOf } from "./json-lines.ts";
import { detected, formatOf, linesOf } from "./log-format.ts";
import { ENVOY_FORMAT, textLines, TOLLGATE_FORMAT } from "./text-lines.ts";

/** What a draft says, without what it does not. */
function said(draft: Draft | string): unknown {
  if (typeof draft === "string") return draft;
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
}

describe("text", () => {
  test("Envoy's default", () => {
    const line =
      '[2026-01-31T08:00:00.123Z] "GET /a?b=c HTTP/1.1" 403 - 0 19 1 - "10.1.2.3" "curl/8 (x \\"y\\")" "id-1" "shop.test" "-"';
    expect(said(textLines(ENVOY_FORMAT)(line))).toEqual({
      method: "GET",
      path: "/a?b=c",
      authority: "shop.test",
      at: 1_769_846_400_123_000_000n,
      headers: [
        ["x-forwarded-for", "10.1.2.3"],
        ["user-agent", 'curl/8 (x \\"y\\")'],
        ["x-request-id", "id-1"],
      ],
    });
  });

  test.each(["__proto__", "constructor"])("names that objects have anyway are headers: %s", (name) => {
    const wanted = { method: "GET", path: "/" };
    const text = textLines(`%REQ(:METHOD)% %REQ(:PATH)% %REQ(${name})%`)("GET / x");
    expect(said(text)).toEqual({ ...wanted, headers: [[name, "x"]] });
    const fields = `"method":"GET","path":"/"`;
    const json = jsonLines();
    expect(said(json(`{${fields},"${name}":"x"}`))).toEqual({ ...wanted, headers: [] });
    const headers = `"request_headers":{"${name}":"x",":${name}":"y"}`;
    expect(said(json(`{${fields},${headers}}`))).toEqual({
      ...wanted,
      headers: [
        [name, "x"],
        [`:${name}`, "y"],
      ],
    });
  });

  test("Tollgate's own", () => {
    const line = "POST /x 403 tollgate:authorization:none 0ms";
    expect(said(textLines(TOLLGATE_FORMAT)(line))).toEqual({ method: "POST", path: "/x", headers: [] });
  });

  test.each([
    [
      "%START_TIME(%s.%3f)% %REQ(:METHOD)% %REQ(:PATH):20%",
      "1769846400.5 GET /",
      { at: 1_769_846_400_500_000_000n },
    ],
    [
      "%REQ(:METHOD)% %REQ(:PATH)% 100%% %DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%",
      "GET / 100% [::1]:80 10.0.0.1",
      { client: "::1", peer: "10.0.0.1" },
    ],
    [
      "%REQ(:METHOD)% %REQ(:PATH)%|%DOWNSTREAM_LOCAL_ADDRESS%|%REQUESTED_SERVER_NAME%|%DOWNSTREAM_PEER_URI_SAN%|%REQ(X-A)%",
      "GET /|10.0.0.9:8443|a.test|spiffe://a,spiffe://b|-",
      { destination: { address: "10.0.0.9", port: 8443 }, sni: "a.test", uri: "spiffe://a" },
    ],
  ])("%s", (format, line, wanted) => {
    expect(said(textLines(format)(line))).toEqual({ method: "GET", path: "/", headers: [], ...wanted });
  });

  test("what is no request", () => {
    const read = textLines(TOLLGATE_FORMAT);
    expect(["nonsense", "GET", "- - 400 http1.codec_error 0ms", "CONNECT a:1 200 - 1ms"].map(read)).toEqual([
      "it is not in the log's format",
      "it is not in the log's format",
      "it does not say the method and the path of a request",
      "its path does not begin with `/`",
    ]);
  });

  test.each([
    ["%REQ(:METHOD)%%REQ(:PATH)%", "nothing stands behind `%REQ(:METHOD)%`"],
    ["%REQ(:METHOD)% only", "does not have the method and the path"],
    ["no operators", "does not have the method and the path"],
    ["{", "is no JSON"],
    ['{"a": 1}', "`a` in the log's format is no operator"],
  ])("%s is no format", (format, fault) => {
    expect(() => formatOf(format)).toThrow(InputError);
    expect(() => formatOf(format)).toThrow(fault);
  });
});

describe("JSON", () => {
  test("under Istio's names", () => {
    const line = {
      ...{
        start_time: "2026-01-31T08:00:00.000Z",
        method: "GET",
        path: "/ü",
        authority: "a.test",
        response_code: 200,
      },
      ...{
        user_agent: "x",
        x_forwarded_for: null,
        request_id: "id",
        downstream_remote_address: "10.0.0.1:5",
      },
      ...{
        requested_server_name: "-",
        upstream_host: "10.9.9.9:80",
        "x-user": "joe",
        x_role: "dev",
        duration: 3,
      },
    };
    expect(said(jsonLines()(JSON.stringify(line)))).toEqual({
      ...{
        method: "GET",
        path: "/\u00c3\u00bc",
        authority: "a.test",
        at: 1_769_846_400_000_000_000n,
        client: "10.0.0.1",
      },
      headers: [
        ["user-agent", "x"],
        ["x-request-id", "id"],
        ["x-user", "joe"],
        ["x-role", "dev"],
      ],
    });
  });

  test("headers of their own, and Envoy Gateway's names", () => {
    const line = {
      ...{
        ":authority": "a.test",
        method: "GET",
        "x-envoy-origin-path": "/",
        request_headers: { "X-A": ["1", "2"] },
      },
      ...{ timestamp: 1_769_846_400_123, upstream_cluster: "c", headers: { host: "b.test" } },
    };
    expect(said(jsonLines()(JSON.stringify(line)))).toEqual({
      ...{ method: "GET", path: "/", authority: "b.test", at: 1_769_846_400_123_000_000n },
      headers: [
        ["x-a", "1"],
        ["x-a", "2"],
      ],
    });
  });

  test("under names of one's own", () => {
    const read = jsonLinesOf(
      '{"m":"%REQ(:METHOD)%","p":"%REQ(:PATH)%","t":"%START_TIME(%s)%","u":"%REQ(X-USER)%"}',
    );
    expect(said(read('{"m":"GET","p":"/","t":1769846400,"u":"joe","method":"PUT"}'))).toEqual({
      ...{ method: "GET", path: "/", at: 1_769_846_400_000_000_000n },
      headers: [["x-user", "joe"]],
    });
  });

  test.each(["", "{", "[]", "null", "1", '{"method":"GET"}', '{"method":"GET","path":"*"}'])(
    "%j is no request",
    (line) => {
      expect(typeof jsonLines()(line)).toBe("string");
    },
  );
});

test("an entry of a HAR file", () => {
  const entry = {
    startedDateTime: "2026-01-31T09:00:00.000+01:00",
    request: {
      ...{ method: "GET", url: "https://joe@a.test:8443/x?y#z" },
      headers: [":authority|a.test", "Cookie|a=1", "Connection|close"].map((text) => {
        const [name, value] = text.split("|");
        return { name, value };
      }),
    },
  };
  expect(said(harEntries(JSON.stringify(entry)))).toEqual({
    ...{
      method: "GET",
      scheme: "https",
      authority: "a.test:8443",
      path: "/x?y",
      at: 1_769_846_400_000_000_000n,
    },
    headers: [["cookie", "a=1"]],
  });
  expect(harEntries("{}")).toBe("it is no entry of a HAR file");
});

test("the client's address stands in for the peer's", () => {
  const draft = Object.assign(new Draft(), { method: "GET", path: "/", client: "10.0.0.1" });
  expect(requestOf(draft, "/")).toMatchObject({ peer: "10.0.0.1", client: "10.0.0.1" });
});

test("formats are told by how logs begin", () => {
  const kind = (name: string, start: string): string => {
    const format = detected(name, Buffer.from(start));
    return format.kind === "text" ? format.format : format.kind;
  };
  expect(kind("a", ' {\n "log" : {')).toBe("har");
  expect(kind("a.har.gz", "")).toBe("har");
  expect(kind("a", '{"method":"GET"}\n')).toBe("json");
  expect(kind("a", "GET / 200 - 1ms\n")).toBe(TOLLGATE_FORMAT);
  expect(kind("a", '[2026-01-31T08:00:00Z] "GET / HTTP/1.1" 200 - 0 0 1 1 "-" "-" "-" "a" "-"\n')).toBe(
    ENVOY_FORMAT,
  );
  expect(() => detected("a", Buffer.from("10.0.0.1 - - nonsense\n"))).toThrow("in no format that is known");
});

describe("streams", () => {
  const cut = (text: Buffer, sizes: readonly number[]): AsyncIterable<Buffer> => {
    const pieces: Buffer[] = [];
    let at = 0;
    for (let i = 0; at < text.length; i++) {
      const size = sizes[i % sizes.length] ?? 1;
      pieces.push(Buffer.from(text.subarray(at, at + size)));
      at += size;
    }
    return (async function* () {
      for (const piece of pieces) yield await Promise.resolve(piece);
    })();
  };
  const gathered = async (batches: AsyncIterable<Batch>): Promise<string[]> => {
    const lines: string[] = [];
    for await (const batch of batches) {
      expect(batch.line).toBe(lines.length + 1);
      const found = linesOf(batch.bytes, { kind: "json" });
      expect(found).toHaveLength(batch.lines);
      lines.push(...found);
    }
    return lines;
  };
  const sizes = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 5 });

  test("lines stay whole", async () => {
    const line = fc
      .oneof(fc.string({ unit: "grapheme" }), fc.constant("x".repeat(100_000)))
      .map((text) => text.replace(/[\r\n]/g, " "));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.boolean(), sizes, async (lines, ends, by) => {
        const text = lines.join("\n") + (ends && lines.length > 0 ? "\n" : "");
        const wanted = ends || lines.at(-1) !== "" ? lines : lines.slice(0, -1);
        expect(await gathered(lineBatches(cut(Buffer.from(text), by)))).toEqual(text === "" ? [] : wanted);
      }),
      { numRuns: 40 },
    );
  });

  test("entries of a HAR file stay whole, whatever else it holds", async () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), value), { maxLength: 8 }),
        value,
        fc.constantFrom(0, 1, 2),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
        async (entries, other, indent, by) => {
          const document = {
            log: { version: "1.2", pages: [other], creator: { entries: [{}] }, entries, comment: "]}" },
          };
          const text = JSON.stringify(document, null, indent).replaceAll("\n", "\r\n");
          const batches = harBatches(cut(Buffer.from(text), by));
          expect((await gathered(batches)).map((line) => JSON.parse(line) as unknown)).toEqual(
            JSON.parse(JSON.stringify(entries)),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test("a HAR file that ends in the middle says so", async () => {
    const ended = async (text: string): Promise<boolean> => {
      const batches = harBatches(cut(Buffer.from(text), [10]));
      for (;;) {
        const { done, value } = await batches.next();
        if (done) return value;
      }
    };
    const whole = JSON.stringify({ log: { entries: [{ a: 1 }, { b: "}" }] } });
    expect(await ended(whole)).toBe(true);
    for (let at = 1; at < whole.length; at++) expect(await ended(whole.slice(0, at))).toBe(false);
  });

  test("a line beyond all bounds does not fill the memory, and those behind it are read", async () => {
    const text = `a\n${"x".repeat(5_000_000)}\nb\n`;
    const lines = await gathered(lineBatches(cut(Buffer.from(text), [300_000])));
    expect(lines.map((line) => line.slice(0, 2))).toEqual(["a", "xx", "b"]);
    expect(lines[1]?.length).toBeLessThan(2_000_000);
  });
});
