// Values that are no values, and values that no request has.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { authorization } from "../../testing/policies.ts";

const to = (operation: string): string =>
  authorization(`  rules: [{ to: [{ operation: { ${operation} } }] }]\n`);
const from = (source: string): string => authorization(`  rules: [{ from: [{ source: { ${source} } }] }]\n`);
const when = (condition: string): string => authorization(`  rules: [{ when: [{ ${condition} }] }]\n`);

describe("values that are none", () => {
  pin([
    {
      name: "ports",
      policies: to(
        'ports: ["80", "0x50", "65536", "-1", "http", "*", "", "080", "1e3"], notPorts: ["99999"]',
      ),
      finds: [
        'error TG2007 p.yaml:5:47: `0x50` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
        'error TG2007 p.yaml:5:55: `65536` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
        'error TG2007 p.yaml:5:64: `-1` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
        'error TG2007 p.yaml:5:70: `http` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
        'error TG2007 p.yaml:5:78: `*` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
        'error TG2007 p.yaml:5:83: `""` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
        'error TG2007 p.yaml:5:94: `1e3` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
        'error TG2007 p.yaml:5:113: `99999` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
      ],
    },
    {
      name: "a port that is a number",
      policies: to("ports: [80]"),
      finds: ['error TG2004 p.yaml:5:41: expected a string, found a number = quote it: "80"'],
    },
    {
      name: "a port by its key",
      policies: when("key: destination.port, values: [http]"),
      finds: [
        'error TG2007 p.yaml:5:54: `http` is not a port = write a number from 0 to 65535, such as "8080": ports have no names and no wildcards here; Istio drops such a value without a word',
      ],
    },
    {
      name: "an address by its key",
      policies: when("key: destination.ip, values: [shop.test]"),
      finds: [
        "error TG3002 p.yaml:5:52: `shop.test` is not an address or CIDR block = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
      ],
    },
    {
      name: "blocks of the client",
      policies: from("remoteIpBlocks: [10.0.0.0/33], notRemoteIpBlocks: [x]"),
      finds: [
        "error TG3002 p.yaml:5:49: `10.0.0.0/33` is not an address or CIDR block: the prefix length must be 0 to 32 = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
        "error TG3002 p.yaml:5:83: `x` is not an address or CIDR block = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
      ],
    },
    {
      name: "service accounts",
      policies: from('serviceAccounts: ["a", "b/c", "a/b/c", "/a", "a/", "*", "a/b*", ""]'),
      finds: [
        "error TG2007 p.yaml:5:62: `a/b/c` is not a service account = write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy's own namespace",
        "error TG2007 p.yaml:5:71: `/a` is not a service account = write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy's own namespace",
        "error TG2007 p.yaml:5:77: `a/` is not a service account = write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy's own namespace",
        "error TG2007 p.yaml:5:83: service accounts take no wildcard = write `principals` with a wildcard instead, such as `cluster.local/ns/shop/sa/*`",
        "error TG2007 p.yaml:5:88: service accounts take no wildcard = write `principals` with a wildcard instead, such as `cluster.local/ns/shop/sa/*`",
        'error TG2007 p.yaml:5:96: `""` is not a service account = write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy\'s own namespace',
      ],
    },
    {
      name: "a service account by its key",
      policies: when('key: source.serviceAccount, values: ["a/b/c"]'),
      finds: [
        "error TG2007 p.yaml:5:59: `a/b/c` is not a service account = write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy's own namespace",
      ],
    },
    {
      name: "too many service accounts",
      policies: from("serviceAccounts: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]"),
      finds: [
        "error TG3006 p.yaml:5:98: a list may name 16 service accounts = Istio refuses more: put the others into a source of their own",
      ],
    },
    {
      name: "a service account that is too long",
      policies: from(
        'serviceAccounts: ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]',
      ),
      finds: [
        "error TG2007 p.yaml:5:50: a service account's name has at most 320 characters = write `NAMESPACE/ACCOUNT`, or `ACCOUNT` for one of the policy's own namespace",
      ],
    },
    {
      name: "service accounts and namespaces",
      policies: from("serviceAccounts: [a], namespaces: [b]"),
      finds: [
        "error TG2009 p.yaml:5:32: service accounts and `namespaces` do not go into one `source` = Istio refuses it: say all in `principals`, such as `cluster.local/ns/NAMESPACE/sa/ACCOUNT`",
      ],
    },
    {
      name: "excluded service accounts and principals",
      policies: from("principals: [b], notServiceAccounts: [a]"),
      finds: [
        "error TG2009 p.yaml:5:49: service accounts and `principals` do not go into one `source` = Istio refuses it: say all in `principals`, such as `cluster.local/ns/NAMESPACE/sa/ACCOUNT`",
      ],
    },
    {
      name: "trust domains",
      policies: from('trustDomains: ["a/b", "spiffe://a", "a b", ""], notTrustDomains: ["a/"]'),
      finds: [
        "error TG2007 p.yaml:5:47: `a/b` is not a trust domain = write what stands between `spiffe://` and the next `/`, such as `cluster.local`; a whole identity goes into `principals`",
        "error TG2007 p.yaml:5:54: `spiffe://a` is not a trust domain = write what stands between `spiffe://` and the next `/`, such as `cluster.local`; a whole identity goes into `principals`",
        "error TG2007 p.yaml:5:68: `a b` is not a trust domain = write what stands between `spiffe://` and the next `/`, such as `cluster.local`; a whole identity goes into `principals`",
        'error TG2007 p.yaml:5:75: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
        "error TG2007 p.yaml:5:98: `a/` is not a trust domain = write what stands between `spiffe://` and the next `/`, such as `cluster.local`; a whole identity goes into `principals`",
      ],
    },
    {
      name: "empty values everywhere",
      policies: from(
        'principals: [""], requestPrincipals: [""], namespaces: [""], notPrincipals: [""], notNamespaces: [""]',
      ),
      finds: [
        'error TG2007 p.yaml:5:45: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
        'error TG2007 p.yaml:5:70: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
        'error TG2007 p.yaml:5:88: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
        'error TG2007 p.yaml:5:109: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
        'error TG2007 p.yaml:5:130: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
      ],
    },
    {
      name: "empty values of claims",
      policies: when('key: "request.auth.claims[a]", values: [""], notValues: [""]'),
      finds: [
        'error TG2007 p.yaml:5:62: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
        'error TG2007 p.yaml:5:79: an empty value matches nothing = write `"*"` to ask that it is there, or remove the value',
      ],
    },
  ]);
});

