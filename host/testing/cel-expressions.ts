/**
 * CEL expressions and what becomes of them in Envoy 1.40, as bytes or as the statuses of `expr_create` and
 * `expr_evaluate`. The request is `POST /a/b?x=1` to shop.test with a body of four bytes and the headers
 * {@link celRequestHeaders}; the filter `cel.as` has set the properties `note`, and `label`, declared a string.
 */
export const celRequestHeaders: ReadonlyArray<readonly [string, string]> = [
  ["x-a", "1"],
  ["x-a", "2"],
  ["referer", "ref"],
  ["user-agent", "ua"],
];

/** `expr_create` answers BadArgument. */
const REFUSED = "2 ";
/** `expr_evaluate` answers InternalFailure. */
const FAILS = "0 10 ";
/** `expr_evaluate` answers SerializationFailure: the value has no bytes. */
const NO_FORM = "0 3 ";

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const yes = bytes(1);
const no = bytes(0);

function int(value: number | bigint): Buffer {
  const word = Buffer.alloc(8);
  word.writeBigInt64LE(BigInt(value));
  return word;
}

function double(value: number): Buffer {
  const word = Buffer.alloc(8);
  word.writeDoubleLE(value);
  return word;
}

/** Count, then the sizes of each key and value, then each with a NUL. */
function map(...entries: Array<[string | Buffer, string | Buffer]>): Buffer {
  const texts = entries.flat().map((text) => Buffer.from(text));
  const numbers = [entries.length, ...texts.map((text) => text.length)];
  const head = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, i) => head.writeUInt32LE(number, i * 4));
  return Buffer.concat([head, ...texts.flatMap((text) => [text, no])]);
}

const list = (...items: Array<string | Buffer>): Buffer =>
  map(...items.map((item): [string | Buffer, string] => [item, ""]));

