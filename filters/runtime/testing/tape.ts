// AssemblyScript, for routing/tape.test.ts.
export { beginTape, freeTape, readTape, rewindTape, tapePointer, writeTape } from "../routing/tape";
export { scratch } from "./scratch";
