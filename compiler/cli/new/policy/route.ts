// The start of an HTTPRoute: what is below a path of a host goes to a service.
import { HOSTNAME } from "../../../kinds/http-route/hostnames.ts";
import { PATH } from "../../../kinds/http-route/texts.ts";
import { isDnsLabel } from "../../../schema/texts.ts";
import { upstream } from "../../options.ts";
import { CommandFailure } from "../../failure.ts";
import { quoted, type Starter, type Subject } from "./starter.ts";

export const route: Starter = {
  word: "route",
  kind: "HTTPRoute",
  doc: "which road",
  name: "storefront",
  readsBundle: true,
  questions: [
    {
      name: "host",
      placeholder: "<host>",
      asks: "for which host, such as shop.test or *.shop.test",
      fault: (answer) =>
        HOSTNAME.test(answer) && answer.length <= 253 && !/(^|\.)[0-9]+$/.test(answer)
          ? undefined
          : "write a name in lower case without a port, such as `shop.test` or `*.shop.test`",
    },
    {
      name: "path",
      placeholder: "<path>",
      asks: "which path, with all below it",
      standard: "/",
      fault: (answer) =>
        new RegExp(PATH.pattern ?? "").test(answer) && !/\/\/|\/\.\.?(\/|$)|%2f/i.test(answer)
          ? undefined
          : "write it as it stands in a request, such as `/orders`; all below it is meant anyway",
    },
    {
      name: "backend",
      placeholder: "<service:port>",
      asks: "to which service and port, such as orders:8080",
      fault: backendFault,
    },
    {
      name: "upstream",
      placeholder: "<url>",
      asks: "where that service is reached from here",
      standard: "http://127.0.0.1:8080",
      fault: originFault,
    },
  ],
  example: "--host shop.test --path /orders --backend orders:8080",
  render(subject, answers) {
    const { host = "", path = "/", backend = "" } = answers;
    const { service, port } = backendIn(backend);
    const cluster = `${subject.namespace}/${service}:${port}`;
    const origin = upstream(answers["upstream"] ?? "").origin;
    const { bundle } = subject;
    if (bundle && !bundle.backends.includes(cluster)) throw missingBackend(bundle.file, cluster, origin);
    const called = host.replace(/^\*/, "www");
    const below = `${path.replace(/\/$/, "")}/7`;
    const elsewhere = path === "/" ? [] : ["/"];
    return {
      policy: `# Which road. Of all routes' rules the most specific decides; what none takes is answered 404.
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${quoted(subject.name)}, namespace: ${quoted(subject.namespace)} }
spec:
  hostnames: [${quoted(host)}]
  rules:
    - matches: [{ path: { type: PathPrefix, value: ${quoted(path)} } }]
      backendRefs: [{ name: ${quoted(service)}, port: ${port} }]
${bundle ? "" : bundleWith(subject, cluster, origin)}`,
      usesBundle: bundle !== undefined,
      cases: [
        `- name: ${service} gets what is its own
  request: { host: ${quoted(called)}, path: ${quoted(below)} }
  expect: { decision: allow, backend: ${quoted(cluster)} }`,
        `- name: another host is not found
  request: { host: elsewhere.invalid, path: ${quoted(below)} }
  expect: { decision: not-found, status: 404 }`,
        ...elsewhere.map(
          (other) => `- name: nor is another path
  request: { host: ${quoted(called)}, path: ${quoted(other)} }
  expect: { decision: not-found, status: 404 }`,
        ),
      ],
    };
  },
};

function backendIn(answer: string): { service: string; port: number } {
  const [, service = "", port = "0"] = /^(.*):(\d{1,5})$/.exec(answer) ?? [];
  return { service, port: Number(port) };
}

function backendFault(answer: string): string | undefined {
  const { service, port } = backendIn(answer);
  return isDnsLabel(service) && port > 0 && port <= 65_535
    ? undefined
    : "write the service's name, a colon and its port, such as `orders:8080`";
}

function originFault(answer: string): string | undefined {
  try {
    upstream(answer);
    return undefined;
  } catch {
    return "write scheme, host and port, such as `http://127.0.0.1:8080`";
  }
}

function bundleWith({ name }: Subject, cluster: string, origin: string): string {
  return `---
# Where the services are that routes name. A bundle has one such document, for all of its policies.
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: ${quoted(name)} }
spec:
  backends: { ${quoted(cluster)}: ${quoted(origin)} }
`;
}

function missingBackend(file: string, cluster: string, origin: string): CommandFailure {
  return new CommandFailure(
    `the bundle in \`${file}\` has no backend \`${cluster}\``,
    `write \`"${cluster}": "${origin}"\` under \`spec.backends\` there, and run the command again`,
  );
}
