// CIDR blocks and addresses as policies write them.
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import type { Block } from "../ir/program.ts";

/** The block a text names (an address alone is a block of one), or what is wrong with it, in words. */
export function parseBlock(text: string): Block | string {
  const [address = "", length, ...more] = text.split("/");
  if (more.length > 0) return "it has more than one `/`";
  const parsed = parseAddress(address);
  if (!parsed) return `\`${address}\` is not an IP address`;
  const width = parsed.family === 4 ? 32 : 128;
  if (address.includes("%")) return "an address in a policy has no zone (`%…`)";
  if (length === undefined) return { ...parsed, bits: width };
  if (parsed.family === 4 && address.includes(":")) return "write a block of IPv4-mapped addresses as IPv4";
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > width)
    return `the prefix length must be 0 to ${width}`;
  const bits = Number(length);
  return { family: parsed.family, network: parsed.network & maskOf(width, bits), bits };
}

/** An address in its text form; undefined for anything else. IPv4-mapped IPv6 addresses are the IPv4 they carry. */
export function parseAddress(text: string): { family: 4 | 6; network: bigint } | undefined {
  const bare = text.includes(":") ? text.replace(/%.*$/s, "") : text;
  // Node decides what an address is; ipaddr.js would take octal parts too, and read `::10.0.0.1` as IPv4-mapped.
  if (isIP(bare) === 0) return undefined;
  const address = ipaddr.process(bare.replace(/^::(?=\d+\.)/, "0::"));
  const network = address.toByteArray().reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);
  return { family: address.kind() === "ipv4" ? 4 : 6, network };
}

/** The mask of a prefix length in a word of `width` bits. */
export function maskOf(width: number, bits: number): bigint {
  return ((1n << BigInt(bits)) - 1n) << BigInt(width - bits);
}

/** The block in its usual notation, for comments and messages. */
export function formatBlock(block: Block): string {
  const bytes = Array.from({ length: block.family === 4 ? 4 : 16 }, (_, i) =>
    Number((block.network >> BigInt((block.family === 4 ? 3 - i : 15 - i) * 8)) & 0xffn),
  );
  return `${ipaddr.fromByteArray(bytes).toString()}/${block.bits}`;
}
