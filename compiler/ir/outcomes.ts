// What the authorization decision can come to, as numbers.

/** No rule holds: refused where an ALLOW policy exists, else allowed. */
export const NO_CLAUSE = 0;
export const ALLOWED = 1;
/** The first DENY rule holds; the rules behind it follow. */
export const DENIED = 2;
