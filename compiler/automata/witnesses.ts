// Shortest texts that lead a DFA to each of its states: what tests, explanations and warnings show as examples.
import { representatives } from "./byte-classes.ts";
import type { Dfa } from "./dfa.ts";

/**
 * For each state a shortest text that ends in it, a byte for each character. Among texts of that length it is made of
 * letters and digits where it can be, else of other printable ASCII characters.
 */
export function witnesses(dfa: Dfa): readonly string[] {
  const bytes = preferredBytes(dfa);
  const texts: (string | undefined)[] = Array.from({ length: dfa.states }, () => undefined);
  texts[dfa.start] = "";
  const found = [dfa.start];
  for (const state of found) {
    for (const byte of bytes) {
      const to = dfa.next[state * dfa.classes + (dfa.classOf[byte] ?? 0)] ?? 0;
      if (texts[to] !== undefined) continue;
      texts[to] = (texts[state] ?? "") + String.fromCharCode(byte);
      found.push(to);
    }
  }
  return texts.map((text) => text ?? "");
}

/** What a text is matched by, with a shortest one. */
export interface AcceptWitness {
  readonly accepts: readonly number[];
  readonly text: string;
}

/** Each distinct set of patterns that some text is matched by, the empty one included, with a shortest such text. */
export function acceptWitnesses(dfa: Dfa): readonly AcceptWitness[] {
  const shortest = new Map<string, AcceptWitness>();
  for (const [state, text] of witnesses(dfa).entries()) {
    const accepts = dfa.accepts[state] ?? [];
    const key = accepts.join();
    const known = shortest.get(key);
    if (known === undefined || text.length < known.text.length) shortest.set(key, { accepts, text });
  }
  return [...shortest.values()];
}

/** A byte for each class, the most legible classes first. */
function preferredBytes(dfa: Dfa): readonly number[] {
  const best = [...representatives(dfa)];
  for (let byte = 0; byte < 256; byte++) {
    const c = dfa.classOf[byte] ?? 0;
    if (legibility(byte) > legibility(best[c] ?? 0)) best[c] = byte;
  }
  return best.sort((a, b) => legibility(b) - legibility(a) || a - b);
}

function legibility(byte: number): number {
  const character = String.fromCharCode(byte);
  if (/[a-z]/.test(character)) return 4;
  if (/[A-Z0-9]/.test(character)) return 3;
  if (/[!-~]/.test(character)) return 2;
  return byte === 0x20 ? 1 : 0;
}
