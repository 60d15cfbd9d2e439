// The modules of ../token in Node: texts in, answers out. Runs in Node.
import { entry, type Guest } from "./compile.ts";
import { ForeignHost, type ForeignFunctions } from "./foreign-host.ts";
import { claimTableBlob, keySetBlob, type BlobKey, type ClaimPath } from "./token-blobs.ts";

export interface TokenExports {
  resetArena(): void;
  decodedSize(size: number): number;
  decodeBase64url(from: number, size: number, to: number): number;
  beginJson(at: number, size: number): void;
  nextJson(): number;
  skipJson(kind: number): number;
  jsonText(): number;
  jsonTextSize(): number;
  nanosecondsOf(text: number, size: number): bigint;
  sha256(text: number, size: number, to: number): void;
  hmacSha256(key: number, keySize: number, text: number, size: number, to: number): void;
  writeDerSignature(numbers: number, size: number, to: number): number;
  readToken(at: number, size: number): number;
  payloadPointer(): number;
  payloadSize(): number;
  payloadTextPointer(): number;
  payloadTextSize(): number;
  readClaims(table: number): number;
  issuerIs(literal: number, size: number): number;
  issuerPointer(): number;
  issuerSize(): number;
  subjectPointer(): number;
  subjectSize(): number;
  isTimely(now: bigint, leeway: bigint): number;
  expiryTime(): bigint;
  claimTexts(): number;
  claimSlot(index: number): number;
  claimPointer(index: number): number;
  claimSize(index: number): number;
  claimIs(slot: number, literal: number, size: number): number;
  findClaim(slot: number): number;
  foundPointer(): number;
  foundSize(): number;
  isHeaderValue(at: number, size: number): number;
  verifyToken(set: number): number;
  isSigned(at: number, size: number, set: number): number;
  hasClaims(at: number, size: number, table: number): number;
  reserveTokens(cache: number, sets: number, bytes: number): number;
  knownToken(cache: number, provider: number, at: number, size: number, now: bigint): number;
  rememberToken(
    cache: number,
    provider: number,
    at: number,
    size: number,
    now: bigint,
    expires: bigint,
  ): void;
  forgetTokens(cache: number): void;
  reserveKeySet(state: number, capacity: number): number;
  keySetOf(state: number): number;
  replaceKeySet(state: number, json: number, size: number): number;
  roomForTables(): number;
  cache(): number;
  keySetState(): number;
}

/** Compiles the modules once; each call of what it resolves to is a fresh instance over these foreign functions. */
export async function tokens(): Promise<(functions?: ForeignFunctions) => TokenGuest> {
  const start = await entry<TokenExports>("token");
  return (functions = {}) => {
    const host = new ForeignHost(functions);
    return new TokenGuest(start(host), host);
  };
}

export class TokenGuest {
  readonly guest: Guest<TokenExports>;
  readonly host: ForeignHost;
  readonly exports: TokenExports;

  constructor(guest: Guest<TokenExports>, host: ForeignHost) {
    this.guest = guest;
    this.host = host;
    this.exports = guest.exports;
  }

  /** Places a blob where the modules read it, and says where. */
  place(blob: Uint8Array): number {
    const at = this.exports.roomForTables() >>> 0;
    this.guest.memory.set(blob, at);
    return at;
  }

  /** Whether the token's signature is good under one of these keys. */
  isSigned(token: string, keys: readonly BlobKey[]): boolean {
    return this.isSignedUnder(token, this.place(keySetBlob(keys)));
  }

  /** As `isSigned`, under the key set at an address. */
  isSignedUnder(token: string, set: number): boolean {
    return this.exports.isSigned(this.guest.write(token), token.length, set) !== 0;
  }

  /** Reads the claims of a payload; undefined where it is refused. */
  claims(payload: string | Uint8Array, paths: readonly ClaimPath[] = []): Claims | undefined {
    const token = `e30.${Buffer.from(payload).toString("base64url")}.`;
    const table = this.place(claimTableBlob(paths));
    if (this.exports.hasClaims(this.guest.write(token), token.length, table) === 0) return undefined;
    const { exports } = this;
    const texts: [slot: number, text: string][] = [];
    for (let i = 0; i < exports.claimTexts(); i++) {
      texts.push([exports.claimSlot(i) >>> 0, this.#utf8(exports.claimPointer(i), exports.claimSize(i))]);
    }
    return {
      issuer: this.#optional(exports.issuerPointer(), exports.issuerSize()),
      subject: this.#optional(exports.subjectPointer(), exports.subjectSize()),
      texts,
    };
  }

  #optional(at: number, size: number): string | undefined {
    return at === 0 ? undefined : this.#utf8(at, size);
  }

  #utf8(at: number, size: number): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.guest.read(at, size));
  }
}

export interface Claims {
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly texts: readonly (readonly [slot: number, text: string])[];
}
