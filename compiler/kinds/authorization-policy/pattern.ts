// The forms of values: `abc` is exact, `abc*` a prefix, `*abc` a suffix, `*` anything that is there.

export type Pattern = { readonly kind: "any" } | Affix;
export interface Affix {
  readonly kind: "exact" | "prefix" | "suffix";
  readonly text: string;
}

/** What a value means. Only one asterisk is special: that of `*abc*` is the first. */
export function patternOf(value: string): Pattern {
  if (value === "*") return { kind: "any" };
  if (value.startsWith("*")) return { kind: "suffix", text: value.slice(1) };
  if (value.endsWith("*")) return { kind: "prefix", text: value.slice(0, -1) };
  return { kind: "exact", text: value };
}

/** Whether all that matches `inner` matches `outer` too. */
export function covers(outer: Pattern, inner: Pattern): boolean {
  if (outer.kind === "any") return true;
  if (inner.kind === "any") return false;
  if (outer.kind === "exact") return inner.kind === "exact" && inner.text === outer.text;
  if (inner.kind !== "exact" && inner.kind !== outer.kind) return false;
  return outer.kind === "prefix" ? inner.text.startsWith(outer.text) : inner.text.endsWith(outer.text);
}
