import { usageRule } from "../rule.ts";
import { count, size } from "../wording.ts";

/** Bytes. Servers with blocks of another size are built by hand. */
const BLOCK = 8192;
/** Bytes that the calls wrote together. */
const FELT = 100 * 1024 ** 2;
/** Bytes that a call writes on average. */
const LEAST = 1024 ** 2;

export default usageRule({
  id: "query/temp-files",
  severity: "warning",

  *check({ counted: { number, calls, tempWritten } }) {
    const bytes = tempWritten * BLOCK;
    const each = bytes / Math.max(calls, 1);
    if (bytes < FELT || each < LEAST) return;
    yield {
      message: `#${number} wrote ${size(bytes)} of temporary files in ${count(calls)} calls, ${size(each)} each: a sort, a hash or a stored result outgrew work_mem.`,
      evidence: { statement: number, temp_bytes: bytes, calls },
    };
  },
});
