// The numbers of the ABI: header maps, buffers, statuses, actions. Names follow the Proxy-Wasm specification.

/** Which header map a call means. */
export namespace HeaderMap {
  export const Request: u32 = 0;
  export const RequestTrailers: u32 = 1;
  export const Response: u32 = 2;
  export const ResponseTrailers: u32 = 3;
}

/** Which buffer a call means. */
export namespace Buffer {
  export const RequestBody: u32 = 0;
  export const ResponseBody: u32 = 1;
  export const VmConfiguration: u32 = 6;
  export const PluginConfiguration: u32 = 7;
}

/** What a host function answered. A value a filter looks at, never an exception. */
export namespace Status {
  export const Ok: u32 = 0;
  export const NotFound: u32 = 1;
  export const BadArgument: u32 = 2;
  export const SerializationFailure: u32 = 3;
  export const ParseFailure: u32 = 4;
  export const BadExpression: u32 = 5;
  export const InvalidMemoryAccess: u32 = 6;
  export const Empty: u32 = 7;
  export const CasMismatch: u32 = 8;
  export const ResultMismatch: u32 = 9;
  export const InternalFailure: u32 = 10;
  export const BrokenConnection: u32 = 11;
  export const Unimplemented: u32 = 12;
}

/** What a filter wants after it saw headers. */
export namespace HeadersAction {
  export const Continue: u32 = 0;
  /** Means StopAllIterationAndWatermark in Envoy unless the plugin sets `allow_on_headers_stop_iteration`. */
  export const StopIteration: u32 = 1;
  export const ContinueAndEndStream: u32 = 2;
  export const StopAllIterationAndBuffer: u32 = 3;
  export const StopAllIterationAndWatermark: u32 = 4;
}

/** How important a log line is; the host drops lines below its own level. */
export namespace LogLevel {
  export const Trace: u32 = 0;
  export const Debug: u32 = 1;
  export const Info: u32 = 2;
  export const Warn: u32 = 3;
  export const Error: u32 = 4;
  export const Critical: u32 = 5;
}
