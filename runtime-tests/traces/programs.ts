// Random programs for the probe, and random requests to run them on. What Envoy itself does not survive is left out:
// local responses from on_log on, `continue_stream` of what does not wait, and bodies that break a declared length.
import fc from "fast-check";
import type { TraceRequest } from "./trace.ts";

const quoted = (text: string): string => `'${text}`;
const names = fc
  .constantFrom("x-a", "x-b", "X-A", "accept", ":path", ":method", ":status", "host", "etag", "x-none", "")
  .map(quoted);
/** Names that a filter writes: nothing that frames a message. */
const written = fc
  .constantFrom("x-a", "x-b", "X-New", "accept", "etag", "cookie", "set-cookie", "x-long-name-of-a-header")
  .map(quoted);
const values = fc.constantFrom("", "a", "a,b", "%ff%80", "b%20c", "0123456789").map(quoted);
const maps = fc.constantFrom(0, 0, 0, 2, 2, 2, 1, 3, 4, 5, 6, 7, 8);
/** Without those of trailers, which a write in a body's last callback makes. */
const writtenMaps = fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 5, 6, 7, 8);
const offsets = fc.constantFrom(0, 0, 1, 2, 3, 5, 100);
const lengths = fc.constantFrom(0, 1, 2, 3, 100, 100);
const list = fc
  .array(fc.tuple(fc.constantFrom("x-a", "x-b", "accept", "etag"), fc.constantFrom("1", "2", "")), {
    maxLength: 3,
  })
  .map((pairs) => `{${pairs.map(([name, value]) => `${name}:${value}`).join()}}`);

const call = (name: string, ...parts: fc.Arbitrary<string | number>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((args) => [name, ...args].join(" "));
const fixed = (text: string): fc.Arbitrary<string> => fc.constant(text);

const headers = fc.oneof(
  call("get_header_map_value", maps, names, fixed("@b")),
  call("get_header_map_pairs", maps, fixed("@h")),
  call("get_header_map_size", writtenMaps, fixed("@n")),
  call("add_header_map_value", writtenMaps, written, values),
  call("replace_header_map_value", writtenMaps, written, values),
  call("remove_header_map_value", writtenMaps, written),
  call("replace_header_map_value", fixed("0"), fixed("':path"), fixed("'/replaced?x")),
  call("replace_header_map_value", fixed("2"), fixed("':status"), fc.constantFrom("'200", "'418", "'503")),
);

const properties = call(
  "get_property",
  fc
    .constantFrom(
      ...[
        "request%00path",
        "request%00method",
        "request%00size",
        "request%00total_size",
        "request%00protocol",
      ],
      ...["request%00headers%00x-a", "response%00code", "response%00code_details", "response%00flags"],
      ...["response%00size", "response%00headers%00x-up", "plugin_name", "mine", "filter_state%00wasm.mine"],
      ...["upstream%00port%00x", "connection%00mtls", "source%00none", "none"],
    )
    .map(quoted),
  fixed("@b"),
);

const others = fc.oneof(
  properties,
  call("set_property", fc.constantFrom("'mine", "'request%00path", "'a%00b"), values),
  call("get_shared_data", fc.constantFrom("'k", "'l"), fixed("@b"), fixed("@n")),
  call("set_shared_data", fc.constantFrom("'k", "'l"), values, fc.constantFrom(0, 1, "$1")),
  fixed("get_shared_data 'k @b @n1"),
  call(
    "define_metric",
    fc.constantFrom("0 'generated_counter", "1 'generated_gauge", "2 'generated_histogram"),
    fixed("@n2"),
  ),
  call("increment_metric", fixed("$2"), fc.constantFrom(-2, 0, 1, 5)),
  call("get_metric", fixed("$2"), fixed("@q")),
  call("resolve_shared_queue", fixed("'"), fixed("'generated"), fixed("@n3")),
  fixed("register_shared_queue 'generated-own @n3"),
  call("set_effective_context", fc.constantFrom("root", "self", 0, 99999)),
  fixed("get_status @n @b"),
  fixed("continue_stream 9"),
  fixed("done"),
);

/** A body is for its own callbacks: elsewhere Envoy may show what is no longer there. */
const bodies = (buffer: 0 | 1): fc.Arbitrary<string> =>
  fc.oneof(
    call("get_buffer_bytes", fixed(String(buffer)), offsets, lengths, fixed("@b")),
    call("get_buffer_status", fixed(String(buffer)), fixed("@n"), fixed("@n")),
    call("set_buffer_bytes", fixed(String(buffer)), offsets, lengths, values),
  );

const response = fc
  .tuple(fc.constantFrom(200, 401, 403, 503), values, values, list, fc.constantFrom(-1, 0, 7))
  .map(
    ([status, details, body, pairs, grpc]) =>
      `send_local_response ${status} ${details} ${body} ${pairs} ${grpc}`,
  );

const section = (
  name: string,
  operations: fc.Arbitrary<string>,
  answers: fc.Arbitrary<number> | undefined,
): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(operations, { maxLength: 6 }), answers ?? fc.constant(0))
    .map(([list, answer]) => `${name}: ${[...oneResponse(list), `return ${answer}`].join("; ")}`);

