// How much Istio takes of what.

/** Service accounts in one list. */
export const MOST_ACCOUNTS = 16;
/** Characters of a service account. */
export const LONGEST_ACCOUNT = 320;
