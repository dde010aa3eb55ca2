import type { Step } from "../../migration/step.ts";
import { migrationRule } from "../rule.ts";
import { LARGE, megabytes, placeOf } from "../touched.ts";
import { duration } from "../waiting.ts";

/** Bytes of long values that the step copies, which no count of rows tells. */
const toastOf = ({ effects = [] }: Step) =>
  effects.reduce((sum, { rewrites, table }) => sum + (rewrites ? (table?.toastBytes ?? 0) : 0), 0);

export default migrationRule({
  id: "migration/toast-and-wal-estimate",
  severity: "info",

  *check(step) {
    const { readBytes, writtenBytes, walBytes, seconds } = step.work ?? {};
    if (step.refused || readBytes === undefined || writtenBytes === undefined || walBytes === undefined || !seconds) return;
    if (readBytes + writtenBytes + walBytes < LARGE) return;

    const written = writtenBytes + walBytes === 0 ? "" : ` and writes ${megabytes(writtenBytes)} and ${megabytes(walBytes)} of WAL`;
    const toast = toastOf(step);
    const long = toast < LARGE ? "" : ` ${megabytes(toast)} of it are long values (TOAST).`;
    yield {
      message: `This reads about ${megabytes(readBytes)}${written}: ${duration(seconds.from)} to ${duration(seconds.to)} at 100-400 MB/s.${long}`,
      span: placeOf(step),
      evidence: { read_bytes: readBytes, written_bytes: writtenBytes, wal_bytes: walBytes },
    };
  },
});
