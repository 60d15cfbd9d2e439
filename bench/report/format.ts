// Figures in words.
import type { Summary } from "./statistics.ts";

export const none = "–";

/** `2.31 (2.10–3.05)`: median, least and most. */
export function medianAndRange(summary: Summary, digits: number): string {
  const f = (value: number): string => value.toFixed(digits);
  return `${f(summary.median)} (${f(summary.min)}–${f(summary.max)})`;
}

/** `2.31 [2.20…2.50]`: median and quartiles. Of differences, which may be negative. */
export function medianAndQuartiles(summary: Summary, digits: number): string {
  const f = (value: number): string => value.toFixed(digits);
  return `${f(summary.median)} [${f(summary.lowerQuartile)}…${f(summary.upperQuartile)}]`;
}

/** `1,000,000`. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

export function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

export function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

export function signedMib(bytes: number): string {
  return `${bytes < 0 ? "" : "+"}${(bytes / 1024 / 1024).toFixed(2)}`;
}
