// `request.*`: HTTP streams only.
import { Bytes } from "../bytes";
import { getIntegerProperty, getProperty } from "../property";
import { Pairs, pairsOf } from "./pairs";
import { below } from "./path";

export function path(): Bytes | null { return getProperty("request\0path"); }
export function urlPath(): Bytes | null { return getProperty("request\0url_path"); }
export function query(): Bytes | null { return getProperty("request\0query"); }
export function host(): Bytes | null { return getProperty("request\0host"); }
export function scheme(): Bytes | null { return getProperty("request\0scheme"); }
export function method(): Bytes | null { return getProperty("request\0method"); }
export function referer(): Bytes | null { return getProperty("request\0referer"); }
export function userAgent(): Bytes | null { return getProperty("request\0useragent"); }
export function id(): Bytes | null { return getProperty("request\0id"); }
export function protocol(): Bytes | null { return getProperty("request\0protocol"); }
export function header<N>(name: N): Bytes | null { return getProperty(below("request\0headers", name)); }
export function headers(): Pairs | null { return pairsOf(getProperty("request\0headers")); }
export function headersBytes(otherwise: i64 = -1): i64 { return getIntegerProperty("request\0headers_bytes", otherwise); }
export function time(otherwise: i64 = -1): i64 { return getIntegerProperty("request\0time", otherwise); }
export function duration(otherwise: i64 = -1): i64 { return getIntegerProperty("request\0duration", otherwise); }
export function size(otherwise: i64 = -1): i64 { return getIntegerProperty("request\0size", otherwise); }
export function totalSize(otherwise: i64 = -1): i64 { return getIntegerProperty("request\0total_size", otherwise); }
