/** How long what is put into filter state stays there. */
export enum LifeSpan {
  /**
   * The HTTP stream, or for a network filter the connection. Its end, and a redirect within the proxy, takes it
   * away.
   */
  FilterChain = 0,
  /** The request, redirects within the proxy included. */
  Request = 1,
  /** The client's connection: later requests on it see it, too. */
  Connection = 2,
}
