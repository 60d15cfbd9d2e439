// The values of one attribute, as far as any rule tells them apart: an atom is what satisfies exactly these tests. A column tells
// of one scan what there is; what there is of all scans of an attribute together is found here, each with a value that is as
// short and as usual as any that was found.
import type { Column } from "../4-plan/columns.ts";
import { isAddress, isTruth, type Subject } from "../4-plan/subject.ts";
import type { Attribute, TextAttribute } from "../ir/program.ts";
import { formatBlock } from "../net/block.ts";
import { costOf, domainOf, type Domain } from "./domain.ts";
import { offerCombined, offerRead, type Offer } from "./offers.ts";
import { classifier } from "./scan.ts";

export interface Atom {
  /** The tests that its values satisfy. */
  readonly tests: ReadonlySet<number>;
  /** Undefined: that there is no value. Of a truth `true` or `false`. */
  readonly witness: string | undefined;
  /** How far the witness is from what requests have anyway. */
  readonly cost: number;
}

/** Atoms are numbered in the order of their costs. */
export interface Atoms {
  /** Whether a request may have values of several atoms; where it has none, that is no atom. */
  readonly repeats: boolean;
  readonly list: readonly Atom[];
  /** Why there may be more of them than were found, in words; undefined: there are not. */
  readonly gap: string | undefined;
  /** The atom of a value, or of there being none; undefined: of none that was found. */
  readonly find: (value: string | undefined) => number | undefined;
}

/** Of an attribute by all of its columns. */
export function atomsOfColumns(subject: Subject, columns: readonly Column[]): Atoms {
  if (isTruth(subject)) return truth(columns);
  const scans = columns.map(classifier);
  const absent = columns.map(({ scan }) => (scan.by === "intervals" ? scan.intervals.none : 0));
  const classesOf = (value: string | undefined): readonly number[] =>
    value === undefined ? absent : scans.map((scan) => scan(value));
  const domain = isText(subject) ? domainOf(subject) : addresses;
  const found = new Map<string, { classes: readonly number[]; witness: string | undefined; cost: number }>();
  const put = (value: string | undefined): boolean => {
    if (value !== undefined && !domain.allows(value)) return false;
    const classes = classesOf(value);
    const key = classes.join();
    const cost = costOf(domain, value);
    const known = found.get(key);
    if (!known || cost < known.cost) found.set(key, { classes, witness: value, cost });
    return true;
  };
  if (!domain.repeats && domain.present !== "always") put(undefined);
  domain.usual.forEach(put);
  const gap = isText(subject) ? offerTexts(domain, columns, put) : offerAddresses(columns, put);
  for (const { witness, cost } of [...found.values()]) {
    if (witness === undefined ? cost === 0 : domain.isUsual(witness)) continue;
    for (const [before, after] of domain.around) put(before + (witness ?? "x") + after);
  }
  const list = [...found]
    .map(([key, { classes, witness, cost }]) => {
      const tests = new Set(classes.flatMap((number, i) => columns[i]?.classes[number]?.tests ?? []));
      return { key, atom: { tests, witness, cost } };
    })
    .sort((a, b) => a.atom.cost - b.atom.cost);
  const numbers = new Map(list.map(({ key }, number) => [key, number]));
  return {
    repeats: domain.repeats,
    list: list.map(({ atom }) => atom),
    gap,
    find: (value) => numbers.get(classesOf(value).join()),
  };
}

function isText(attribute: Attribute): attribute is TextAttribute {
  return !isAddress(attribute);
}

function offerTexts(domain: Domain, columns: readonly Column[], offer: Offer): string | undefined {
  const tries = columns.flatMap(({ scan }) => (scan.by === "trie" ? [scan] : []));
  const forwards = tries.find(({ backwards }) => !backwards)?.trie;
  const backwards = tries.find((scan) => scan.backwards)?.trie;
  const dfas = columns.flatMap(({ scan }) => (scan.by === "dfa" ? [scan.dfa] : []));
  const scans = { forwards, backwards, dfas, never: domain.never };
  return dfas.length === 0
    ? offerCombined(scans, offer)
    : offerRead(scans, domain.around[0]?.[0] ?? "", offer);
}

/** The peer and its like: a proxy hardly ever leaves them out. */
const addresses: Domain = {
  repeats: false,
  never: undefined,
  allows: () => true,
  usual: ["127.0.0.1", "192.0.2.1"],
  isUsual: () => true,
  around: [],
  present: "mostly",
};

function offerAddresses(columns: readonly Column[], offer: Offer): undefined {
  for (const { scan } of columns) {
    if (scan.by !== "intervals") continue;
    for (const family of [4, 6] as const) {
      const list = family === 4 ? scan.intervals.v4 : scan.intervals.v6;
      list.forEach(({ from }, i) => {
        const end = list[i + 1]?.from;
        // The first of a block names the network.
        const next = end === undefined || from + 1n < end ? from + 1n : from;
        offer(formatBlock({ family, network: next, bits: 0 }).replace(/\/.*/, ""));
      });
    }
  }
}

function truth(columns: readonly Column[]): Atoms {
  const list = [false, true].map((value): Atom => ({
    tests: new Set(columns.flatMap(({ classes }) => classes[value ? 1 : 0]?.tests ?? [])),
    witness: String(value),
    cost: 0,
  }));
  return { repeats: false, list, gap: undefined, find: (value) => (value === "true" ? 1 : 0) };
}
