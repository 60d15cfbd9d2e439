import { beforeAll, describe, expect, test } from "@jest/globals";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { HeaderMap } from "../header-map.ts";
import type { FilterModule } from "../module.ts";
import { compileFilter } from "../testing/compile.ts";
import { Vm } from "../vm.ts";

let filter: FilterModule;

beforeAll(() => {
  filter = compileFilter("foreign");
});

/** A length-delimited protobuf field, or a small number. */
function field(number: number, value: string | Uint8Array | number): Buffer {
  if (typeof value === "number") return Buffer.of(number << 3, value);
  const bytes = Buffer.from(value);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length), bytes]);
}

function open(configuration?: Buffer): { vm: Vm; lines: string[] } {
  const lines: string[] = [];
  const vm = Vm.start(filter, {
    log: (_, line) => lines.push(line),
    ...(configuration && { pluginConfiguration: configuration }),
  });
  return { vm, lines };
}

function call(name: string, ...argument: Uint8Array[]): { status: string; result: Buffer } {
  const { vm, lines } = open();
  const body = Buffer.concat([Buffer.from(`${name}|`), ...argument]);
  const result = vm.openStream().requestBody(body, true);
  if (result.kind !== "continue") throw new Error(result.kind);
  return { status: lines[0] ?? "", result: Buffer.from(result.body) };
}

const ok = Buffer.of(0x08, 1);
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const text = Buffer.from("to be signed");

describe("compress and uncompress", () => {
  test("speak zlib's format", () => {
    const plain = Buffer.from("abcabcabc".repeat(50));
    const packed = call("compress", plain);
    expect(packed.status).toBe("status=0");
    expect(inflateSync(packed.result)).toEqual(plain);
    expect(call("uncompress", deflateSync(plain))).toEqual({ status: "status=0", result: plain });
  });

  test("what is not zlib's is a SerializationFailure", () => {
    expect(call("uncompress", Buffer.from("no")).status).toBe("status=3");
  });
});

describe("verify_signature", () => {
  test.each([
    ["RSA", rsa],
    ["ECDSA", ec],
  ])("knows %s keys in both forms and any case of the hash's name", (_, { privateKey, publicKey }) => {
    const signature = sign("sha256", text, privateKey);
    const der = publicKey.export({ format: "der", type: "spki" });
    const pem = publicKey.export({ format: "pem", type: "spki" });
    const rest = [field(3, signature), field(4, text)];
    expect(call("verify_signature", field(1, "SHA256"), field(2, der), ...rest).result).toEqual(ok);
    expect(call("verify_signature", field(1, "sha256"), field(5, pem), ...rest).result).toEqual(ok);
    expect(call("verify_signature", field(1, "sha512"), field(5, pem), ...rest)).toEqual({
      status: "status=0",
      result: field(2, "Failed to verify digest. Error code: 0"),
    });
  });

  const pem = rsa.publicKey.export({ format: "pem", type: "spki" });

  test("says what it cannot do", () => {
    expect(call("verify_signature", field(1, "md5"), field(5, pem)).result).toEqual(
      field(2, "md5 is not supported."),
    );
    const malformed = field(2, "Failed to initialize digest verify.");
    expect(call("verify_signature", field(1, "sha256"), field(2, "no key")).result).toEqual(malformed);
    const secret = rsa.privateKey.export({ format: "pem", type: "pkcs8" });
    expect(call("verify_signature", field(1, "sha256"), field(5, secret)).result).toEqual(malformed);
  });

  test("takes one key, and a well-formed message", () => {
    const arguments_ = [
      [field(1, "sha256")],
      [field(1, "sha256"), field(2, "key"), field(5, pem)],
      [Buffer.of(0x0a, 9, 1)],
      [field(1, Buffer.of(0xff)), field(5, pem)],
    ];
    for (const argument of arguments_)
      expect(call("verify_signature", ...argument)).toMatchObject({ status: "status=2" });
  });
});

describe("sign", () => {
  test.each([
    ["RSA", rsa],
    ["ECDSA", ec],
  ])("with %s keys in both forms", (_, { privateKey, publicKey }) => {
    const der = field(2, privateKey.export({ format: "der", type: "pkcs8" }));
    const pem = field(4, privateKey.export({ format: "pem", type: "pkcs8" }));
    for (const key of [der, pem]) {
      const { status, result } = call("sign", field(1, "sha256"), key, field(3, text));
      expect(status).toBe("status=0");
      expect(result.subarray(0, 3)).toEqual(Buffer.of(0x08, 1, 0x12));
      const signature = result.subarray((result[3] ?? 0) > 127 ? 5 : 4);
      expect(verify("sha256", text, publicKey, signature)).toBe(true);
    }
  });

  test("without a usable key says so; without any is a bad argument", () => {
    expect(call("sign", field(1, "sha256"), field(2, "no key")).result).toEqual(
      field(3, "Invalid key type: private key required for signing operation."),
    );
    expect(call("sign", field(1, "crc"), field(2, "no key")).result).toEqual(
      field(3, "crc is not supported."),
    );
    expect(call("sign", field(1, "sha256")).status).toBe("status=2");
  });
});

test("set_envoy_filter_state takes the names Envoy knows, and a stream", () => {
  const { vm, lines } = open(
    Buffer.concat([Buffer.from("set_envoy_filter_state|"), field(1, "envoy.string")]),
  );
  const stream = vm.openStream();
  const set = (path: string): void =>
    void stream.requestBody(
      Buffer.concat([Buffer.from("set_envoy_filter_state|"), field(1, path), field(2, "seen")]),
      true,
    );
  set("envoy.string");
  set("shop.tier");
  stream.responseHeaders(new HeaderMap([[":status", "200"]]), true);
  expect(lines).toEqual(["configure=1", "status=0", "status=1", "set=00 note=note", "string=seen"]);
});

test("declare_property on the root makes a property that is set once", () => {
  const { vm, lines } = open(
    Buffer.concat([Buffer.from("declare_property|"), field(1, "note"), field(2, 1)]),
  );
  vm.openStream().responseHeaders(new HeaderMap([[":status", "200"]]), true);
  expect(lines.slice(0, 2)).toEqual(["configure=0", "set=02 note=one"]);
  expect(call("declare_property", Buffer.of(0x0a, 9)).status).toBe("status=2");
});

test("an unknown name is NotFound", () => {
  expect(call("hash").status).toBe("status=1");
});
