// How much one limit may say.

/** What a key's cell has room for. */
export const MOST_RATES = 8;
