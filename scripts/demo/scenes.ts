// The demo's script: what is sent to the shop, and the few words that say why.
import type { HttpRequest } from "../../runtime-tests/support/http-client.ts";

export interface Scene {
  /** Who sends it, or what is tried. */
  readonly story: string;
  readonly request: HttpRequest;
  /** Requests of the same kind sent at once before this one; they must all pass. */
  readonly burst?: number;
}

interface Written {
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly headers?: HttpRequest["headers"];
  readonly from?: string;
  readonly burst?: number;
}

function scene(story: string, written: Written): Scene {
  const { method = "GET", host = "shop.test", path = "/", headers = [], from, burst } = written;
  return {
    story,
    request: { method, path, headers: [["host", host], ...headers], ...(from !== undefined && { from }) },
    ...(burst !== undefined && { burst }),
  };
}

const orders = "orders.shop.test";
const payments = "payments.shop.test";

export const scenes: readonly Scene[] = [
  scene("a visitor browses", {}),
  scene("a beta tester", { headers: [["cookie", "lang=en; beta=1"]] }),
  scene("ann", { headers: [["x-user", "ann"]] }),
  scene("ann again: the same version", { path: "/cart", headers: [["x-user", "ann"]] }),
  scene("bob is among the 10 %", { headers: [["x-user", "bob"]] }),
  scene("bob asks for another version", {
    headers: [
      ["x-user", "bob"],
      ["x-shop-version", "v9"],
    ],
  }),
  scene("a visitor deletes the shop", { method: "DELETE" }),
  scene("a visitor in the admin pages", { path: "/admin/users" }),
  scene("… claims an office address", { path: "/admin/users", headers: [["x-forwarded-for", "10.20.0.7"]] }),
  scene("… takes a crooked path", { path: "/public/%2e%2e/admin/users" }),
  scene("the office itself", { method: "POST", path: "/admin/users", from: "127.0.0.9" }),
  scene("a crawler finds a backup", { path: "/db/shop.sql.bak" }),
  scene("the leaked key", { headers: [["x-api-key", "shop-2026-03"]] }),
  scene("… hidden behind another", {
    headers: [
      ["x-api-key", "mine"],
      ["x-api-key", "shop-2026-03"],
    ],
  }),
  scene("cid orders", { method: "POST", host: orders, path: "/orders", headers: [["x-user", "cid"]] }),
  scene("nobody orders", { method: "POST", host: orders, path: "/orders" }),
  scene("orders charges a card", {
    method: "POST",
    host: payments,
    path: "/charges",
    headers: [["x-service", "orders"]],
  }),
  scene("web charges a card", {
    method: "POST",
    host: payments,
    path: "/charges",
    headers: [["x-service", "web"]],
  }),
  scene("a service nobody knows", { host: "wiki.shop.test" }),
  scene("dan sends 20 at once, then", { path: "/sale", headers: [["x-user", "dan"]], burst: 20 }),
  scene("eve is not slowed by dan", { path: "/sale", headers: [["x-user", "eve"]] }),
];