/** Of several local responses in a response's body Envoy dies. */
function oneResponse(operations: readonly string[]): string[] {
  const first = operations.findIndex(isResponse);
  return operations.filter((operation, i) => i === first || !isResponse(operation));
}

const isResponse = (operation: string): boolean => operation.startsWith("send_local_response");

const rarely = <T>(weight: number, common: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: common }, { weight: 1, arbitrary: rare });

const onHeaders = rarely(12, fc.oneof(headers, others), response);
const onBody = (buffer: 0 | 1): fc.Arbitrary<string> =>
  rarely(12, fc.oneof(bodies(buffer), headers, others), response);
const afterwards = fc.oneof(headers, properties);
const dataAnswers = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);

/** A filter that asks somebody else first. */
const asking = section("on_request_headers", fc.oneof(headers, others), undefined).chain((before) =>
  fc.tuple(fc.array(fc.oneof(headers, properties), { maxLength: 3 }), fc.boolean()).map(([inside, go]) => {
    const asks = before.replace(
      "return 0",
      "set_effective_context self; http_call 'auth {:method:GET,:path:/,:authority:a} ' {} 2000 @n; return 1",
    );
    const end = go ? "continue_stream 0" : "send_local_response 403 'asked 'no {} -1";
    return `${asks}|on_http_call_response: ${["set_effective_context stream", ...inside, end].join("; ")}`;
  }),
);

/** A program, its sections separated by `|`, as a request's `x-program` header. */
const programs = fc
  .tuple(
    rarely(6, section("on_request_headers", onHeaders, undefined), asking),
    section("on_request_body", onBody(0), undefined),
    section("on_request_body.1", onBody(0), dataAnswers),
    section("on_request_body.2", onBody(0), dataAnswers),
    section("on_request_trailers", fc.oneof(headers, others), undefined),
    section("on_response_headers", onHeaders, undefined),
    section("on_response_body", onBody(1), undefined),
    section("on_response_body.1", onBody(1), dataAnswers),
    section("on_response_body.2", onBody(1), dataAnswers),
    section("on_response_trailers", headers, undefined),
    section("on_log", afterwards, undefined),
    section("on_done", afterwards, undefined),
    rarely(
      20,
      fixed(""),
      fc.constantFrom("on_request_body.2: trap", "on_response_headers: trap", "on_log: trap"),
    ),
  )
  .map((sections) =>
    sections
      .filter((text) => text !== "")
      .reverse()
      .join("|"),
  );

const chunks = fc.array(fc.constantFrom("a", "bc", "defg"), { minLength: 1, maxLength: 2 });

/** A request with its program. */
export const generatedRequests: fc.Arbitrary<TraceRequest> = fc
  .tuple(
    programs,
    fc.array(fc.constantFrom<[string, string]>(["x-a", "1"], ["x-a", "2"], ["accept", "a"], ["X-B", ""]), {
      maxLength: 3,
    }),
    fc.option(chunks, { nil: undefined }),
    fc.boolean(),
  )
  .map(([program, extra, body, trailers]) => ({
    path: "/generated?q",
    headers: [["x-program", program], ...extra],
    patience: 1000,
    ...(body === undefined
      ? {}
      : { method: "POST", body, ...(trailers && { trailers: [["x-trailer", "t"]] as const }) }),
  }));