const outcomes: ReadonlyArray<readonly [expression: string, outcome: string | Buffer]> = [
  ["1+1", int(2)],
  ["-1", int(-1)],
  ["9223372036854775807", int(9223372036854775807n)],
  ["1u", int(1)],
  ["1.5", double(1.5)],
  ["true", yes],
  ["false", no],
  ["'a' + 'ä'", "aä"],
  ["b'ab\\xff'", bytes(0x61, 0x62, 0xff)],
  ["null", NO_FORM],
  ["type(1)", NO_FORM],
  ["1/0", FAILS],
  ["9223372036854775807+1", FAILS],
  ["duration('1.5s')", int(1500000000)],
  ["timestamp('2024-01-01T00:00:00Z')", int(1704067200000000000n)],
  ["timestamp('2024-01-01T00:00:00Z') - duration('1h')", int(1704063600000000000n)],
  ["[1,'a']", list(int(1), "a")],
  ["[]", list()],
  ["{}", map()],
  // One entry only: Envoy's maps have no order.
  ["{'b':'c'}", map(["b", "c"])],
  ["{1:2}", map([int(1), int(2)])],
  ["[[1],{'a':'b'}]", list(list(int(1)), map(["a", "b"]))],
  ["[null]", NO_FORM],
  ["[1,2].map(x,x*2)", list(int(2), int(4))],
  ["[1,2,3].filter(x,x>1)", list(int(2), int(3))],
  ["[1,2].exists(x,x>1)", yes],
  ["[1,2].all(x,x>1)", no],
  ["1 +", REFUSED],
  ["nosuch", FAILS],
  ["nosuch.field", FAILS],
  ["nosuch || true", yes],
  ["nofn(1)", REFUSED],
  ["true || nofn(1)", REFUSED],
  ["'a'.nomethod()", REFUSED],
  ["'a'.upperAscii()", REFUSED],
  ["'a'.charAt(0)", REFUSED],
  ["math.greatest(1,2)", REFUSED],
  ["optional.of(1)", REFUSED],
  ["1 == 'a'", no],
  ["1 < 'a'", FAILS],
  ["1 == 1.0", yes],
  ["1 < 1.5", yes],
  ["1u == 1", yes],
  ["'a' == b'a'", no],
  ["dyn(1)", int(1)],
  ["string(1)", "1"],
  ["string(1.5)", "1.5"],
  ["string(true)", "true"],
  ["string(b'a')", "a"],
  ["bytes('a')", "a"],
  ["int('7')", int(7)],
  ["int(1.9)", int(1)],
  ["uint(3)", int(3)],
  ["uint(-1)", FAILS],
  ["double('1.5')", double(1.5)],
  ["bool('true')", yes],
  ["'abc'.matches('^a.c$')", yes],
  ["matches('abc','b')", yes],
  ["'abc'.contains('b')", yes],
  ["'abc'.startsWith('b')", no],
  ["'abc'.endsWith('c')", yes],
  ["size('é')", int(1)],
  ["size([1])", int(1)],
  ["size({'a':1})", int(1)],
  ["'é'.size()", int(1)],
  ["has(request.path)", yes],
  ["has(request.missing)", no],
  ["has(nosuch.x)", FAILS],
  ["1 in [1,2]", yes],
  ["'a' in {'a':1}", yes],
  ["true ? 1 : 'a'", int(1)],
  ["1 ? 1 : 2", FAILS],
  ["!true", no],
  ["-(1)", int(-1)],
  ["7 % 3", int(1)],
  ["-7 / 2", int(-3)],
  ["[1]+[2]", list(int(1), int(2))],
  ["'a' < 'b'", yes],
  ["[1][0]", int(1)],
  ["[1][5]", FAILS],
  ["{'a':1}.a", int(1)],
  ["{'a':1}['b']", FAILS],
  ["'abc'.matches('(')", FAILS],
  ["google.protobuf.Duration{seconds:5}", int(5000000000)],
  ["google.protobuf.BoolValue{value:true}", yes],
  ["google.protobuf.Struct{}", map()],
  ["google.protobuf.Value{string_value:'x'}", "x"],
  ["Foo{}", REFUSED],
  ["int(timestamp('2024-01-01T00:00:00Z'))", int(1704067200)],
  ["timestamp('2024-01-01T12:34:56Z').getHours()", int(12)],
  ["timestamp('2024-01-01T12:34:56Z').getFullYear('Europe/Berlin')", int(2024)],
  ["duration('90m').getMinutes()", int(90)],
  ["string(timestamp('2024-01-01T00:00:00Z'))", "2024-01-01T00:00:00Z"],
  ["string(duration('90s'))", "90s"],
  ["request.path", int(3548124295063363887n)],
  ["request.url_path", "/a/b"],
  ["request.host", "shop.test"],
  ["request.scheme", "http"],
  ["request.method", "POST"],
  ["request.referer", "ref"],
  ["request.useragent", "ua"],
  ["request.protocol", int(3543824036068086856n)],
  ["request.query", "x=1"],
  ["request.size", int(4)],
  ["request.total_size > 0", yes],
  ["request.headers['x-a']", "1,2"],
  ["request.headers['X-A']", "1,2"],
  ["request.headers['no']", FAILS],
  ["'x-a' in request.headers", yes],
  ["'no' in request.headers", no],
  ["request.headers['bad name']", FAILS],
  ["request['path']", int(3548124295063363887n)],
  ["request.headers.method", FAILS],
  ["request.headers[':path']", int(3548124295063363887n)],
  ["request.time > timestamp('2024-01-01T00:00:00Z')", yes],
  ["request.duration", FAILS],
  ["request.id.size()", int(36)],
  ["type(request.time) == google.protobuf.Timestamp", FAILS],
  ["type(request.size)", NO_FORM],
  ["request.size == 4", yes],
  ["size(request)", int(0)],
  ["size(request.headers) > 3", yes],
  ["request.headers.exists(k, k == 'x-a')", yes],
  ["response.code", FAILS],
  ["response.headers['a']", FAILS],
  ["response.code_details", FAILS],
  ["response.grpc_status", FAILS],
  ["source.address.startsWith('127.0.0.1:')", yes],
  ["source.port > 0", yes],
  ["destination.address.startsWith('127.')", yes],
  ["destination.port > 0", yes],
  ["source.nothing", FAILS],
  ["connection.id > 0u", yes],
  ["connection.id > 0", yes],
  ["connection.mtls", no],
  ["connection.tls_version", FAILS],
  ["upstream.address", FAILS],
  ["upstream.port", FAILS],
  ["plugin_name", "cel"],
  ["plugin_root_id", "r"],
  ["plugin_vm_id", "v"],
  ["node", FAILS],
  ["metadata.filter_metadata", map()],
  ["metadata.filter_metadata['x']", FAILS],
  ["has(metadata.filter_metadata.x)", no],
  ["size(metadata.filter_metadata)", int(0)],
  ["note", "kept"],
  ["label", "read"],
  ["type(note)==bytes", yes],
  ["type(label)==string", yes],
  ["note == b'kept'", yes],
  ["filter_state['wasm.note']", "kept"],
  ["filter_state['wasm.label']", "read"],
  ["filter_state['tollgate.direct_remote_address']", "127.0.0.1"],
  ["filter_state['none']", FAILS],
  ["has(filter_state.none)", no],
  ["cel.bind(x, 1, x)", REFUSED],
  ["[1,2].exists_one(x, x==1)", yes],
  ["'%d'.format([1])", REFUSED],
  ["'a,b'.split(',')", REFUSED],
  ["base64.encode(b'a')", REFUSED],
  ["1 < 2u", yes],
  ["1.0 == 1u", yes],
  ["1 != null", yes],
  ["null == null", yes],
  ["[1,2] == [1,2]", yes],
  ["{'a':1} == {'a':1.0}", yes],
  ["'x' == request.path", no],
  ["request == request", yes],
  ["request.headers == request.headers", yes],
  ["type(request.headers)", NO_FORM],
  ["request.path.size() > 2 && request.method == 'POST'", yes],
  ["nosuch && false", no],
  ["nosuch && true", FAILS],
  ["size(nosuch)", FAILS],
  ["request.nope == 1 || true", yes],
  ["0x1F", int(31)],
  ["1e3", double(1000)],
  ["'\\u00e9'", "é"],
  ["r'\\n'", "\\n"],
  ['"""ab"""', "ab"],
];

/** Each expression with the answer of the filter `cel.as`: "create evaluate hex". */
export const celExpressions: ReadonlyArray<readonly [expression: string, answer: string]> = outcomes.map(
  ([expression, outcome]) => {
    const isStatus = outcome === REFUSED || outcome === FAILS || outcome === NO_FORM;
    return [expression, isStatus ? outcome : `0 0 ${Buffer.from(outcome).toString("hex")}`];
  },
);

/** What `cel.as` answers without an expression: tokens count up from 0, and one that is gone is NotFound. */
export const CEL_TOKENS = "000000000 001000000 0 0 1 0 002000000 22";
