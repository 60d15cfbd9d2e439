// The SDK's foreign functions in a real Envoy and in the Node host.
import { generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto";
import http from "node:http";
import { deflateSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { instantiateSync } from "@assemblyscript/loader";
import { compile } from "../../filters/runtime/testing/compile.ts";
import {
  httpServer,
  inBothEngines,
  nobody,
  type RunningProxy,
  type EnvoyYaml,
  type TestAnswer,
} from "../../filters/testing/index.ts";

/** Has the filter do something with arguments. */
async function ask(
  proxy: RunningProxy,
  task: string,
  ...given: (string | Uint8Array)[]
): Promise<TestAnswer> {
  const body = Buffer.concat(
    [task, ...given].flatMap((one) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(Buffer.byteLength(one));
      return [size, Buffer.from(one)];
    }),
  );
  const answer = await proxy.send({ path: "/do", body });
  expect(answer.status).toBe(200);
  return answer;
}

const text = "what is to be signed";
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

const pem = (key: KeyObject): string =>
  key.export({ type: key.type === "public" ? "spki" : "pkcs8", format: "pem" } as never) as string;
const der = (key: KeyObject): Buffer =>
  key.export({ type: key.type === "public" ? "spki" : "pkcs8", format: "der" } as never) as unknown as Buffer;

const HASHES = ["sha1", "sha224", "sha256", "sha384", "sha512"];
const OK = 0;
const NOT_FOUND = 1;
const BAD_ARGUMENT = 2;
const SERIALIZATION_FAILURE = 3;
const INTERNAL_FAILURE = 10;
const WRONG = `false ${OK} Failed to verify digest. Error code: 0`;
const NO_KEY = `false ${OK} Failed to initialize digest verify.`;

inBothEngines("../runtime-tests/assembly/foreign-functions", (run, engine) => {
  const edit = engine === "host" ? { edit: withoutFilterStateRoute } : {};
  const started = (body: (proxy: RunningProxy) => Promise<void>): Promise<void> =>
    run({ clusters: { usual: nobody(), chosen: nobody() }, ...edit }, body);

  test("compress and uncompress speak zlib's format", () =>
    started(async (proxy) => {
      const plain = Buffer.from("abc".repeat(20_000));
      const packed = (await ask(proxy, "/compress", plain)).bytes;
      expect(packed.length).toBeLessThan(1000);
      expect(inflateSync(packed)).toEqual(plain);
      expect(Buffer.from((await ask(proxy, "/uncompress", packed)).bytes)).toEqual(plain);
      expect((await ask(proxy, "/uncompress", deflateSync(""))).bytes).toHaveLength(0);
      for (const other of [
        "",
        "not compressed",
        packed.subarray(0, 1),
        packed.subarray(0, packed.length - 1),
      ])
        expect((await ask(proxy, "/uncompress", other)).body).toBe(`none ${SERIALIZATION_FAILURE} `);
    }));

  test.each([
    ["RSA", rsa],
    ["ECDSA", ec],
  ])(
    "a good %s signature is told from bad ones, under keys in PEM and in DER",
    (_, { publicKey, privateKey }) =>
      started(async (proxy) => {
        const key = pem(publicKey);
        for (const hash of HASHES) {
          const signature = sign(hash, Buffer.from(text), privateKey);
          expect((await ask(proxy, "/verify", hash, key, signature, text)).body).toBe(`true ${OK} `);
        }
        const signature = sign("sha256", Buffer.from(text), privateKey);
        const verified = async (hash: string, ...rest: [string | Buffer, Buffer, string]): Promise<string> =>
          (await ask(proxy, "/verify", hash, ...rest)).body;
        expect(await verified("sha256", der(publicKey), signature, text)).toBe(`true ${OK} `);
        const bent = Buffer.from(signature);
        bent[20] = (bent[20] ?? 0) ^ 1;
        expect(await verified("sha256", key, bent, text)).toBe(WRONG);
        expect(await verified("sha256", key, signature.subarray(1), text)).toBe(WRONG);
        expect(await verified("sha256", key, Buffer.alloc(0), text)).toBe(WRONG);
        expect(await verified("sha256", key, signature, `${text}.`)).toBe(WRONG);
        expect(await verified("sha512", key, signature, text)).toBe(WRONG);
        expect(await verified("sha256", pem(otherRsa.publicKey), signature, text)).toBe(WRONG);
        expect(await verified("md5", key, signature, text)).toBe(`false ${OK}  is not supported.`);
      }),
  );

  test("what is no public key verifies nothing", () =>
    started(async (proxy) => {
      const signature = sign("sha256", Buffer.from(text), rsa.privateKey);
      const under = async (key: string | Uint8Array): Promise<string> =>
        (await ask(proxy, "/verify", "sha256", key, signature, text)).body;
      expect(await under("")).toBe(`false ${BAD_ARGUMENT} `);
      const broken = pem(rsa.publicKey).replace(/.{60}\n/, "\n");
      const none = ["no key", "0no key", broken, pem(rsa.privateKey), der(rsa.publicKey).subarray(0, 100)];
      for (const key of none) expect(await under(key)).toBe(NO_KEY);
    }));

  test("the two numbers of a JSON web token's ECDSA signature become DER", () =>
    started(async (proxy) => {
      const curves: [string, string][] = [
        ["P-256", "sha256"],
        ["P-384", "sha384"],
        ["P-521", "sha512"],
      ];
      for (const [namedCurve, hash] of curves) {
        const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
        // Numbers with and without a leading bit, now and then with a leading zero.
        for (let i = 0; i < 10; i++) {
          const data = Buffer.from(`${text} ${i}`);
          const raw = sign(hash, data, { key: privateKey, dsaEncoding: "ieee-p1363" });
          const signature = (await ask(proxy, "/der", raw)).bytes;
          expect(verify(hash, data, publicKey, signature)).toBe(true);
        }
      }
      const zeros = Buffer.concat([Buffer.alloc(31), Buffer.of(5), Buffer.alloc(32)]);
      expect(Buffer.from((await ask(proxy, "/der", zeros)).bytes).toString("hex")).toBe("3006020105020100");
      for (const raw of ["", "odd", "x".repeat(134)])
        expect((await ask(proxy, "/der", raw)).bytes).toHaveLength(0);
    }));

  test("what sign has signed, Node verifies", () =>
    started(async (proxy) => {
      for (const { publicKey, privateKey } of [rsa, ec])
        for (const hash of HASHES)
          for (const key of [pem(privateKey), der(privateKey)]) {
            const signature = (await ask(proxy, "/sign", hash, key, text)).bytes;
            expect(verify(hash, Buffer.from(text), publicKey, signature)).toBe(true);
          }
      const refused = async (hash: string, key: string): Promise<string> =>
        (await ask(proxy, "/sign", hash, key, text)).body;
      expect(await refused("sha256", "")).toBe(`none ${BAD_ARGUMENT} `);
      expect(await refused("md5", pem(rsa.privateKey))).toBe(`none ${OK}  is not supported.`);
      for (const key of ["no key", pem(rsa.publicKey)])
        expect(await refused("sha256", key)).toBe(
          `none ${OK} Invalid key type: private key required for signing operation.`,
        );
    }));

  test("filter state takes the names that Envoy has factories for, and can be read back", () =>
    started(async (proxy) => {
      expect((await proxy.send({ path: "/state" })).body).toBe(
        `none ${OK} grüß ${NOT_FOUND} ${engine === "envoy" ? BAD_ARGUMENT : OK}`,
      );
    }));

  test("a property is what it was declared to be on the filter object, and only there", () =>
    started(async (proxy) => {
      const declared = `${OK} ${BAD_ARGUMENT} ${OK}`;
      const set = `none ${OK} ${BAD_ARGUMENT} ${OK} ${OK} ${OK}`;
      expect((await proxy.send({ path: "/property" })).body).toBe(
        `${declared} | ${set} | first 2 none | true`,
      );
    }));

  test("expressions come to what CEL says, to nothing where it says nothing, and end", () =>
    started(async (proxy) => {
      const values = "true 10 1.5 GET!";
      const failures = `true ${INTERNAL_FAILURE} | true ${SERIALIZATION_FAILURE} | true ${BAD_ARGUMENT}`;
      expect((await proxy.send({ path: "/evaluate" })).body).toBe(
        `${values} | ${failures} | true ${OK} false ${NOT_FOUND}`,
      );
    }));

  test("a function that is not there answers nothing", () =>
    started(async (proxy) => {
      expect((await ask(proxy, "/unknown")).body).toBe(`none ${NOT_FOUND} `);
    }));

  if (engine === "envoy") {
    test("the route is chosen anew when its cache is cleared, and not before (Envoy only: the host has no cache)", () => {
      const usual = httpServer((_, response) => response.end("usual"));
      const chosen = httpServer((_, response) => response.end("chosen"));
      return run({ clusters: { usual, chosen } }, async (proxy) => {
        const clear = { headers: { "x-clear": "yes" } };
        expect((await proxy.send({ path: "/route/chosen" })).body).toBe("usual");
        expect((await proxy.send({ path: "/route/chosen", ...clear })).body).toBe("chosen");
        expect((await proxy.send({ path: "/route/other", ...clear })).body).toBe("usual");
      });
    });

    test("what is put by for the connection is there for its next request (Envoy only: the host forgets it)", () =>
      started(async (proxy) => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        try {
          expect(await get(agent, proxy.port())).toBe(`none none ${OK} ${OK}`);
          expect(await get(agent, proxy.port())).toBe(`kept too ${OK} ${OK}`);
        } finally {
          agent.destroy();
        }
        expect((await proxy.send({ path: "/kept" })).body).toBe(`none none ${OK} ${OK}`);
      }));
  }
});

