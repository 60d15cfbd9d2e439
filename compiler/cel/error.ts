/** An error of CEL's, on its way to what absorbs it. */
export class CelError extends Error {}
