// The numbers of the ABI: header maps, buffers, statuses, actions. Names follow the Proxy-Wasm specification.

/** Which header map a call means. */
export enum HeaderMap {
  Request = 0,
  RequestTrailers = 1,
  Response = 2,
  ResponseTrailers = 3,
  GrpcInitialMetadata = 4,
  GrpcTrailingMetadata = 5,
  HttpCallHeaders = 6,
  HttpCallTrailers = 7,
}

/** Which buffer a call means. */
export enum Buffer {
  RequestBody = 0,
  ResponseBody = 1,
  DownstreamData = 2,
  UpstreamData = 3,
  HttpCallBody = 4,
  GrpcMessage = 5,
  VmConfiguration = 6,
  PluginConfiguration = 7,
  CallData = 8,
}

/** What a host function answered. A value a filter looks at, never an exception. */
export enum Status {
  /** Done. Of a callout: it is under way. */
  Ok = 0,
  /** There is none: no such header, property, shared value, queue, gRPC stream or foreign function. */
  NotFound = 1,
  /**
   * Not here, or not so: headers outside their phase, a cluster or a metric that there is not, a counter that is to
   * rise by nothing, a body changed elsewhere than at its ends, a CEL expression that is none.
   */
  BadArgument = 2,
  /** There is a value, but it has no form as bytes: a property that is an object. Also what `uncompress` cannot read. */
  SerializationFailure = 3,
  /** The host cannot read what it was given: the service of a gRPC call is neither a cluster nor a `GrpcService`. */
  ParseFailure = 4,
  /** Of the specification; Envoy never answers it. */
  BadExpression = 5,
  /** An address outside the memory: a fault in code that calls the host by itself. */
  InvalidMemoryAccess = 6,
  /** The shared queue holds no message. */
  Empty = 7,
  /** Another worker has written the shared value since it was read: read it again, and try again. */
  CasMismatch = 8,
  /** Of the specification; Envoy never answers it. */
  ResultMismatch = 9,
  /**
   * The host could not, though nothing was wrong with the call: a callout to a cluster without a healthy upstream, a
   * CEL expression that comes to an error. Also where the SDK has no memory left to ask with.
   */
  InternalFailure = 10,
  /** Only as `calloutStatus()`: the response to an HTTP callout was cut off. */
  BrokenConnection = 11,
  /** The host does not have this. */
  Unimplemented = 12,
}

/** What a filter wants after it saw headers. */
export enum HeadersAction {
  /** On to the next filter. */
  Continue = 0,
  /** Means StopAllIterationAndWatermark in Envoy unless the plugin sets `allow_on_headers_stop_iteration`. */
  StopIteration = 1,
  /** Goes on, and nothing follows: what body there was is dropped. */
  ContinueAndEndStream = 2,
  /** Waits; the body is gathered up to the listener's limit, beyond which Envoy answers 413. */
  StopAllIterationAndBuffer = 3,
  /** Waits; the sender is slowed down when the listener's limit is reached. The choice while a callout is under way. */
  StopAllIterationAndWatermark = 4,
}

/** What a filter wants after it saw a piece of a body. */
export enum DataAction {
  /** On to the next filter, with all that was gathered so far. */
  Continue = 0,
  /** Gathers the body: the next callback sees all of it. Beyond the listener's limit Envoy answers 413. */
  StopIterationAndBuffer = 1,
  /** Waits; the sender is slowed down when the limit is reached. */
  StopIterationAndWatermark = 2,
  /** Drops this piece. */
  StopIterationNoBuffer = 3,
}

/** What a filter wants after it saw trailers. */
export enum TrailersAction {
  /** On to the next filter. */
  Continue = 0,
  /** Waits, until `continueRequest` or `continueResponse`. */
  StopIteration = 1,
}

/** What a network filter wants after it saw a new connection or data. */
export enum NetworkAction {
  /** On to the next filter, with all that was gathered so far. */
  Continue = 0,
  /** Waits; data is gathered, and the next callback sees all of it. */
  StopIteration = 1,
}

/** How important a log line is; the host drops lines below its own level. */
export enum LogLevel {
  /** What happens step by step, for whoever debugs the filter. */
  Trace = 0,
  /** What helps to understand one request. */
  Debug = 1,
  /** What an operator may want to know. Where nothing is said, Envoy shows lines from this level up. */
  Info = 2,
  /** What went wrong without harm. */
  Warn = 3,
  /** What went wrong, such as a configuration that is refused. */
  Error = 4,
  /** What keeps the filter from doing its work. */
  Critical = 5,
}

/** Which half of a stream a call means. */
export enum StreamType {
  Request = 0,
  Response = 1,
  Downstream = 2,
  Upstream = 3,
}

/** Who closed a connection. */
export enum PeerType {
  /** The host does not say. */
  Unknown = 0,
  /** The proxy. */
  Local = 1,
  /** The other end: the client, or the upstream. */
  Remote = 2,
}

/** What a metric is. */
export enum MetricType {
  Counter = 0,
  Gauge = 1,
  Histogram = 2,
}

/** How a gRPC call ended; the codes of gRPC's own specification. */
export enum GrpcStatus {
  /** Success. */
  Ok = 0,
  /** Ended by the caller. */
  Canceled = 1,
  /** An error that says no more. */
  Unknown = 2,
  /** The request makes no sense, whatever the state of the service. */
  InvalidArgument = 3,
  /** No answer within the timeout. */
  DeadlineExceeded = 4,
  /** What was asked for is not there. */
  NotFound = 5,
  /** What was to be made is there already. */
  AlreadyExists = 6,
  /** The caller is known and may not. */
  PermissionDenied = 7,
  /** A quota or a limit has been reached. */
  ResourceExhausted = 8,
  /** Not in the state that the service is in; trying again does not help. */
  FailedPrecondition = 9,
  /** Another was faster; the caller may begin anew. */
  Aborted = 10,
  /** Beyond the end of what there is. */
  OutOfRange = 11,
  /** The service has no such method. */
  Unimplemented = 12,
  /** Something that must not happen did. */
  Internal = 13,
  /** The service cannot be reached now; trying again may help. */
  Unavailable = 14,
  /** Data is lost or damaged. */
  DataLoss = 15,
  /** Who the caller is could not be told. */
  Unauthenticated = 16,
}