describe("path templates", () => {
  pin([
    {
      name: "a wildcard behind the last",
      policies: to('paths: ["/{**}/x/{*}", "/{**}/{**}"]'),
      finds: [
        "error TG3017 p.yaml:5:50: `{*}` cannot follow `{**}` = `{**}` matches any number of segments, so let it be the last operator; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:63: `{**}` cannot follow `{**}` = `{**}` matches any number of segments, so let it be the last operator; Istio drops such a path without a word",
      ],
    },
    {
      name: "no slash",
      policies: to('paths: ["a/{*}", "{**}"]'),
      finds: [
        "error TG3017 p.yaml:5:42: a path template begins with `/` = write `/a/{*}`; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:51: a path template begins with `/` = write `/{**}`; Istio drops such a path without a word",
      ],
    },
    {
      name: "braces elsewhere",
      policies: to('paths: ["/a{*}", "/a/{x}", "/{***}", "/a}"]'),
      finds: [
        "error TG3017 p.yaml:5:44: `{*}` follows other text = `{*}` must stand at the beginning of a segment: `/{*}`; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:54: `{x}` is no operator of a path template = write `{*}` for a segment, `{**}` for any number; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:62: `{***}` is no operator of a path template = write `{*}` for a segment, `{**}` for any number; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:73: `}` is no operator of a path template = write `{*}` for a segment, `{**}` for any number; Istio drops such a path without a word",
      ],
    },
    {
      name: "elements that are no texts",
      policies: to('paths: ["/a/{*}//b", "/{*}/a<b", "/{*}/*", "/{*}/ä"]'),
      finds: [
        "error TG3017 p.yaml:5:48: a segment is empty = write one `/`; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:61: `<` cannot stand in a path template = percent-encode it, if paths have it so; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:72: a template takes `*` in braces only = write `{*}` for a segment, `{**}` for any number; Istio drops such a path without a word",
        "error TG3017 p.yaml:5:82: `ä` cannot stand in a path template = percent-encode it, if paths have it so; Istio drops such a path without a word",
      ],
    },
    {
      name: "behind escapes, and excluded",
      policies: to('notPaths: ["/a/\\"/{*}"]'),
      finds: [
        'error TG3017 p.yaml:5:48: `"` cannot stand in a path template = percent-encode it, if paths have it so; Istio drops such a path without a word',
      ],
    },
    {
      name: "in single quotes",
      policies: to("paths: ['/{*}/it''s/{x}']"),
      finds: [
        "error TG3017 p.yaml:5:53: `{x}` is no operator = write `{*}` for a segment, `{**}` for any number; Istio drops such a path without a word",
      ],
    },
  ]);
});

