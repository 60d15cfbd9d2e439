// What was sent and may have been lost.
import { Bytes } from "proxy-wasm-assemblyscript-sdk";

/** Messages that have not been acknowledged, numbered from 1 in the order in which they came, the oldest first. */
export class Window {
  private readonly messages: Bytes[] = [];
  private forgotten: u64 = 0;

  /** @param room how many messages it holds */
  constructor(private readonly room: i32) {}

  /** Whether there is no room for another message. */
  get full(): bool {
    return this.messages.length == this.room;
  }

  /** How many messages are in it. */
  get length(): i32 {
    return this.messages.length;
  }

  /** The number that the next message will have. */
  get next(): u64 {
    return this.forgotten + this.messages.length + 1;
  }

  /** The message at an index below `length`. */
  at(index: i32): Bytes {
    return this.messages[index];
  }

  /** Adds a message, of which it keeps a copy. */
  add(message: Bytes): void {
    this.messages.push(message.copy());
  }

  /** Forgets the message with this number and all before it, and says how many they were. */
  acknowledge(number: u64): u32 {
    // One that was acknowledged already, or was never sent.
    if (number <= this.forgotten || number >= this.next) return 0;
    const count = <i32>(number - this.forgotten);
    this.messages.splice(0, count);
    this.forgotten = number;
    return count;
  }
}
