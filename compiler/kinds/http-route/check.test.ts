// What is said of HTTPRoutes that are wrong, or hardly meant.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { httpRoute } from "../../testing/policies.ts";

const backends = `---
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { backends: { default/o:1: "http://127.0.0.1:1" } }
`;
const route = (spec: string): string => `${httpRoute(spec.replace(/^/gm, "  "))}
${backends}`;
const rule = (fields: string): string => route(`rules: [{ ${fields} }]`);
const matches = (list: string): string => rule(`backendRefs: [{ name: o, port: 1 }], matches: [${list}]`);
const filters = (list: string): string => rule(`backendRefs: [{ name: o, port: 1 }], filters: [${list}]`);

describe("one route", () => {
  pin([
    {
      name: "parents that are not what they are said to be",
      policies: route(
        'parentRefs: [{ kind: Service, name: a }, { kind: Gatway, name: b }, { kind: Service, group: "", name: c }, { group: x.test, name: d }, { port: 0, name: e }]',
      ),
      finds: [
        'error TG2007 p.yaml:5:24: `Service` is not a kind of `gateway.networking.k8s.io` = write `group: ""`',
        "warning TG2007 p.yaml:5:52: a `Gatway` is no parent that Tollgate knows ^ did you mean `Gateway`? = the route is taken as one for every workload, with its hostnames as they are written",
        "error TG2007 p.yaml:5:119: `Gateway` is not a kind of `x.test` = leave `group` out",
        "error TG2007 p.yaml:5:146: expected a whole number from 1 to 65535, found `0`",
      ],
    },
    {
      name: "a parent that is there twice",
      policies: route(
        "parentRefs: [{ name: a }, { name: a, sectionName: web }, { name: b, port: 80 }, { name: b, port: 81 }, { name: b, port: 80 }]",
      ),
      finds: [
        "error TG3001 p.yaml:5:37: the parent `a` is there twice = remove one, or let each name another listener with `sectionName`",
        "error TG3001 p.yaml:5:114: the parent `b` is there twice = remove one, or let each name another listener with `sectionName`",
      ],
    },
    {
      name: "hostnames that are none",
      policies: route(
        'hostnames: [A.test, "*", "a.*.test", "a.test:80", 10.0.0.1, "[::1]", a_b.test, "", "*.a.test", a.test, a.test]',
      ),
      finds: [
        "error TG2007 p.yaml:5:15: `A.test` is not a hostname ^ did you mean `a.test`? = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
        "error TG2007 p.yaml:5:23: `*` is not a hostname = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
        "error TG2007 p.yaml:5:28: `a.*.test` is not a hostname = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
        "error TG2007 p.yaml:5:40: `a.test:80` is not a hostname = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
        "error TG2007 p.yaml:5:53: `10.0.0.1` is not a hostname = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
        "error TG2007 p.yaml:5:63: `[::1]` is not a hostname = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
        "error TG2007 p.yaml:5:72: `a_b.test` is not a hostname = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
        'error TG2007 p.yaml:5:82: `""` is not a hostname = write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none',
      ],
    },
    {
      name: "a hostname twice",
      policies: route("hostnames: [a.test, a.test]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]"),
      finds: ["warning TG3001 p.yaml:5:23: the hostname `a.test` is there twice = remove one of them"],
    },
    {
      name: "rules by name",
      policies: route("rules: [{ name: a }, { name: B }, { name: a }]"),
      finds: [
        "error TG3009 p.yaml:5:32: `B` is not a rule's name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
        "error TG3001 p.yaml:5:45: the rule `a` is there twice = rename one, or remove it",
      ],
    },
    {
      name: "a route without rules",
      policies: route("{}"),
      finds: [
        "warning TG3021 p.yaml:5:3: this route has no rule: its requests are answered 500 = add `backendRefs`, or a filter `RequestRedirect`; a `HeaderRoutePolicy` that names a backend is heard, too",
      ],
    },
    {
      name: "no rule",
      policies: route("rules: []"),
      finds: [
        "error TG2008 p.yaml:5:10: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "what is for experiments",
      policies: route(
        "useDefaultGateways: All\nrules: [{ backendRefs: [{ name: o, port: 1 }], sessionPersistence: { sessionName: a } }]",
      ),
      finds: [
        "error TG2006 p.yaml:5:3: `useDefaultGateways` is not supported yet = name the Gateways in `parentRefs`",
        "error TG2006 p.yaml:6:50: `sessionPersistence` is not supported yet = keep users on one version with a `HeaderRoutePolicy`, whose `split` has `stickyBy`, and on one endpoint with Envoy's cluster",
      ],
    },
    {
      name: "paths that are none",
      policies: matches(
        '{ path: { value: a } }, { path: { value: "/a//b" } }, { path: { value: "/a/../b" } }, { path: { value: "/a/." } }, { path: { value: "/a%2Fb" } }, { path: { value: "/a#b" } }, { path: { value: "/a b" } }, { path: { type: Exact, value: "/a?b" } }, { path: { type: Prefix, value: /a } }',
      ),
      finds: [
        "error TG2007 p.yaml:5:77: `a` is not a path: it does not begin with `/` = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:101: `/a//b` is not a path: it holds `//` = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:131: `/a/../b` is not a path: it holds `.` or `..` as an element = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:163: `/a/.` is not a path: it holds `.` or `..` as an element = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:192: `/a%2Fb` is not a path: it holds `%2F` = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:223: `/a#b` is not a path: it holds `#` = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:252: `/a b` is not a path: it holds what may not stand in a path = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:294: `/a?b` is not a path: it holds what may not stand in a path = write it as it stands in a request, without the query, such as `/orders`",
        "error TG2007 p.yaml:5:322: expected one of `Exact`, `PathPrefix`, `RegularExpression`, found `Prefix`",
      ],
    },
    {
      name: "a path that is too long",
      policies: matches(
        "{ path: { value: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa } }",
      ),
      finds: [
        "error TG2007 p.yaml:5:77: `/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is not a path: it has more than 1024 characters = write it as it stands in a request, without the query, such as `/orders`",
      ],
    },
    {
      name: "regular expressions that are none",
      policies: matches(
        '{ path: { type: RegularExpression, value: "/(" } }, { headers: [{ name: a, type: RegularExpression, value: "a**" }] }, { queryParams: [{ name: a, type: RegularExpression, value: "[" }] }',
      ),
      finds: [
        "error TG3020 p.yaml:5:104: this `(` is never closed = write `\\(` for the character",
        "error TG3020 p.yaml:5:169: `**` repeats a repetition = put what is repeated first into a group",
        "error TG3020 p.yaml:5:239: this `[` is never closed = write `\\[` for the character",
      ],
    },
    {
      name: "headers and parameters that are none",
      policies: matches(
        '{ headers: [{ name: ":path", value: a }, { name: b, value: "" }, { name: c, value: " d" }, { name: d }] }, { queryParams: [{ name: "a b", value: c }, { name: b, value: 1 }] }',
      ),
      finds: [
        "error TG3003 p.yaml:5:80: `:path` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG2007 p.yaml:5:119: the value is empty = write the value; for any value write `type: RegularExpression` and `.*`",
        "warning TG3010 p.yaml:5:143: no header has such a value = write one line of text that neither begins nor ends with white space",
        "error TG2005 p.yaml:5:151: the field `value` is missing = add `value`: the value it must have, or a regular expression (RE2)",
        "error TG2007 p.yaml:5:191: `a b` is not a query parameter's name = the standard allows letters, digits and some signs, such as `animal` or `page.size`",
        'error TG2004 p.yaml:5:228: expected a string, found a number = quote it: "1"',
      ],
    },
    {
      name: "repeated headers and parameters",
      policies: matches(
        "{ headers: [{ name: a, value: b }, { name: A, value: c }], queryParams: [{ name: a, value: b }, { name: A, value: b }, { name: a, value: b }] }",
      ),
      finds: [
        "warning TG3001 p.yaml:5:103: `A` is there twice, and the first entry counts = the standard has it so: remove one, or write another match",
        "warning TG3001 p.yaml:5:187: `a` is there twice, and the first entry counts = the standard has it so: remove one, or write another match",
      ],
    },
    {
      name: "methods that are none",
      policies: matches("{ method: get }, { method: PURGE }"),
      finds: [
        "error TG2007 p.yaml:5:70: expected one of `GET`, `HEAD`, `POST`, `PUT`, `DELETE`, `CONNECT`, `OPTIONS`, `TRACE`, `PATCH`, found `get` ^ did you mean `GET`?",
        "error TG2007 p.yaml:5:87: expected one of `GET`, `HEAD`, `POST`, `PUT`, `DELETE`, `CONNECT`, `OPTIONS`, `TRACE`, `PATCH`, found `PURGE`",
      ],
    },
    {
      name: "filters without what they do, and with what others do",
      policies: filters("{ type: CORS }, { type: URLRewrite, urlRewrite: {}, cors: {} }, { urlRewrite: {} }"),
      finds: [
        "error TG2005 p.yaml:5:68: the field `cors` is missing = add `cors`, which says what the filter does",
        "error TG3019 p.yaml:5:112: `cors` says nothing in a filter of the type `URLRewrite` = write a filter of its own for it, or change `type`",
        "error TG2005 p.yaml:5:124: the field `type` is missing = add `type`: what the filter does; each type once, but for `RequestMirror`",
      ],
    },
    {
      name: "filters that Tollgate has not",
      policies: filters("{ type: ExtensionRef, extensionRef: { name: a } }, { type: Rewrite }"),
      finds: [
        "error TG2006 p.yaml:5:68: `ExtensionRef` is not supported yet = for now this must be one of `RequestHeaderModifier`, `ResponseHeaderModifier`, `RequestMirror`, `RequestRedirect`, `URLRewrite`, `CORS`: it may be what protects a backend, so it is not skipped: say what it does with another policy",
        "error TG2006 p.yaml:5:82: `extensionRef` is not supported yet = it may be what protects a backend, so it is not skipped: say what it does with another policy",
        "error TG2007 p.yaml:5:119: expected one of `RequestHeaderModifier`, `ResponseHeaderModifier`, `RequestMirror`, `RequestRedirect`, `URLRewrite`, `CORS`, found `Rewrite` ^ did you mean `URLRewrite`?",
      ],
    },
    {
      name: "two of a type",
      policies: filters(
        "{ type: URLRewrite, urlRewrite: { hostname: a.test } }, { type: URLRewrite, urlRewrite: { hostname: b.test } }",
      ),
      finds: [
        "error TG3001 p.yaml:5:124: the filter `URLRewrite` is there twice = the standard allows one of each: merge them",
      ],
    },
    {
      name: "header modifiers",
      policies: filters(
        '{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: b }, { name: Host, value: b }], add: [{ name: A, value: b }, { name: c, value: "" }, { name: d, value: "a\\nb" }, { name: x-tollgate-cluster, value: a }], remove: [c, ":path", content-length, X-Envoy-Retry-On] } }, { type: ResponseHeaderModifier, responseHeaderModifier: { remove: [transfer-encoding, x-tollgate-cluster] } }',
      ),
      finds: [
        "error TG3003 p.yaml:5:153: `Host` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG3001 p.yaml:5:186: the header `A` is changed twice = the standard allows one change of each header in a filter: several values are one, with commas",
        "error TG3004 p.yaml:5:219: the value is empty = write a value, or the name under `remove`",
        "error TG3004 p.yaml:5:243: this cannot be a header's value: it holds a control character = a header's value is one line of text without control characters, such as `v2`",
        "error TG3003 p.yaml:5:261: `x-tollgate-cluster` is written by the filter itself = a cluster is chosen by `backend`; timeouts and retries are said in an `HTTPRoute`",
        "error TG3001 p.yaml:5:303: the header `c` is changed twice = the standard allows one change of each header in a filter: several values are one, with commas",
        "error TG3003 p.yaml:5:306: `:path` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG3003 p.yaml:5:315: `content-length` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG3003 p.yaml:5:331: `X-Envoy-Retry-On` is written by the filter itself = a cluster is chosen by `backend`; timeouts and retries are said in an `HTTPRoute`",
        "error TG3003 p.yaml:5:421: `transfer-encoding` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
      ],
    },
    {
      name: "a value that is too long",
      policies: filters(
        "{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb }] } }",
      ),
      finds: [
        "error TG3004 p.yaml:5:140: this cannot be a header's value: it has more than 4096 bytes = a header's value is one line of text without control characters, such as `v2`",
      ],
    },
    {
      name: "rewrites that are none",
      policies: filters(
        '{ type: URLRewrite, urlRewrite: { hostname: "*.a.test", path: { type: ReplaceFullPath, replacePrefixMatch: /a } } }',
      ),
      finds: [
        "error TG2007 p.yaml:5:104: `*.a.test` is not a hostname = write a name in lower case without a port, such as `shop.test`; addresses are none",
        "error TG2005 p.yaml:5:122: the field `replaceFullPath` is missing = add `replaceFullPath`: what the path becomes",
        "error TG3019 p.yaml:5:167: `replacePrefixMatch` says nothing beside `type: ReplaceFullPath` = write `replaceFullPath`, or change `type`",
      ],
    },
    {
      name: "new paths and hosts that are none",
      policies: filters(
        '{ type: URLRewrite, urlRewrite: { hostname: "a.test:80", path: { type: ReplaceFullPath, replaceFullPath: "a?b" } } }',
      ),
      finds: [
        "error TG2007 p.yaml:5:104: `a.test:80` is not a hostname = write a name in lower case without a port, such as `shop.test`; addresses are none",
        "error TG2007 p.yaml:5:165: `a?b` is not a path: it does not begin with `/` = write it as it stands in a request, without the query, such as `/orders`",
      ],
    },
    {
      name: "a redirect with backends, a rewrite and a mirror",
      policies: rule(
        "filters: [{ type: RequestRedirect, requestRedirect: { scheme: ftp, statusCode: 304, port: 0 } }, { type: URLRewrite, urlRewrite: { hostname: b.test } }, { type: RequestMirror, requestMirror: { backendRef: { name: o, port: 1 } } }], backendRefs: [{ name: o, port: 1 }]",
      ),
      finds: [
        "error TG2007 p.yaml:5:75: expected one of `http`, `https`, found `ftp`",
        "error TG2007 p.yaml:5:92: 304 is no status of a redirect = write 301, 302, 303, 307 or 308",
        "error TG2007 p.yaml:5:103: expected a whole number from 1 to 65535, found `0`",
        "error TG3019 p.yaml:5:118: `URLRewrite` and `RequestRedirect` exclude each other = a request that is answered here is not passed on: keep one of them",
        "error TG3019 p.yaml:5:174: `RequestMirror` and `RequestRedirect` exclude each other = a request that is answered here is not passed on: keep one of them",
        "error TG3019 p.yaml:5:245: a rule that redirects has no backends = the request is answered here: remove `backendRefs`, or the filter `RequestRedirect`",
      ],
    },
    {
      name: "a redirect with what has no effect",
      policies: rule(
        "filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }], timeouts: { request: 1s }, retry: { attempts: 1 }",
      ),
      finds: [
        "warning TG3019 p.yaml:5:87: `timeouts` has no effect: the rule redirects = the request is answered here: remove it",
        "warning TG3019 p.yaml:5:114: `retry` has no effect: the rule redirects = the request is answered here: remove it",
      ],
    },
    {
      name: "prefixes to replace where there is none, or several",
      policies: rule(
        "filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } } }], matches: [{ path: { type: Exact, value: /a } }], backendRefs: [{ name: o, port: 1 }]",
      ),
      finds: [
        "error TG3019 p.yaml:5:71: `ReplacePrefixMatch` needs a rule with one match, whose path is a prefix = give each prefix a rule of its own with `path: { type: PathPrefix, value: … }`, or write `ReplaceFullPath`",
      ],
    },
    {
      name: "several prefixes to replace",
      policies: rule(
        "filters: [{ type: RequestRedirect, requestRedirect: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } } }], matches: [{ path: { value: /a } }, { path: { value: /b } }]",
      ),
      finds: [
        "error TG3019 p.yaml:5:81: `ReplacePrefixMatch` needs a rule with one match, whose path is a prefix = give each prefix a rule of its own with `path: { type: PathPrefix, value: … }`, or write `ReplaceFullPath`",
      ],
    },
    {
      name: "the prefix of every path to replace",
      policies: rule(
        "filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /a/ } } }], backendRefs: [{ name: o, port: 1 }]",
      ),
      finds: [],
    },
    {
      name: "mirrors",
      policies: filters(
        "{ type: RequestMirror, requestMirror: { backendRef: { name: o }, percent: 101 } }, { type: RequestMirror, requestMirror: { backendRef: { name: o, port: 1 }, percent: 1, fraction: { numerator: 2, denominator: 1 } } }, { type: RequestMirror, requestMirror: { backendRef: { name: o, port: 1 }, fraction: { numerator: 101 } } }",
      ),
      finds: [
        "error TG2005 p.yaml:5:120: a Service is reached at one of its ports = add `port`: the Service's port, such as `port: 8080`",
        "error TG2007 p.yaml:5:134: expected a whole number from 0 to 100, found `101`",
        "error TG2009 p.yaml:5:229: a mirror takes `percent` or `fraction`, not both = keep one of them",
        "error TG2007 p.yaml:5:252: 2 of 1 is more than all = write at most 1",
        "error TG2007 p.yaml:5:374: 101 of 100 is more than all = write at most 100",
      ],
    },
    {
      name: "cross-origin rules",
      policies: filters(
        '{ type: CORS, cors: { allowOrigins: ["*", "https://a.test/", "ftp://a.test", "https://a.*.test", "https://a.test:0", "https://a.test:65536", "null"], allowMethods: [GET, "*", get], allowHeaders: ["*", x-a, "x a"], exposeHeaders: ["*", "y y"], maxAge: 0, allowCredentials: yes } }',
      ),
      finds: [
        "error TG3019 p.yaml:5:97: `*` stands alone in `allowOrigins` = it allows everything: remove the others, or the asterisk",
        "error TG2007 p.yaml:5:102: `https://a.test/` is not an origin = write scheme and host, and the port where it is not the scheme's own: `https://shop.test`, `https://*.shop.test`, `http://localhost:8080`, or `*` alone",
        "error TG2007 p.yaml:5:121: `ftp://a.test` is not an origin = write scheme and host, and the port where it is not the scheme's own: `https://shop.test`, `https://*.shop.test`, `http://localhost:8080`, or `*` alone",
        "error TG2007 p.yaml:5:137: `https://a.*.test` is not an origin = write scheme and host, and the port where it is not the scheme's own: `https://shop.test`, `https://*.shop.test`, `http://localhost:8080`, or `*` alone",
        "error TG2007 p.yaml:5:157: `https://a.test:0` is not an origin = write scheme and host, and the port where it is not the scheme's own: `https://shop.test`, `https://*.shop.test`, `http://localhost:8080`, or `*` alone",
        "error TG2007 p.yaml:5:177: `https://a.test:65536` is not an origin = write scheme and host, and the port where it is not the scheme's own: `https://shop.test`, `https://*.shop.test`, `http://localhost:8080`, or `*` alone",
        "error TG2007 p.yaml:5:201: `null` is not an origin = write scheme and host, and the port where it is not the scheme's own: `https://shop.test`, `https://*.shop.test`, `http://localhost:8080`, or `*` alone",
        "error TG3019 p.yaml:5:230: `*` stands alone in `allowMethods` = it allows everything: remove the others, or the asterisk",
        "error TG2007 p.yaml:5:235: expected one of `GET`, `HEAD`, `POST`, `PUT`, `DELETE`, `CONNECT`, `OPTIONS`, `TRACE`, `PATCH`, `*`, found `get` ^ did you mean `GET`?",
        "error TG3019 p.yaml:5:256: `*` stands alone in `allowHeaders` = it allows everything: remove the others, or the asterisk",
        "error TG3003 p.yaml:5:266: `x a` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG3003 p.yaml:5:295: `y y` is not a header name = a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
        "error TG2007 p.yaml:5:311: expected a whole number from 1 to 2147483647, found `0`",
        "error TG2004 p.yaml:5:332: expected true or false, found `yes` = write `true`",
      ],
    },
    {
      name: "an origin for nobody",
      policies: filters("{ type: CORS, cors: {} }"),
      finds: [
        "warning TG3012 p.yaml:5:68: this filter allows no other site: scripts elsewhere read nothing = name the sites in `allowOrigins`",
      ],
    },
    {
      name: "filters of a backend",
      policies: rule(
        "backendRefs: [{ name: o, port: 1, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: host, value: a }] } }, { type: URLRewrite, urlRewrite: { hostname: b.test } }] }]",
      ),
      finds: [
        "error TG3003 p.yaml:5:127: `host` cannot be changed by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG2006 p.yaml:5:158: `URLRewrite` of a single backend is not supported = write it under the rule's own `filters`, or give the backend a rule of its own",
      ],
    },
    {
      name: "backends",
      policies: rule(
        'backendRefs: [{ name: o }, { name: "a/b", port: 1 }, { name: o, port: 1, weight: -1 }, { name: o, namespace: A, port: 1 }]',
      ),
      finds: [
        "error TG2005 p.yaml:5:35: a Service is reached at one of its ports = add `port`: the Service's port, such as `port: 8080`",
        "error TG3009 p.yaml:5:48: `a/b` is not a name = use lower-case letters, digits and `-`, as Kubernetes does, and at most 100 of them",
        'error TG4006 p.yaml:5:48: the bundle has no backend `default/a/b:1` ^ did you mean `default/o:1`? = write `"default/a/b:1": "http://HOST:PORT"` under `backends:` in the `spec` of the bundle\'s `Bundle` document',
        "error TG2007 p.yaml:5:94: expected a whole number from 0 to 1000000, found `-1`",
        "error TG3009 p.yaml:5:122: `A` is not a name = use lower-case letters, digits and `-`, as Kubernetes does, and at most 100 of them",
      ],
    },
    {
      name: "weights that come to nothing",
      policies: rule("backendRefs: [{ name: o, port: 1, weight: 0 }, { name: o, port: 1, weight: 0 }]"),
      finds: [
        "error TG3007 p.yaml:5:13: the weights of these backends add up to zero = give at least one backend a weight above zero",
      ],
    },
    {
      name: "no backend",
      policies: rule("matches: [{}]"),
      finds: [
        "warning TG3021 p.yaml:5:13: this rule has no backend: its requests are answered 500 = add `backendRefs`, or a filter `RequestRedirect`; a `HeaderRoutePolicy` that names a backend is heard, too",
      ],
    },
    {
      name: "durations that are none",
      policies: rule(
        "timeouts: { request: 1d, backendRequest: 1.5s }, retry: { backoff: 0s, attempts: -1, codes: [200, 503] }, backendRefs: [{ name: o, port: 1 }]",
      ),
      finds: [
        "error TG3005 p.yaml:5:34: `1d` is not a duration = write numbers of up to five digits with the units `h`, `m`, `s` and `ms`, such as `10s` or `1m30s`",
        "error TG3005 p.yaml:5:54: `1.5s` is not a duration = write numbers of up to five digits with the units `h`, `m`, `s` and `ms`, such as `10s` or `1m30s`",
        "error TG3005 p.yaml:5:80: Envoy waits before it tries again = write at least `1ms`, or leave `backoff` out",
        "error TG2007 p.yaml:5:94: expected a whole number from 0 to 1000000, found `-1`",
        "error TG2007 p.yaml:5:106: expected a whole number from 400 to 599, found `200`",
      ],
    },
    {
      name: "a try that takes longer than the request",
      policies: rule("timeouts: { request: 1s, backendRequest: 1s1ms }, backendRefs: [{ name: o, port: 1 }]"),
      finds: [
        "error TG3019 p.yaml:5:54: one try may take longer than the whole request = `request` is `1s`, which is for all tries: write no more than that",
      ],
    },
    {
      name: "a request without end",
      policies: rule(
        "timeouts: { request: 0s, backendRequest: 00001h99999m99999s99999ms }, retry: { backoff: 99999ms }, backendRefs: [{ name: o, port: 1 }]",
      ),
      finds: [],
    },
  ]);
});

describe("with the other documents of the bundle", () => {
  pin([
    {
      name: "no listener of that name",
      policies:
        route(
          "parentRefs: [{ name: web, sectionName: other }]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]",
        ) +
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: web }\nspec: { listeners: [{ name: web, port: 80, protocol: HTTP }] }\n",
      finds: [
        "warning TG4001 p.yaml:5:15: no listener takes the route `default/a` = its Gateways are in the bundle: compare `sectionName`, `port`, protocol and `allowedRoutes`; until then the route takes no request",
      ],
    },
    {
      name: "no listener for HTTP, for the kind, or for the namespace",
      policies:
        route(
          "parentRefs: [{ name: web }, { name: web2, namespace: far }]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]",
        ) +
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: web }\nspec: { listeners: [{ name: a, port: 80, protocol: TCP }, { name: b, port: 81, protocol: HTTP, allowedRoutes: { kinds: [{ kind: GRPCRoute }] } }] }\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: web2, namespace: far }\nspec: { listeners: [{ name: web, port: 80, protocol: HTTP }] }\n",
      finds: [
        "warning TG4001 p.yaml:5:15: no listener takes the route `default/a` = its Gateways are in the bundle: compare `sectionName`, `port`, protocol and `allowedRoutes`; until then the route takes no request",
      ],
    },
    {
      name: "a hostname that no listener serves",
      policies:
        route(
          'hostnames: [a.test, b.test, "*.test"]\nparentRefs: [{ name: web }]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]',
        ) +
        '---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: web }\nspec: { listeners: [{ name: web, port: 80, protocol: HTTP, hostname: "*.a.test" }, { name: b, port: 81, protocol: HTTP, hostname: a.test }] }\n',
      finds: [
        "warning TG4001 p.yaml:5:23: no listener of the route serves `b.test` = the listeners serve `*.a.test`, `a.test`: the name is passed over, as the standard has it",
      ],
    },
    {
      name: "a Gateway that is elsewhere",
      policies:
        route(
          "hostnames: [a.test]\nparentRefs: [{ name: web }, { name: elsewhere }]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]",
        ) +
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: web }\nspec: { listeners: [{ name: web, port: 80, protocol: HTTP, hostname: b.test }] }\n",
      finds: [],
    },
    {
      name: "a Gateway that is none",
      policies:
        route("parentRefs: [{ name: web }]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]") +
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: web }\nspec: { listeners: [{ name: a, port: 0 }] }\n",
      finds: [
        "error TG2005 p.yaml:16:21: the field `protocol` is missing = add `protocol`: `HTTP` or `HTTPS`, for HTTPRoutes",
        "error TG2007 p.yaml:16:38: expected a whole number from 1 to 65535, found `0`",
      ],
    },
    {
      name: "a Service of another namespace as a parent",
      policies: route(
        'parentRefs: [{ kind: Service, group: "", name: a, namespace: far }]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]',
      ),
      finds: [
        "error TG2007 p.yaml:5:64: a Service that is a parent is of the route's own namespace = the route is of `default`: write it in `far`; routes for requests that leave other workloads are not honoured",
      ],
    },
    {
      name: "a backend of another namespace, not granted",
      policies: route(
        "rules: [{ backendRefs: [{ name: o, port: 1 }, { name: p, namespace: far, port: 1, weight: 2 }] }]",
      ),
      finds: [
        "warning TG3021 p.yaml:5:71: `far` grants no HTTPRoute of `default` its `p` = its share of requests is answered 500: write a `ReferenceGrant` into `far`, from `HTTPRoute` of `default` to `Service`",
      ],
    },
    {
      name: "a grant for others",
      policies:
        route(
          "rules: [{ backendRefs: [{ name: o, port: 1 }, { name: p, namespace: far, port: 1, weight: 2 }] }]",
        ) +
        '---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: { name: g, namespace: far }\nspec: { from: [{ group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: default }, { group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: other }], to: [{ group: "", kind: Service }] }\n',
      finds: [
        "warning TG3021 p.yaml:5:71: `far` grants no HTTPRoute of `default` its `p` = its share of requests is answered 500: write a `ReferenceGrant` into `far`, from `HTTPRoute` of `default` to `Service`",
      ],
    },
    {
      name: "a grant for another Service",
      policies:
        route(
          "rules: [{ backendRefs: [{ name: o, port: 1 }, { name: p, namespace: far, port: 1, weight: 2 }] }]",
        ) +
        '---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: { name: g, namespace: far }\nspec: { from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }], to: [{ group: "", kind: Service, name: o }, { group: "", kind: Secret }] }\n',
      finds: [
        "warning TG3021 p.yaml:5:71: `far` grants no HTTPRoute of `default` its `p` = its share of requests is answered 500: write a `ReferenceGrant` into `far`, from `HTTPRoute` of `default` to `Service`",
      ],
    },
    {
      name: "a grant, so that the backend has to be somewhere",
      policies:
        route(
          "rules: [{ backendRefs: [{ name: o, port: 1 }, { name: p, namespace: far, port: 1, weight: 2 }] }]",
        ) +
        '---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: { name: g, namespace: far }\nspec: { from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }], to: [{ group: "", kind: Service, name: p }] }\n',
      finds: [
        'error TG4006 p.yaml:5:57: the bundle has no backend `far/p:1` = write `"far/p:1": "http://HOST:PORT"` under `backends:` in the `spec` of the bundle\'s `Bundle` document',
      ],
    },
    {
      name: "backends that are no Services",
      policies: route(
        "rules: [{ backendRefs: [{ name: o, port: 1 }, { name: p, kind: ServiceImport, group: multicluster.x-k8s.io }] }]",
      ),
      finds: [
        "warning TG3021 p.yaml:5:66: a `ServiceImport` is no backend that can be reached = its share of requests is answered 500: name a `Service`",
      ],
    },
    {
      name: "a mirror that is not granted",
      policies: route(
        "rules: [{ backendRefs: [{ name: o, port: 1 }], filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: o, namespace: far, port: 1 } } }] }]",
      ),
      finds: [
        "error TG3021 p.yaml:5:134: `far` grants no HTTPRoute of `default` its `o` = nothing would get the copies: write a `ReferenceGrant` into `far`, from `HTTPRoute` of `default` to `Service`",
      ],
    },
    {
      name: "the same match twice in a route",
      policies: route(
        "rules: [{ name: one, backendRefs: [{ name: o, port: 1 }] }, { matches: [{ path: { value: /a } }, { path: { type: PathPrefix, value: / } }], backendRefs: [{ name: o, port: 1 }] }]",
      ),
      finds: [
        "warning TG3011 p.yaml:5:100: this match never gets a request: `rules[0]` of `default/a` has the same = of a route's equal matches the first counts; the other is in p.yaml:5",
      ],
    },
    {
      name: "the same match in an older route",
      policies:
        route("rules: [{ backendRefs: [{ name: o, port: 1 }] }]") +
        '---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: z, creationTimestamp: "2026-01-01T00:00:00Z" }\nspec: { rules: [{ backendRefs: [{ name: o, port: 1 }] }] }\n',
      finds: [
        "warning TG3011 p.yaml:5:11: this match never gets a request: `rules[0]` of `default/z` has the same = of equal matches that of the oldest route counts, by `metadata.creationTimestamp`; the other is in p.yaml:15",
      ],
    },
    {
      name: "the same match in a route whose name comes first",
      policies:
        route(
          "hostnames: [a.test]\nrules: [{ matches: [{ path: { value: /a/ }, headers: [{ name: X, value: y }, { name: z, value: z }] }], backendRefs: [{ name: o, port: 1 }] }]",
        ) +
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: a0 }\nspec: { hostnames: [a.test], rules: [{ matches: [{ path: { value: /a }, headers: [{ name: Z, value: z }, { name: x, value: y }] }], backendRefs: [{ name: o, port: 1 }] }] }\n",
      finds: [
        "warning TG3011 p.yaml:16:50: this match never gets a request: `rules[0]` of `default/a` has the same = of equal matches that of the route whose name comes first in the alphabet counts; the other is in p.yaml:6",
      ],
    },
    {
      name: "the same match under one of two hostnames",
      policies:
        route("hostnames: [a.test]\nrules: [{ backendRefs: [{ name: o, port: 1 }] }]") +
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: b }\nspec: { hostnames: [a.test, b.test], rules: [{ backendRefs: [{ name: o, port: 1 }] }] }\n",
      finds: [],
    },
    {
      name: "a time that is none",
      policies:
        route("rules: [{ backendRefs: [{ name: o, port: 1 }] }]") +
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: b, creationTimestamp: 2026-13-01T00:00:00Z }\nspec: { rules: [{ backendRefs: [{ name: o, port: 1 }] }] }\n",
      finds: [
        "error TG2007 p.yaml:14:41: `2026-13-01T00:00:00Z` is not a time = write it as Kubernetes does, such as `2026-01-31T08:00:00Z`, or leave it out",
      ],
    },
  ]);
});
