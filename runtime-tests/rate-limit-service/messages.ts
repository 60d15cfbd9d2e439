// The messages of `envoy.service.ratelimit.v3`, as far as the service and the filter use them, in protobuf's wire format.
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

export interface Descriptor {
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** Tokens to take of this descriptor, in place of the request's; 0 takes none and looks. */
  readonly hitsAddend?: number;
}

/** RateLimitRequest */
export interface RateLimitRequest {
  readonly domain: string;
  readonly descriptors: readonly Descriptor[];
  /** Tokens to take; 0 and absent mean 1. */
  readonly hitsAddend?: number;
}

export const Code = { Unknown: 0, Ok: 1, OverLimit: 2 } as const;
/** Numbers of RateLimitResponse.RateLimit.Unit. */
export const Unit = { Second: 1, Minute: 2, Hour: 3, Day: 4 } as const;

/** RateLimitResponse.DescriptorStatus */
export interface DescriptorStatus {
  readonly code: number;
  /** Absent where the service has no limit for the descriptor. */
  readonly currentLimit?: { readonly requestsPerUnit: number; readonly unit: number };
  readonly limitRemaining: number;
  /** Seconds; absent with `currentLimit`. */
  readonly durationUntilReset?: number;
}

/** RateLimitResponse */
export interface RateLimitResponse {
  readonly overallCode: number;
  /** One for each descriptor, in order. */
  readonly statuses: readonly DescriptorStatus[];
}

export function encodeRequest({ domain, descriptors, hitsAddend }: RateLimitRequest): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(domain);
  for (const descriptor of descriptors) {
    writer.tag(2, WireType.LengthDelimited).fork();
    for (const [key, value] of descriptor.entries) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(key);
      writer.tag(2, WireType.LengthDelimited).string(value);
      writer.join();
    }
    if (descriptor.hitsAddend !== undefined) {
      // google.protobuf.UInt64Value, which tells 0 from absent
      writer.tag(3, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).uint64(descriptor.hitsAddend);
      writer.join();
    }
    writer.join();
  }
  if (hitsAddend !== undefined) writer.tag(3, WireType.Varint).uint32(hitsAddend);
  return writer.finish();
}

export function decodeRequest(bytes: Uint8Array): RateLimitRequest {
  let domain = "";
  let hitsAddend = 0;
  const descriptors: Descriptor[] = [];
  fields(bytes, (field, reader) => {
    if (field === 1) domain = reader.string();
    else if (field === 2) descriptors.push(decodeDescriptor(reader.bytes()));
    else if (field === 3) hitsAddend = reader.uint32();
    else return false;
    return true;
  });
  return { domain, descriptors, hitsAddend };
}

function decodeDescriptor(bytes: Uint8Array): Descriptor {
  const entries: [string, string][] = [];
  let hitsAddend: number | undefined;
  fields(bytes, (field, reader) => {
    if (field === 1) {
      const entry: [string, string] = ["", ""];
      fields(reader.bytes(), (part, text) => {
        if (part !== 1 && part !== 2) return false;
        entry[part - 1] = text.string();
        return true;
      });
      entries.push(entry);
    } else if (field === 3) {
      hitsAddend = 0;
      fields(reader.bytes(), (part, value) => {
        if (part !== 1) return false;
        hitsAddend = Number(value.uint64());
        return true;
      });
    } else return false;
    return true;
  });
  return { entries, ...(hitsAddend === undefined ? {} : { hitsAddend }) };
}

export function encodeResponse({ overallCode, statuses }: RateLimitResponse): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).uint32(overallCode);
  for (const { code, currentLimit, limitRemaining, durationUntilReset } of statuses) {
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).uint32(code);
    if (currentLimit !== undefined) {
      writer.tag(2, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).uint32(currentLimit.requestsPerUnit);
      writer.tag(2, WireType.Varint).uint32(currentLimit.unit);
      writer.join();
    }
    if (limitRemaining !== 0) writer.tag(3, WireType.Varint).uint32(limitRemaining);
    if (durationUntilReset !== undefined) {
      // google.protobuf.Duration
      writer.tag(4, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).int64(durationUntilReset);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}

export function decodeResponse(bytes: Uint8Array): RateLimitResponse {
  let overallCode = 0;
  const statuses: DescriptorStatus[] = [];
  fields(bytes, (field, reader) => {
    if (field === 1) overallCode = reader.uint32();
    else if (field === 2) statuses.push(decodeStatus(reader.bytes()));
    else return false;
    return true;
  });
  return { overallCode, statuses };
}

function decodeStatus(bytes: Uint8Array): DescriptorStatus {
  const status: { -readonly [Name in keyof DescriptorStatus]: DescriptorStatus[Name] } = {
    code: 0,
    limitRemaining: 0,
  };
  fields(bytes, (field, reader) => {
    if (field === 1) status.code = reader.uint32();
    else if (field === 2) {
      const limit = { requestsPerUnit: 0, unit: 0 };
      fields(reader.bytes(), (part, value) => {
        if (part === 1) limit.requestsPerUnit = value.uint32();
        else if (part === 2) limit.unit = value.uint32();
        else return false;
        return true;
      });
      status.currentLimit = limit;
    } else if (field === 3) status.limitRemaining = reader.uint32();
    else if (field === 4) {
      status.durationUntilReset = 0;
      fields(reader.bytes(), (part, value) => {
        if (part !== 1) return false;
        status.durationUntilReset = Number(value.int64());
        return true;
      });
    } else return false;
    return true;
  });
  return status;
}

/** Calls `read` with each field's number; what it does not read, saying false, is passed over. */
function fields(bytes: Uint8Array, read: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!read(field, reader)) reader.skip(type, field);
  }
}
