// Sets of atoms, which are numbered from 0: as those that are in, or as those that are out. Patterns name few atoms, and what
// must not match is all but a few, so either way the lists stay short.

export interface AtomSet {
  /** Whether `atoms` are those that are out. */
  readonly cofinite: boolean;
  /** Ascending. */
  readonly atoms: readonly number[];
}

export const everything: AtomSet = { cofinite: true, atoms: [] };
export const nothing: AtomSet = { cofinite: false, atoms: [] };

export function setOf(atoms: Iterable<number>): AtomSet {
  return { cofinite: false, atoms: [...new Set(atoms)].sort((a, b) => a - b) };
}

export function complement({ cofinite, atoms }: AtomSet): AtomSet {
  return { cofinite: !cofinite, atoms };
}

export function has({ cofinite, atoms }: AtomSet, atom: number): boolean {
  return (atoms[placeOf(atoms, atom)] === atom) !== cofinite;
}

export function intersection(a: AtomSet, b: AtomSet): AtomSet {
  if (a.cofinite && b.cofinite) return { cofinite: true, atoms: merged(a.atoms, b.atoms) };
  if (a.cofinite) return { cofinite: false, atoms: without(b.atoms, a.atoms) };
  if (b.cofinite) return { cofinite: false, atoms: without(a.atoms, b.atoms) };
  const [few, many] = a.atoms.length < b.atoms.length ? [a, b] : [b, a];
  return { cofinite: false, atoms: few.atoms.filter((atom) => has(many, atom)) };
}

export function union(a: AtomSet, b: AtomSet): AtomSet {
  return complement(intersection(complement(a), complement(b)));
}

/** The lowest of the atoms below `total` that are in; undefined where none is. */
export function least({ cofinite, atoms }: AtomSet, total: number): number | undefined {
  if (!cofinite) return atoms[0];
  let atom = 0;
  while (atoms[atom] === atom) atom++;
  return atom < total ? atom : undefined;
}

export function isFull({ cofinite, atoms }: AtomSet, total: number): boolean {
  return atoms.length === (cofinite ? 0 : total);
}

/** How many of `total` atoms are in. */
export function sizeOf({ cofinite, atoms }: AtomSet, total: number): number {
  return cofinite ? total - atoms.length : atoms.length;
}

/** Those of `total` atoms that are in, ascending. */
export function atomsOf(set: AtomSet, total: number): readonly number[] {
  if (!set.cofinite) return set.atoms;
  return Array.from({ length: total }, (_, atom) => atom).filter((atom) => has(set, atom));
}

/** Two sets with the same key are the same, among as many atoms. */
export function setKey({ cofinite, atoms }: AtomSet): string {
  return `${cofinite ? "-" : "+"}${atoms.join()}`;
}

/** Where in an ascending list the first entry stands that is not below `atom`. */
function placeOf(atoms: readonly number[], atom: number): number {
  let low = 0;
  let high = atoms.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((atoms[middle] ?? 0) < atom) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A list without those of another, which mostly has few. */
function without(atoms: readonly number[], gone: readonly number[]): readonly number[] {
  const found = gone.map((atom) => placeOf(atoms, atom)).filter((at, i) => atoms[at] === gone[i]);
  const [only = 0, second] = found;
  if (found.length === 0) return atoms;
  if (second === undefined) return atoms.toSpliced(only, 1);
  const places = new Set(found);
  return atoms.filter((_, at) => !places.has(at));
}

function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const result: number[] = [];
  let i = 0;
  for (const value of b) {
    while (i < a.length && (a[i] ?? 0) < value) result.push(a[i++] ?? 0);
    if (a[i] === value) i++;
    result.push(value);
  }
  while (i < a.length) result.push(a[i++] ?? 0);
  return result;
}
