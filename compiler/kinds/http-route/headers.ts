// `RequestHeaderModifier` and `ResponseHeaderModifier`.
import { byteString } from "../../http/header-syntax.ts";
import type { Changes, HeaderChange } from "../../ir/routing.ts";
import type { FilterSpec, HeadersSpec } from "./schema.ts";

/** What the filters of a rule, or of a backend, do to headers. */
export function changesOf(filters: readonly FilterSpec[]): Changes {
  return {
    request: filters.flatMap(({ requestHeaderModifier }) => headerChanges(requestHeaderModifier)),
    response: filters.flatMap(({ responseHeaderModifier }) => headerChanges(responseHeaderModifier)),
  };
}

/** A header is changed in one way, so their order says nothing. */
function headerChanges(modifier: HeadersSpec | undefined): HeaderChange[] {
  const written = (op: "set" | "add"): HeaderChange[] =>
    (modifier?.[op]?.items ?? []).map(({ name, value }) => ({
      op,
      name: name.value.toLowerCase(),
      value: [byteString(value.value)],
    }));
  const removed = (modifier?.remove?.items ?? []).map(({ value }): HeaderChange => ({
    op: "remove",
    name: value.toLowerCase(),
  }));
  return [...written("set"), ...written("add"), ...removed];
}
