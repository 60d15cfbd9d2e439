import { beforeAll, describe, expect, test } from "@jest/globals";
import { toBytes } from "./bytes.ts";
import { HeaderMap } from "./header-map.ts";
import type { FilterModule } from "./module.ts";
import type { HttpStream } from "./stream.ts";
import { compileFilter } from "./testing/compile.ts";
import { Vm, type VmOptions } from "./vm.ts";

let headersFilter: FilterModule;
let bodiesFilter: FilterModule;

beforeAll(() => {
  headersFilter = compileFilter("headers");
  bodiesFilter = compileFilter("bodies");
});

function open(
  filter: FilterModule,
  options: VmOptions = {},
): { vm: Vm; stream: HttpStream; told: unknown[][] } {
  const vm = Vm.start(filter, options);
  const stream = vm.openStream();
  const told: unknown[][] = [];
  stream.listener = {
    continued: (side, body, end, trailers) =>
      told.push([side, Buffer.from(body).toString(), end, ...(trailers?.entries() ?? [])]),
    ended: (result) => told.push([result.kind]),
  };
  return { vm, stream, told };
}

function get(path: string): HeaderMap {
  return new HeaderMap([
    [":authority", "shop.test"],
    [":path", path],
    [":method", "POST"],
  ]);
}

describe("a filter that pauses on headers", () => {
  test("lets the headers go first, then all that came in one piece with its end", () => {
    const { vm, stream, told } = open(headersFilter);
    expect(stream.requestHeaders(get("/later"), false).kind).toBe("pause");
    expect(stream.requestBody(toBytes("one"), false).kind).toBe("pause");
    expect(stream.requestBody(toBytes("two"), true).kind).toBe("pause");
    vm.tick();
    expect(told).toEqual([
      ["request", "", false],
      ["request", "onetwo", true],
    ]);
  });

  test("lets trailers go last", () => {
    const { vm, stream, told } = open(headersFilter);
    stream.requestHeaders(get("/later"), false);
    stream.requestBody(toBytes("one"), false);
    expect(stream.requestTrailers(new HeaderMap([["x-t", "1"]])).kind).toBe("pause");
    vm.tick();
    expect(told).toEqual([
      ["request", "", false],
      ["request", "one", false],
      ["request", "", true, ["x-t", "1"]],
    ]);
  });

  test("sees the body all the same where its plugin allows that", () => {
    const seen = (allowOnHeadersStopIteration: boolean): unknown[] => {
      const { stream } = open(headersFilter, { allowOnHeadersStopIteration });
      return [
        stream.requestHeaders(get("/later"), false),
        stream.requestBody(toBytes("one"), true).kind,
        stream.readsRequestBody,
      ];
    };
    expect(seen(false)).toEqual([{ kind: "pause", buffer: false }, "pause", true]);
    expect(seen(true)).toEqual([{ kind: "pause", buffer: true }, "continue", false]);
  });
});

test("headers stay within reach of a filter that has not let them go", () => {
  const lines: string[] = [];
  const { vm } = open(headersFilter, { log: (_, line) => lines.push(line) });
  for (const path of ["/deny", "/pass"]) {
    const stream = vm.openStream();
    stream.requestHeaders(get(path), true);
    stream.responseHeaders(new HeaderMap([[":status", "403"]]), true);
  }
  expect(lines).toEqual(["response 403 request=/deny pairs=3", "response 403 request=!2 pairs=0"]);
});

test("a request that is gathered past the limit is refused", () => {
  const { stream } = open(bodiesFilter);
  stream.requestHeaders(get("/gather"), false);
  stream.requestBody(new Uint8Array(1024 * 1024), false);
  expect(stream.requestBody(new Uint8Array(1), false)).toMatchObject({
    kind: "local-response",
    response: { status: 413 },
  });
});
