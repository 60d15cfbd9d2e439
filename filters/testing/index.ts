// The rig on which every example is tested: its envoy.yaml in the Node host and in a real Envoy. Runs in Node.
export {
  certificates,
  type Certificates,
  type Credentials,
} from "../../envoy/test-certificates/certificates.ts";
export { compiled } from "./compiled.ts";
export { inBothEngines, type Run, type RunOptions } from "./engines.ts";
export type { EnvoyYaml } from "./envoy-yaml.ts";
export { eventually, until } from "./eventually.ts";
export {
  GrpcFault,
  grpcServer,
  unary,
  type GrpcHandler,
  type GrpcServerCall,
  type GrpcTestServer,
  type RecordedCall,
} from "./grpc-server.ts";
export type { TestAnswer, TestRequest } from "./http-client.ts";
export { httpServer, type Echo, type HttpTestServer, type RecordedRequest } from "./http-server.ts";
export type { EngineName, LogLine, RunningProxy } from "./running.ts";
export { tcpServer, type TcpClient, type TcpTestServer } from "./tcp-server.ts";
export { nobody, type TestServer } from "./test-server.ts";
