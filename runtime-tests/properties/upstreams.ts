// The servers and the changes of envoy.yaml for properties.test.ts. Runs in Node.
import http from "node:http";
import https from "node:https";
import {
  httpServer,
  type Certificates,
  type EnvoyYaml,
  type TestServer,
} from "../../filters/testing/index.ts";
import { LoopbackServer } from "../../filters/testing/test-server.ts";

/** Answers "answer", with a header twice and with trailers, once the request has come. */
export function clearUpstream(): TestServer {
  return httpServer((_, response) => answer(response));
}

/** As `clearUpstream`, over TLS 1.3, for clients with a certificate. */
export function secureUpstream({ ca, server: { cert, key } }: Certificates): TestServer {
  const options = { ca, cert, key, requestCert: true };
  const server = https.createServer(options, (request, response) => {
    request.resume();
    request.on("end", () => answer(response));
  });
  return new LoopbackServer(server);
}

function answer(response: http.ServerResponse): void {
  response.setHeader("x-reply", ["one", "two"]);
  response.setHeader("trailer", "x-sum");
  response.write("answer");
  response.addTrailers({ "x-sum": "42", "grpc-status": "7" });
  response.end();
}

interface Fields {
  [name: string]: Fields & Fields[];
}

/** Takes out of envoy.yaml what the Node host refuses: it knows no metadata, no filter state, no TLS upstream. */
export function forTheHost(yaml: EnvoyYaml): void {
  const { listeners, clusters } = (yaml.bootstrap as Fields)["static_resources"] as Fields;
  const tls = listeners?.[1] as Fields;
  const secure = clusters?.[1] as Fields;
  const manager = tls["filter_chains"]?.[0]?.["filters"]?.[0]?.["typed_config"] as Fields;
  const host = manager["route_config"]?.["virtual_hosts"]?.[0] as Fields;
  const locality = secure["load_assignment"]?.["endpoints"]?.[0] as Fields;
  manager["http_filters"]?.splice(0, 2);
  remove(tls, "traffic_direction", "metadata");
  remove(host, "metadata");
  remove(host["routes"]?.[0] as Fields, "metadata");
  remove(secure, "metadata", "transport_socket");
  remove(locality, "locality", "metadata");
  remove(locality["lb_endpoints"]?.[0] as Fields, "metadata");
}

function remove(from: Fields, ...names: string[]): void {
  for (const name of names) {
    if (from[name] === undefined) throw new Error(`envoy.yaml has no \`${name}\` here`);
    Reflect.deleteProperty(from, name);
  }
}
