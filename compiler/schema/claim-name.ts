// The name of a claim, as policies write it.
import { isSeq } from "yaml";
import type { Located, Span } from "../source/span.ts";
import { follow, list, text, type Schema } from "./schema.ts";

/** A claim's name, or the names that lead to it; none is taken apart, since names of claims hold dots and slashes. */
export interface ClaimSpec {
  readonly names: readonly Located<string>[];
  readonly span: Span;
}

const oneName = text({ minLength: 1 });
const names = list(oneName);

/** `sub`, or `[realm, tenant]` for a claim inside another. */
export const claimName: Schema<ClaimSpec> = {
  expected: "a string, or a list of them",
  json: () => ({ anyOf: [oneName.json(), names.json()] }),
  read(raw, at, context) {
    if (isSeq(follow(raw, context))) {
      const read = names.read(raw, at, context);
      return read && { names: read.items, span: read.span };
    }
    const read = oneName.read(raw, at, context);
    return read && { names: [read], span: read.span };
  },
};
