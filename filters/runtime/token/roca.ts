// RSA moduli of the broken generator of CVE-2017-15361 (ROCA; Nemec and others, 2017): modulo each small prime they are a power
// of 65537, and can be factored. Of other moduli one in 2^27 looks the same by these primes.

const PRIMES: usize = memory.data<u8>([
  11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
]);
const PRIMES_COUNT: u32 = 17;
const GENERATOR: u32 = 65537;

/** Whether a modulus, big-endian, bears the mark. */
export function isRoca(modulus: usize, size: u32): bool {
  for (let i: u32 = 0; i < PRIMES_COUNT; i++) {
    const prime = <u32>load<u8>(PRIMES + i);
    let rest: u32 = 0;
    for (let j: u32 = 0; j < size; j++) rest = ((rest << 8) | load<u8>(modulus + j)) % prime;
    if (!isPower(rest, prime)) return false;
  }
  return true;
}

function isPower(rest: u32, prime: u32): bool {
  let power: u32 = 1;
  for (let i: u32 = 0; i < prime; i++) {
    if (power == rest) return true;
    power = (power * (GENERATOR % prime)) % prime;
  }
  return false;
}
