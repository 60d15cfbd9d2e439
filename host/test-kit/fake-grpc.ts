import type { GrpcReply, GrpcRequests, GrpcStart, GrpcUpstream } from "../callouts/cluster.ts";
import { HeaderMap } from "../header-map.ts";
import type { Activity } from "./activity.ts";
import { addFields, Fields, type FieldsInit } from "./fields.ts";
import { bytesOf } from "./text.ts";

/** What is said to one message: another message; the end, with a status and its text; or nothing yet. */
export type FakeGrpcAnswer =
  string | Uint8Array | { status: number; message?: string; trailers?: FieldsInit } | undefined;

/** Told each message of a call, and whether it is the last. */
export type FakeGrpcMethod = (message: Buffer, call: FakeGrpcCall, last: boolean) => FakeGrpcAnswer;

/** One call or stream as the service got it, for as long as it lasts. */
export class FakeGrpcCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly metadata: Fields;
  /** What the filter has sent so far. */
  readonly messages: Buffer[] = [];
  /** Whether the filter has ended its side. */
  ended = false;
  /** Whether the filter gave up. */
  cancelled = false;
  private readonly reply: GrpcReply;
  private open = true;
  private readonly onClose: () => void;

  /** @internal */
  constructor(start: GrpcStart, reply: GrpcReply, onClose: () => void) {
    this.path = start.path;
    this.metadata = new Fields(start.metadata.clone());
    this.reply = reply;
    this.onClose = onClose;
  }

  /** Headers ahead of the first message. */
  sendMetadata(metadata: FieldsInit): void {
    this.reply.metadata(addFields(new HeaderMap(), metadata));
  }

  send(message: string | Uint8Array): void {
    this.reply.message(bytesOf(message));
  }

  /** Ends the call. Default: status 0, all well. */
  close(status = 0, message = "", trailers: FieldsInit = {}): void {
    if (!this.open) return;
    this.release();
    this.reply.close(status, message, addFields(new HeaderMap(), trailers));
  }

  /** @internal */
  release(): void {
    if (!this.open) return;
    this.open = false;
    this.onClose();
  }
}

const UNIMPLEMENTED = 12;

/** gRPC services that a test plays, and what they were asked. */
export class FakeGrpc {
  /** Every call and stream so far. */
  readonly calls: FakeGrpcCall[] = [];
  private readonly methods: Readonly<Record<string, FakeGrpcMethod>>;

  /** @internal */
  constructor(methods: Readonly<Record<string, FakeGrpcMethod>>) {
    this.methods = methods;
  }

  /** @internal The services as a cluster of the host. */
  cluster(activity: Activity): GrpcUpstream {
    return {
      grpc: (start, reply): GrpcRequests => {
        activity.played++;
        const call = new FakeGrpcCall(start, reply, () => activity.played--);
        this.calls.push(call);
        return {
          message: (bytes, end) => this.message(call, bytes, end),
          cancelled: () => {
            call.cancelled = true;
            call.release();
          },
        };
      },
    };
  }

  private message(call: FakeGrpcCall, bytes: Uint8Array | null, end: boolean): void {
    call.ended ||= end;
    const method = Object.hasOwn(this.methods, call.path) ? this.methods[call.path] : undefined;
    if (method === undefined) return call.close(UNIMPLEMENTED, `nothing plays ${call.path}`);
    if (bytes === null) return call.close();
    const message = Buffer.from(bytes);
    call.messages.push(message);
    const answer = method(message, call, end);
    if (answer === undefined) return;
    if (typeof answer === "object" && "status" in answer)
      return call.close(answer.status, answer.message, answer.trailers);
    call.send(answer);
    if (end) call.close();
  }
}

/**
 * Plays gRPC services by the paths of their methods. A method is told each message; the end of the filter's side ends the
 * call, unless the method said nothing to the last message.
 *
 * @example
 * const rpc = fakeGrpc({ "/users.v1.Users/Get": (message) => `hello ${message.toString()}` });
 */
export function fakeGrpc(methods: Readonly<Record<string, FakeGrpcMethod>>): FakeGrpc {
  return new FakeGrpc(methods);
}
