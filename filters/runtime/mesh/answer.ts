// What a mesh limit says of a request.

export const enum MeshAnswer {
  /** There is room; the tokens are taken. */
  Allowed,
  /** The limit is used up. */
  Limited,
  /** The service is asked: the request has to wait for what it says. */
  Waiting,
  /** The service cannot be asked, or does not know the limit. What that means the policy says. */
  Failed,
}