function get(agent: http.Agent, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ agent, port, host: "127.0.0.1", path: "/kept" }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("error", reject);
      response.on("end", () => resolve(body));
    });
    request.on("error", reject);
  });
}

interface Callbacks {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  proxy_on_memory_allocate(size: number): number;
  proxy_on_foreign_function(context: number, functionId: number, size: number): void;
}

describe("onForeignFunction", () => {
  test("hears of a host's function that calls back, with what it was given", async () => {
    const wasm = await compile("runtime-tests/assembly/foreign-functions/index.ts", "filter");
    const argument = Buffer.from("an argument");
    const lines: string[] = [];
    const bytes = (at: number, size: number): Buffer => Buffer.from(exports.memory.buffer, at, size);
    const calls: Record<string, (...args: number[]) => number> = {
      proxy_log: (_, at = 0, size = 0) => (lines.push(bytes(at, size).toString()), OK),
      proxy_get_buffer_bytes: (buffer, start = 0, length = 0, outValue = 0, outSize = 0) => {
        expect(buffer).toBe(8);
        const at = exports.proxy_on_memory_allocate(length);
        bytes(at, length).set(argument.subarray(start, start + length));
        bytes(outValue, 4).writeUInt32LE(at);
        bytes(outSize, 4).writeUInt32LE(length);
        return OK;
      },
    };
    // Whatever else the module imports has no part in this.
    const env = new Proxy(calls, { get: (known, name) => known[String(name)] ?? (() => NOT_FOUND) });
    const { exports } = instantiateSync(wasm, { env }) as unknown as { exports: Callbacks };
    exports._initialize();
    exports.proxy_on_foreign_function(1, 7, argument.length);
    expect(lines).toEqual(["called back by 7: an argument"]);
  });
});

interface Fields {
  [name: string]: Fields & Fields[];
}

/** The Node host matches no filter state; without that a route is for every request. */
function withoutFilterStateRoute(yaml: EnvoyYaml): void {
  const { listeners } = (yaml.bootstrap as unknown as Fields)["static_resources"] as Fields;
  const manager = listeners?.[0]?.["filter_chains"]?.[0]?.["filters"]?.[0]?.["typed_config"] as Fields;
  manager["route_config"]?.["virtual_hosts"]?.[0]?.["routes"]?.shift();
}
