/** Two tables as a person pastes them. The rows are not told: only the check has them. */
export const orders = {
  schema: `create table customers (id bigint generated always as identity primary key, email text not null);
create table orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null,
  number text not null,
  total numeric(10, 2),
  note text,
  created_at timestamptz not null default now()
);`,
  rows: `insert into customers (email) select 'c' || i || '@example.com' from generate_series(1, 200) i;
insert into orders (customer_id, number, total, created_at)
select 1 + i % 200, 'N' || i, i % 90, timestamptz '2026-01-01Z' + i * interval '1 minute' from generate_series(1, 3000) i;
analyze;`,
};
