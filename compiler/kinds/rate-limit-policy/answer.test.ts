// How refusals may be answered.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { rateLimit } from "../../testing/policies.ts";

const several = (limits: readonly string[]): string => rateLimit(`  limits: { ${limits.join(", ")} }\n`);
const limit = (fields: string): string => several([`a: { ${fields}, rates: [{ limit: 5, window: 1s }] }`]);

describe("onLimit", () => {
  pin([
    {
      name: "all of it",
      policies: limit(
        `onLimit: { status: 503, body: "later", headers: { X-Reason: quota, cache-control: no-store } }`,
      ),
      finds: [],
    },
    {
      name: "statuses",
      policies: several([
        "a: { onLimit: { status: 200 }, rates: [{ limit: 1, window: 1s }] }",
        "b: { onLimit: { status: 600 }, rates: [{ limit: 1, window: 1s }] }",
      ]),
      finds: [
        "error TG2007 p.yaml:5:37: expected a whole number from 400 to 599, found `200`",
        "error TG2007 p.yaml:5:105: expected a whole number from 400 to 599, found `600`",
      ],
    },
    {
      name: "headers of the connection",
      policies: limit(
        `onLimit: { headers: { Connection: close, content-length: "5", transfer-encoding: chunked } }`,
      ),
      finds: [
        "error TG3003 p.yaml:5:40: `Connection` cannot be set by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG3003 p.yaml:5:59: `content-length` cannot be set by a policy = it belongs to the connection or frames the message; the proxy looks after it",
        "error TG3003 p.yaml:5:80: `transfer-encoding` cannot be set by a policy = it belongs to the connection or frames the message; the proxy looks after it",
      ],
    },
    {
      name: "headers of the filter",
      policies: limit(
        `onLimit: { headers: { Retry-After: "5", ratelimit: x, RateLimit-Policy: x, x-ratelimit-reset: "1", grpc-status: "0" } }`,
      ),
      finds: [
        "error TG3003 p.yaml:5:40: `Retry-After` is said by the filter itself = leave it out; what answers tell of limits `headers` of the policy says",
        "error TG3003 p.yaml:5:58: `ratelimit` is said by the filter itself = leave it out; what answers tell of limits `headers` of the policy says",
        "error TG3003 p.yaml:5:72: `RateLimit-Policy` is said by the filter itself = leave it out; what answers tell of limits `headers` of the policy says",
        "error TG3003 p.yaml:5:93: `x-ratelimit-reset` is said by the filter itself = leave it out; what answers tell of limits `headers` of the policy says",
        "error TG3003 p.yaml:5:117: `grpc-status` is said by the filter itself = leave it out; what answers tell of limits `headers` of the policy says",
      ],
    },
    {
      name: "pseudo headers and worse",
      policies: limit(`onLimit: { headers: { ":status": "200", "a b": x, "": x } }`),
      finds: [
        "error TG3003 p.yaml:5:40: `:status` is not a header name = a header name holds letters, digits and `-`, such as `x-user`",
        "error TG3003 p.yaml:5:58: `a b` is not a header name = a header name holds letters, digits and `-`, such as `x-user`",
        'error TG3003 p.yaml:5:68: `""` is not a header name = a header name holds letters, digits and `-`, such as `x-user`',
      ],
    },
    {
      name: "values",
      policies: limit(`onLimit: { headers: { x-a: "a\\r\\nset-cookie: b", x-b: " a", x-c: 5 } }`),
      finds: [
        "error TG3004 p.yaml:5:45: this cannot be a header's value: it holds a control character = a header's value is one line of text without control characters, such as `quota`",
        "error TG3004 p.yaml:5:72: this cannot be a header's value: it begins or ends with white space = a header's value is one line of text without control characters, such as `quota`",
        'error TG2004 p.yaml:5:83: expected a string, found a number = quote it: "5"',
      ],
    },
    {
      name: "a header twice",
      policies: limit(`onLimit: { headers: { x-a: a, X-A: b } }`),
      finds: [
        "error TG3001 p.yaml:5:48: the header `X-A` is there twice = remove one: the case of a header's name says nothing",
      ],
    },
    {
      name: "nothing",
      policies: limit(`onLimit: { headers: {} }`),
      finds: ["error TG2008 p.yaml:5:38: this mapping is empty = name at least one entry"],
    },
  ]);
});
