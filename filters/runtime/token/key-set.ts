export const RS256: u32 = 1;
export const RS384: u32 = 2;
export const RS512: u32 = 4;
export const ES256: u32 = 8;
export const ES384: u32 = 16;
export const HS256: u32 = 32;
export function verifyToken(set: usize): bool {
  return false;
}
