/** `verify_signature` and `sign`: RSA and ECDSA by Node's own cryptography. */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { Status } from "../abi.ts";
import { ProtobufMessage, writeMessage } from "../protobuf.ts";

const hashes = new Set(["sha1", "sha224", "sha256", "sha384", "sha512"]);

/** {hash 1, key DER 2, signature 3, text 4, key PEM 5} → {result 1, error 2} */
export function verifySignature(argument: Uint8Array): Uint8Array | number {
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
export function signText(argument: Uint8Array): Uint8Array | number {
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
