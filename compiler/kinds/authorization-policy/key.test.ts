// The keys of `when`: those that name nothing, and those that no request shows.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { authorization } from "../../testing/policies.ts";

const when = (condition: string): string => authorization(`  rules: [{ when: [{ ${condition} }] }]\n`);

describe("keys that name nothing", () => {
  pin([
    {
      name: "headers without a name",
      policies: when("key: request.headers, values: [a]"),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `request.headers` ^ did you mean `request.headers[NAME]`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "a header for headers",
      policies: when("key: request.header, values: [a]"),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `request.header` ^ did you mean `request.headers[NAME]`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "a header for headers, with a name",
      policies: when('key: "request.header[x]", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `request.header[x]` ^ did you mean `request.headers[NAME]`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "an empty header name",
      policies: when('key: "request.headers[]", values: [a]'),
      finds: [
        'error TG3003 p.yaml:5:27: `""` is not a header name = write it as `request.headers[x-user]`; use `to` for method, path and host; Istio leaves a rule with such a key out without a word',
      ],
    },
    {
      name: "a header without end",
      policies: when('key: "request.headers[x", values: [a]'),
      finds: [
        "error TG3003 p.yaml:5:27: `[x` is not a header name = write it as `request.headers[x-user]`; use `to` for method, path and host; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "the path as a header",
      policies: when('key: "request.headers[:path]", values: [a]'),
      finds: [
        "error TG3003 p.yaml:5:27: `:path` is not a header name = use `paths` in `to`, which compares the path without the query",
      ],
    },
    {
      name: "a pseudo header of responses",
      policies: when('key: "request.headers[:status]", values: [a]'),
      finds: [
        "error TG3003 p.yaml:5:27: `:status` is not a header name = write it as `request.headers[x-user]`; use `to` for method, path and host; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "a header name with a line break",
      policies: when('key: "request.headers[a\\r\\nb]", values: [a]'),
      finds: [
        "error TG3003 p.yaml:5:27: `a\\r\\nb` is not a header name = write it as `request.headers[x-user]`; use `to` for method, path and host; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "claims without a name",
      policies: when("key: request.auth.claims, values: [a]"),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `request.auth.claims` ^ did you mean `request.auth.claims[NAME]`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "claims with an empty name",
      policies: when('key: "request.auth.claims[]", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: `request.auth.claims[]` names no claim = write it as `request.auth.claims[iss]`, or `request.auth.claims[realm_access][roles]` for a claim inside another; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "claims with an empty name inside",
      policies: when('key: "request.auth.claims[a][]", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: `request.auth.claims[a][]` names no claim = write it as `request.auth.claims[iss]`, or `request.auth.claims[realm_access][roles]` for a claim inside another; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "claims and something behind",
      policies: when('key: "request.auth.claims[a]b", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: `request.auth.claims[a]b` names no claim = write it as `request.auth.claims[iss]`, or `request.auth.claims[realm_access][roles]` for a claim inside another; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "one claim for claims",
      policies: when('key: "request.auth.claim[iss]", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `request.auth.claim[iss]` ^ did you mean `request.auth.claims[NAME]`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "metadata of no filter",
      policies: when('key: "experimental.envoy.filters.[a]", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: `experimental.envoy.filters.[a]` names no filter's metadata = write it as `experimental.envoy.filters.http.lua[tenant]`; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "metadata without a key",
      policies: when("key: experimental.envoy.filters.http.lua, values: [a]"),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `experimental.envoy.filters.http.lua` ^ did you mean `experimental.envoy.filters.http.lua[KEY]`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "metadata with an empty key",
      policies: when('key: "experimental.envoy.filters.http.lua[]", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: `experimental.envoy.filters.http.lua[]` names no filter's metadata = write it as `experimental.envoy.filters.http.lua[tenant]`; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "a plural",
      policies: when("key: source.principals, values: [a]"),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `source.principals` ^ did you mean `source.principal`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "another case",
      policies: when("key: Source.IP, values: [a]"),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `Source.IP` ^ did you mean `source.ip`? = Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "a key of an older Istio",
      policies: when('key: "destination.labels[a]", values: [a]'),
      finds: [
        "error TG2007 p.yaml:5:27: unknown condition key `destination.labels[a]` = the keys are `source.ip`, `remote.ip`, `source.namespace`, `source.principal`, `source.serviceAccount`, `request.auth.principal`, `request.auth.audiences`, `request.auth.presenter`, `destination.ip`, `destination.port`, `connection.sni`, `request.headers[NAME]`, `request.auth.claims[NAME]`, `experimental.envoy.filters.FILTER[KEY]`; Istio leaves a rule with such a key out without a word",
      ],
    },
    {
      name: "an empty key",
      policies: when('key: "", values: [a]'),
      finds: [
        'error TG2007 p.yaml:5:27: unknown condition key `""` = the keys are `source.ip`, `remote.ip`, `source.namespace`, `source.principal`, `source.serviceAccount`, `request.auth.principal`, `request.auth.audiences`, `request.auth.presenter`, `destination.ip`, `destination.port`, `connection.sni`, `request.headers[NAME]`, `request.auth.claims[NAME]`, `experimental.envoy.filters.FILTER[KEY]`; Istio leaves a rule with such a key out without a word',
      ],
    },
    {
      name: "wrong values in both lists",
      policies: when("key: source.ip, values: [x], notValues: [y]"),
      finds: [
        "error TG3002 p.yaml:5:47: `x` is not an address or CIDR block = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
        "error TG3002 p.yaml:5:63: `y` is not an address or CIDR block = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
      ],
    },
  ]);
});

describe("headers that no policy sees", () => {
  pin([
    {
      name: "of the connection",
      policies: when('key: "request.headers[Connection]", values: [a]'),
      finds: [
        "warning TG3010 p.yaml:5:27: no policy sees `connection`: it belongs to the connection, and the listener takes it away = as a header that is absent it matches no `values`, and whatever `notValues` say; ask for another one",
      ],
    },
    {
      name: "written by the listener alone",
      policies: when('key: "request.headers[x-envoy-internal]", values: ["true", "false", "*"]'),
      finds: [
        "warning TG3010 p.yaml:5:81: `false` never matches: the listener writes `true` or leaves the header out = write `true`",
      ],
    },
  ]);
});
