// The texts of W1, as bytes.

export const REQUEST: u32 = 0;
export const RESPONSE: u32 = 2;

export const X_TIER: usize = memory.data<u8>([0x78, 0x2d, 0x74, 0x69, 0x65, 0x72]);
export const GOLD: usize = memory.data<u8>([0x67, 0x6f, 0x6c, 0x64]);
export const STD: usize = memory.data<u8>([0x73, 0x74, 0x64]);
export const X_ROUTE: usize = memory.data<u8>([0x78, 0x2d, 0x72, 0x6f, 0x75, 0x74, 0x65]);
export const X_POLICY: usize = memory.data<u8>([0x78, 0x2d, 0x70, 0x6f, 0x6c, 0x69, 0x63, 0x79]);
export const OK: usize = memory.data<u8>([0x6f, 0x6b]);

/** Whether these bytes are `gold`. */
export function isGold(pointer: usize, size: u32): bool {
  return size == 4 && load<u32>(pointer) == 0x646c6f67;
}
