/** The fields of each record (RFC 4180, as psql and other clients write it). */
export function csvRecords(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, bare = "", end = ""] of text.matchAll(FIELD)) {
    record.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (record.length > 1 || record[0] !== "") records.push(record);
    record = [];
  }
  return records;
}

/** Quoted, or bare; then a comma or the end of the record. */
const FIELD = /(?:"((?:[^"]|"")*)(?:"|$)[^,\r\n]*|([^,\r\n]*))(,|\r?\n|\r|$)/g;
