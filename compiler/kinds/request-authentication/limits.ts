// How much one policy may say.

/** More would make each token a long question. */
export const MOST_RULES = 64;
/** As in Istio. */
export const MOST_WORD_LISTS = 64;
/** What the filter has room for. */
export const MOST_OUTPUTS = 32;
