/** Envoy's foreign functions, by name: bytes in, bytes or a status out. */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { Status } from "./abi.ts";
import { fromBytes, NO_BYTES } from "./bytes.ts";
import { isFilterStateKey } from "./filter-state.ts";
import type { Machine } from "./machine.ts";
import { ProtobufMessage, writeMessage } from "./protobuf.ts";

/** Answers the result, or a status other than Ok. */
export type ForeignFunction = (machine: Machine, argument: Uint8Array) => Uint8Array | number;

export const foreignFunctions: ReadonlyMap<string, ForeignFunction> = new Map<string, ForeignFunction>([
  // The proxy picks its upstream after the filter has run, so there is no cached route to clear.
  ["clear_route_cache", () => NO_BYTES],
  ["compress", (_, plain) => deflateSync(plain)],
  ["uncompress", (_, packed) => uncompress(packed)],
  ["verify_signature", (_, argument) => verifySignature(argument)],
  ["sign", (_, argument) => signText(argument)],
  ["declare_property", declareProperty],
  ["set_envoy_filter_state", setEnvoyFilterState],
  // CEL is Envoy's own; this host has none.
  ["expr_create", () => Status.Unimplemented],
  ["expr_evaluate", () => Status.Unimplemented],
  ["expr_delete", () => Status.Unimplemented],
]);

function uncompress(packed: Uint8Array): Uint8Array | number {
  // Envoy doubles its buffer for ever over a stream that is cut short; here that is a failure as any other.
  try {
    return inflateSync(packed);
  } catch {
    return Status.SerializationFailure;
  }
}

const hashes = new Set(["sha1", "sha224", "sha256", "sha384", "sha512"]);

/** {hash 1, key DER 2, signature 3, text 4, key PEM 5} → {result 1, error 2} */
function verifySignature(argument: Uint8Array): Uint8Array | number {
  const args = ProtobufMessage.parse(argument);
  const hash = args?.text(1);
  const pem = args?.text(5);
  if (args === undefined || hash === undefined || pem === undefined) return Status.BadArgument;
  const der = args.bytes(2);
  // Exactly one of the two forms; a key that is given but no key is an answer, not a bad argument.
  if ((pem === "") === (der.length === 0)) return Status.BadArgument;
  const refuse = (error: string): Uint8Array => writeMessage([[2, Buffer.from(error)]]);
  if (!hashes.has(hash.toLowerCase())) return refuse(`${hash} is not supported.`);
  try {
    const key = publicKey(pem, der);
    return verify(hash.toLowerCase(), args.bytes(4), key, args.bytes(3))
      ? writeMessage([[1, true]])
      : refuse("Failed to verify digest. Error code: 0");
  } catch {
    return refuse("Failed to initialize digest verify.");
  }
}

/** {hash 1, key DER 2, text 3, key PEM 4} → {result 1, signature 2, error 3} */
function signText(argument: Uint8Array): Uint8Array | number {
  const args = ProtobufMessage.parse(argument);
  const hash = args?.text(1);
  const pem = args?.text(4);
  if (args === undefined || hash === undefined || pem === undefined) return Status.BadArgument;
  const der = args.bytes(2);
  if ((pem === "") === (der.length === 0)) return Status.BadArgument;
  const refuse = (error: string): Uint8Array => writeMessage([[3, Buffer.from(error)]]);
  if (!hashes.has(hash.toLowerCase())) return refuse(`${hash} is not supported.`);
  let key: KeyObject;
  try {
    key = privateKey(pem, der);
  } catch {
    return refuse("Invalid key type: private key required for signing operation.");
  }
  try {
    const signature = sign(hash.toLowerCase(), args.bytes(3), key);
    return writeMessage([
      [1, true],
      [2, signature],
    ]);
  } catch {
    return refuse("Invalid private key: key data is corrupted or malformed.");
  }
}

/** A SubjectPublicKeyInfo. Node would take a certificate or a private key for one as well. */
function publicKey(pem: string, der: Uint8Array): KeyObject {
  if (pem === "") return createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) throw new Error("not a public key");
  return createPublicKey(pem);
}

function privateKey(pem: string, der: Uint8Array): KeyObject {
  return pem === ""
    ? createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" })
    : createPrivateKey(pem);
}

/** {name 1, readonly 2, type 3, schema 4, span 5}; the type only matters to CEL, the span is always the stream. */
function declareProperty(machine: Machine, argument: Uint8Array): Uint8Array | number {
  const args = ProtobufMessage.parse(argument);
  const name = args?.text(1);
  if (args === undefined || name === undefined) return Status.BadArgument;
  // In Envoy it is the running callback's context that remembers, and only the root's memory is ever asked.
  const { declared } = machine.current;
  const key = fromBytes(Buffer.from(name));
  if (declared.has(key)) return Status.BadArgument;
  declared.set(key, { readonly: args.boolean(2) });
  return NO_BYTES;
}

/** {path 1, value 2, span 3} */
function setEnvoyFilterState(machine: Machine, argument: Uint8Array): Uint8Array | number {
  const args = ProtobufMessage.parse(argument);
  const path = args?.text(1);
  if (args === undefined || path === undefined || args.text(2) === undefined) return Status.BadArgument;
  // Only names that some part of Envoy knows how to make an object for.
  if (!isFilterStateKey(path)) return Status.NotFound;
  const { context } = machine;
  if (context.isRoot) return Status.NotFound;
  context.filterState ??= new Map();
  context.filterState.set(`filter_state\0${path}`, Uint8Array.from(args.bytes(2)));
  return NO_BYTES;
}