describe("values that no request has", () => {
  pin([
    {
      name: "hosts",
      policies: to('hosts: ["https://a.test", "https://", "a.test/x", "a b", "*.a.test/"]'),
      finds: [
        "warning TG3010 p.yaml:5:41: `https://a.test` never matches: a host has neither scheme nor path = write `a.test`",
        "warning TG3010 p.yaml:5:59: `https://` never matches: a host has neither scheme nor path = write the host alone",
        "warning TG3010 p.yaml:5:71: `a.test/x` never matches: a host has neither scheme nor path = write `a.test`",
        "warning TG3010 p.yaml:5:83: `a b` never matches: a host has no white space = write a name such as `shop.test`",
        "warning TG3010 p.yaml:5:90: `*.a.test/` never matches: a host has neither scheme nor path = write `*.a.test`",
      ],
    },
    {
      name: "hosts by the header",
      policies: when('key: "request.headers[host]", values: ["https://a.test"]'),
      finds: [
        "warning TG3010 p.yaml:5:61: `https://a.test` never matches: a host has neither scheme nor path = write `a.test`",
      ],
    },
    {
      name: "server names",
      policies: when('key: connection.sni, values: ["A.test", "a.test:443", "*"]'),
      finds: [
        "warning TG3010 p.yaml:5:52: `A.test` never matches: server names arrive in lower case = write `a.test`",
        "warning TG3010 p.yaml:5:62: `a.test:443` never matches: a server name is a host's name and no more = write a name such as `shop.test`",
      ],
    },
    {
      name: "header values",
      policies: when('key: "request.headers[x-a]", values: [" a", "a ", "*", "* ", " *", "a\\tb", "a\\nb"]'),
      finds: [
        "warning TG3010 p.yaml:5:60: ` a` never matches: a header's value never begins or ends with white space = write the value as the proxy shows it, without spaces around it",
        "warning TG3010 p.yaml:5:66: `a ` never matches: a header's value never begins or ends with white space = write the value as the proxy shows it, without spaces around it",
        "warning TG3010 p.yaml:5:77: `* ` never matches: a header's value never begins or ends with white space = write the value as the proxy shows it, without spaces around it",
        "warning TG3010 p.yaml:5:83: ` *` never matches: a header's value never begins or ends with white space = write the value as the proxy shows it, without spaces around it",
        "warning TG3010 p.yaml:5:97: `a\\nb` never matches: a header's value never holds a control character = write the value as the proxy shows it, without spaces around it",
      ],
    },
    {
      name: "whole identities",
      policies: from('principals: ["spiffe://cluster.local/ns/a/sa/b", "*spiffe://x", "spiffe://*"]'),
      finds: [
        "warning TG3010 p.yaml:5:45: `spiffe://cluster.local/ns/a/sa/b` never matches: `spiffe://` is put in front of it = write `cluster.local/ns/a/sa/b`",
        "warning TG3010 p.yaml:5:81: `*spiffe://x` never matches: `spiffe://` is put in front of it = write `x`",
        "warning TG3010 p.yaml:5:96: `spiffe://*` never matches: `spiffe://` is put in front of it = write `*`",
      ],
    },
    {
      name: "a namespace with a slash",
      policies: from('namespaces: ["a/b"]'),
      finds: [
        "warning TG3010 p.yaml:5:45: `a/b` never matches: a namespace has no `/` = write the namespace alone; a whole identity goes into `principals`",
      ],
    },
    {
      name: "tokens without a subject",
      policies: from('requestPrincipals: ["joe", "https://a.test/"]'),
      finds: [
        "warning TG3010 p.yaml:5:52: `joe` never matches: the subject, behind the last `/`, would have to be empty = write `ISSUER/SUBJECT`, `ISSUER/*` for any subject, or `*/SUBJECT` for any issuer",
        "warning TG3010 p.yaml:5:59: `https://a.test/` never matches: the subject, behind the last `/`, would have to be empty = write `ISSUER/SUBJECT`, `ISSUER/*` for any subject, or `*/SUBJECT` for any issuer",
      ],
    },
    {
      name: "tokens with two wildcards",
      policies: from('requestPrincipals: ["*/*", "*a/*"]'),
      finds: [
        'warning TG3010 p.yaml:5:52: `*/*` never matches: with a wildcard in front, the subject is compared with `*` itself = write `"*"` for any token',
        'warning TG3010 p.yaml:5:59: `*a/*` never matches: with a wildcard in front, the subject is compared with `*` itself = write `"*"` for any token',
      ],
    },
    {
      name: "words of a scope",
      policies: when('key: "request.auth.claims[scope]", values: ["read write", "read"]'),
      finds: [
        "warning TG3010 p.yaml:5:66: `read write` never matches: the words of `scope` are compared one by one, unless the claim is a list = write each word as a value of its own",
      ],
    },
  ]);
});

