import type { Counted } from "./counted.ts";

/** What the rules about the use of a statement judge: its figures among those of all others. */
export interface Used {
  readonly counted: Counted;
  /** Of the time of all statements, 0 to 1. */
  readonly share: number;
  /** How long it was counted; undefined where nobody knows. */
  readonly seconds: number | undefined;
  /** Its slowest call is one of those that are judged, not one of before them. */
  readonly knowsSlowest: boolean;
  /** `track_io_timing` is on, so the time of reading is known. */
  readonly timesReads: boolean;
}
