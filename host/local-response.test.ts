import { describe, expect, test } from "@jest/globals";
import { toBytes } from "./bytes.ts";
import { HeaderMap } from "./header-map.ts";
import { renderLocalResponse, type LocalResponse } from "./local-response.ts";

const local = (parts: Partial<LocalResponse> = {}): LocalResponse => ({
  status: 403,
  details: "d",
  body: toBytes("no"),
  headers: new HeaderMap([["x-why", "test"]]),
  grpcStatus: -1,
  ...parts,
});
const request = (...more: Array<readonly [string, string]>) =>
  new HeaderMap([[":method", "POST"], [":path", "/"], ...more]);

describe("a local response", () => {
  test("declares its body, as text where the filter says nothing else", () => {
    const { status, headers, body } = renderLocalResponse(local(), request());
    expect(status).toBe(403);
    expect(headers.entries()).toEqual([
      [":status", "403"],
      ["x-why", "test"],
      ["content-length", "2"],
      ["content-type", "text/plain"],
    ]);
    expect(Buffer.from(body).toString()).toBe("no");
    const json = local({ headers: new HeaderMap([["content-type", "application/json"]]) });
    expect(renderLocalResponse(json, request()).headers.getAll("content-type")).toEqual(["application/json"]);
  });

  test("without a body has neither length nor type", () => {
    const bare = local({ body: toBytes(""), headers: new HeaderMap([["content-type", "a/b"]]) });
    expect(renderLocalResponse(bare, request()).headers.entries()).toEqual([[":status", "403"]]);
  });

  test("to HEAD keeps its headers and loses its body", () => {
    const { headers, body } = renderLocalResponse(local(), new HeaderMap([[":method", "HEAD"]]));
    expect(headers.get("content-length")).toBe("2");
    expect(body.length).toBe(0);
  });
});

describe("to a gRPC request", () => {
  const grpc = request(["content-type", "application/grpc+proto"]);

  test("it is HTTP 200 with status and message as headers", () => {
    const { status, headers, body } = renderLocalResponse(local({ body: toBytes("a b%~\n\xe9") }), grpc);
    expect(status).toBe(200);
    expect(body.length).toBe(0);
    expect(headers.entries()).toEqual([
      [":status", "200"],
      ["x-why", "test"],
      ["content-type", "application/grpc"],
      ["grpc-status", "7"],
      ["grpc-message", "a b%25%7E%0A%E9"],
    ]);
  });

  test.each([
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [502, 14],
    [503, 14],
    [504, 14],
    [418, 2],
  ])("HTTP %i becomes status %i", (status, expected) => {
    expect(renderLocalResponse(local({ status }), grpc).headers.get("grpc-status")).toBe(String(expected));
  });

  test("the filter's own status wins", () => {
    expect(renderLocalResponse(local({ grpcStatus: 8 }), grpc).headers.get("grpc-status")).toBe("8");
  });

  test("other content types are no gRPC", () => {
    const web = request(["content-type", "application/grpc-web"]);
    expect(renderLocalResponse(local(), web).status).toBe(403);
  });
});