describe("asterisks", () => {
  pin([
    {
      name: "in a trust domain",
      policies: from('trustDomains: ["*a*", "a*b", "*"]'),
      finds: [
        "warning TG3008 p.yaml:5:47: each asterisk of `*a*` stands for any characters but `/` = elsewhere only a leading or a trailing one is special; Istio reads it the same way",
        "warning TG3008 p.yaml:5:54: each asterisk of `a*b` stands for any characters but `/` = elsewhere only a leading or a trailing one is special; Istio reads it the same way",
      ],
    },
    {
      name: "in a principal",
      policies: from('principals: ["*a*", "a*b", "cluster*/ns/a/sa/b"]'),
      finds: [
        'warning TG3008 p.yaml:5:45: `*a*` means "ends with `a*`", not "contains": only one asterisk is special = Istio reads it the same way; write a prefix `abc*` or a suffix `*abc`',
        "warning TG3008 p.yaml:5:52: the asterisk inside `a*b` stands for itself = only a leading or a trailing asterisk is special",
      ],
    },
    {
      name: "in a claim",
      policies: when('key: "request.auth.claims[a]", values: ["*a*"]'),
      finds: [
        'warning TG3008 p.yaml:5:62: `*a*` means "ends with `a*`", not "contains": only one asterisk is special = Istio reads it the same way; write a prefix `abc*` or a suffix `*abc`',
      ],
    },
  ]);
});

describe("values that the other list takes back", () => {
  pin([
    {
      name: "the same",
      policies: to("methods: [GET, POST], notMethods: [POST]"),
      finds: [
        "warning TG3010 p.yaml:5:48: `POST` never matches: `notMethods` names it too = remove it from one of the two lists",
      ],
    },
    {
      name: "a wider one",
      policies: to('paths: ["/a/b", "/c*", "*.d", "/e"], notPaths: ["/a*", "/cd*", "*d", "*x"]'),
      finds: [
        "warning TG3010 p.yaml:5:41: `/a/b` never matches: `/a*` in `notPaths` takes it back = remove it from one of the two lists",
        "warning TG3010 p.yaml:5:56: `*.d` never matches: `*d` in `notPaths` takes it back = remove it from one of the two lists",
      ],
    },
    {
      name: "in another case, where that is the same",
      policies: to('hosts: ["A.test"], notHosts: ["a.test:*", "*.TEST"]'),
      finds: [
        "warning TG3010 p.yaml:5:41: `A.test` never matches: `*.TEST` in `notHosts` takes it back = remove it from one of the two lists",
        "warning TG3016 p.yaml:5:75: a client gets around `*.TEST` by naming a port, as in `x.TEST:80`: hosts are compared with it = say which hosts may be asked for: `hosts` in an ALLOW policy",
      ],
    },
    {
      name: "a wider block",
      policies: from("ipBlocks: [10.1.0.0/16, 11.0.0.1], notIpBlocks: [10.0.0.0/8, 11.0.0.0/32]"),
      finds: [
        "warning TG3010 p.yaml:5:43: `10.1.0.0/16` never matches: `10.0.0.0/8` in `notIpBlocks` takes it back = remove it from one of the two lists",
      ],
    },
    {
      name: "a port, written otherwise",
      policies: to('ports: ["80", "81"], notPorts: ["080"]'),
      finds: [
        "warning TG3010 p.yaml:5:41: `80` never matches: `080` in `notPorts` takes it back = remove it from one of the two lists",
      ],
    },
    {
      name: "all",
      policies: from('namespaces: [a], notNamespaces: ["*"]'),
      finds: [
        "warning TG3010 p.yaml:5:65: `*` in `notNamespaces` leaves nothing of `namespaces` = a rule with both matches no request: remove one of them",
      ],
    },
    {
      name: "by key",
      policies: when('key: "request.headers[x-a]", values: ["ab", "c"], notValues: ["a*"]'),
      finds: [
        "warning TG3010 p.yaml:5:60: `ab` never matches: `a*` in `notValues` takes it back = remove it from one of the two lists",
      ],
    },
  ]);
});
