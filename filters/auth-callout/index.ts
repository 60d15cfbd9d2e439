// auth-callout: lets a request pass when two services say so. The first says whose token it is, the second which roles
// that user has; paths that are not under /orders take the role `admin`. The upstream gets the user's name. Whatever goes wrong, the
// request is refused.
import {
  Bytes,
  Context,
  Headers,
  HeadersAction,
  HttpCall,
  HttpCallResponse,
  HttpContext,
  LogLevel,
  log,
  registerFilter,
  sendLocalResponse,
  Status,
} from "proxy-wasm-assemblyscript-sdk";

enum Step {
  WhoIsIt,
  WhichRoles,
}

class AuthCallout extends Context {
  override createContext(): Context | null {
    return new Stream();
  }
}

class Stream extends HttpContext {
  private admin: bool = false;
  private user: Bytes = new Bytes();

  override onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    // Nobody but this filter says who the user is.
    headers.remove("x-user");
    const path = headers.get(":path");
    if (path === null || hidesSlashes(path)) return this.refuse(400, "auth:odd_path");
    // What is open to every user is listed, so that a path written in an odd way needs more, not less.
    this.admin = !path.equals("/orders") && !path.startsWith("/orders/") && !path.startsWith("/orders?");
    const tokens = headers.getAll("authorization");
    if (tokens.length != 1) return this.refuse(401, "auth:no_token");
    const call = new HttpCall("auth", "POST", "/introspect").header("authorization", tokens[0]).timeout(500);
    return this.ask(call, Step.WhoIsIt);
  }

  override onHttpCallResponse(tag: u32, response: HttpCallResponse): void {
    switch (tag) {
      case Step.WhoIsIt: {
        const body = response.body.get();
        if (response.status != 200 || body === null || body.size == 0) {
          this.refuse(response.status == 401 ? 401 : 503, "auth:not_known");
          return;
        }
        this.user = body.copy();
        this.ask(
          new HttpCall("users", "GET", "/roles").header("x-user", this.user).timeout(500),
          Step.WhichRoles,
        );
        return;
      }
      case Step.WhichRoles: {
        const roles = response.body.get();
        if (response.status != 200 || roles === null) {
          this.refuse(503, "auth:no_roles");
          return;
        }
        if (this.admin && !has(roles, "admin")) {
          this.refuse(403, "auth:not_admin");
          return;
        }
        // A name with a line break in it would be a header of its own.
        if (this.requestHeaders.set("x-user", this.user) != Status.Ok) this.refuse(503, "auth:bad_name");
        else this.continueRequest();
        return;
      }
    }
  }

  /** Sends a question, and has the request wait for the answer. */
  private ask(call: HttpCall, step: Step): HeadersAction {
    if (this.httpCall(call, step) != Status.Ok) {
      log(LogLevel.Error, "auth-callout: the cluster '" + call.cluster + "' cannot be asked");
      return this.refuse(503, "auth:no_cluster");
    }
    return HeadersAction.StopAllIterationAndWatermark;
  }

  private refuse(status: u32, details: string): HeadersAction {
    sendLocalResponse(status, "", details);
    return HeadersAction.StopIteration;
  }
}

/** Whether a path has escaped slashes in it, which this filter takes for text and an upstream may take for slashes. */
function hidesSlashes(path: Bytes): bool {
  let at = path.indexOf("%");
  while (at >= 0) {
    const escape = path.slice(at, at + 3);
    if (escape.equalsIgnoringCase("%2f") || escape.equalsIgnoringCase("%5c")) return true;
    at = path.indexOf("%", at + 1);
  }
  return false;
}

/** Whether one of the lines is this word. */
function has(lines: Bytes, word: string): bool {
  let from: u32 = 0;
  while (from <= lines.size) {
    const end = lines.indexOf("\n", from);
    const to = end < 0 ? lines.size : <u32>end;
    if (lines.slice(from, to).trim().equals(word)) return true;
    from = to + 1;
  }
  return false;
}

registerFilter(() => new AuthCallout());
