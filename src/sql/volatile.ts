/**
 * Functions that Postgres and its usual extensions declare VOLATILE and that people put into defaults (`provolatile` in pg_proc).
 */
const volatile = new Set(
  `
  clock_timestamp gen_random_bytes gen_random_uuid gen_salt lastval nextval random random_normal setval timeofday uuid_generate_v1
  uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7
`
    .trim()
    .split(/\s+/),
);

/** Functions of Postgres's own that are STABLE or IMMUTABLE: they are computed once for all rows. */
const steady = new Set(
  `
  abs age array_agg array_append array_cat array_fill array_length array_prepend array_to_string btrim ceil chr concat concat_ws
  convert_from convert_to current_database current_schema current_setting date date_part date_trunc decode digest encode
  extract floor format hashtext initcap int4 int8 json_build_array json_build_object jsonb_build_array
  jsonb_build_object jsonb_object jsonb_set left length lower lpad ltrim make_date make_interval make_timestamp make_timestamptz
  md5 mod now numeric overlay power quote_ident quote_literal regexp_replace repeat replace reverse right round rpad rtrim
  sha256 split_part starts_with statement_timestamp string_to_array substr substring text timezone to_char to_date to_json to_jsonb
  to_number to_timestamp to_tsvector transaction_timestamp translate trunc upper
`
    .trim()
    .split(/\s+/),
);

/** Names as `namesIn` reads them from a call, the schema first where it is written. */
export const isVolatile = (names: readonly string[]): boolean => volatile.has(names.at(-1) ?? "");

export function isSteady(names: readonly string[]): boolean {
  const schema = names.at(-2);
  return (schema === undefined || schema === "pg_catalog") && steady.has(names.at(-1) ?? "");
}
