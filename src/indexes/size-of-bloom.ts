import { BLOCK_BYTES } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";

/** Page header of 24, special space of 8 bytes. */
const ROOM = BLOCK_BYTES - 32;
const TID = 6;
/** `DEFAULT_BLOOM_LENGTH` in contrib/bloom/bloom.h, bits; kept in words of 16. */
const SIGNATURE = 80;

/** The meta page, and one signature of the same length for each row, without line pointers. */
export function sizeOfBloom({ facts, rows }: Reckoned): number {
  const words = Math.ceil(Number(facts.options.length ?? SIGNATURE) / 16);
  return 1 + Math.ceil(rows / Math.floor(ROOM / (TID + words * 2)));
}
