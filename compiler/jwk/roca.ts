// RSA moduli of the broken generator of CVE-2017-15361 (ROCA; Nemec and others, 2017): modulo each small prime they are a
// power of 65537, and can be factored.

const PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
const GENERATOR = 65_537;

/** Whether a modulus bears the mark. */
export function isRoca(modulus: bigint): boolean {
  return PRIMES.every((prime) => powers(prime).has(Number(modulus % BigInt(prime))));
}

function powers(prime: number): Set<number> {
  const found = new Set<number>();
  for (let power = 1; !found.has(power); power = (power * GENERATOR) % prime) found.add(power);
  return found;
}
