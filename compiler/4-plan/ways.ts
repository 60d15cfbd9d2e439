// In how many ways a value has to be scanned for patterns.
import { isAddress, type Asked, type Subject } from "./subject.ts";

/** Texts and prefixes are found from the value's front, suffixes from its end, regular expressions by automata. */
export type Way = "forwards" | "backwards" | "regex" | "block" | "truth";

/** The way in which a predicate of a subject is found. */
export function wayOf(subject: Subject, predicate: Asked): Way {
  if (subject.kind === "cel" || subject.kind === "nested") return "truth";
  if (isAddress(subject)) return "block";
  switch (predicate.kind) {
    case "suffix":
      return "backwards";
    case "regex":
      return "regex";
    case "exact":
    case "prefix":
    case "present":
    case "not-empty":
    case "in-block":
    case "absent":
      return "forwards";
  }
}
