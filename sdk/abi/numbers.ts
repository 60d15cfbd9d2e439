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
  Ok = 0,
  NotFound = 1,
  BadArgument = 2,
  SerializationFailure = 3,
  ParseFailure = 4,
  BadExpression = 5,
  InvalidMemoryAccess = 6,
  Empty = 7,
  CasMismatch = 8,
  ResultMismatch = 9,
  InternalFailure = 10,
  BrokenConnection = 11,
  Unimplemented = 12,
}

/** What a filter wants after it saw headers. */
export enum HeadersAction {
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
  Continue = 0,
  StopIteration = 1,
}

/** What a network filter wants after it saw a new connection or data. */
export enum NetworkAction {
  Continue = 0,
  /** Waits; data is gathered, and the next callback sees all of it. */
  StopIteration = 1,
}

/** How important a log line is; the host drops lines below its own level. */
export enum LogLevel {
  Trace = 0,
  Debug = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
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
  Unknown = 0,
  Local = 1,
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
  Ok = 0,
  Canceled = 1,
  Unknown = 2,
  InvalidArgument = 3,
  DeadlineExceeded = 4,
  NotFound = 5,
  AlreadyExists = 6,
  PermissionDenied = 7,
  ResourceExhausted = 8,
  FailedPrecondition = 9,
  Aborted = 10,
  OutOfRange = 11,
  Unimplemented = 12,
  Internal = 13,
  Unavailable = 14,
  DataLoss = 15,
  Unauthenticated = 16,
}
