/** A small shop with the faults that real ones have: keys without indexes, an index that its queries cannot use. */
export const schema = `
create type order_status as enum ('pending', 'paid', 'shipped', 'cancelled');

create table customers (
  id bigint generated always as identity primary key,
  email text not null,
  name text not null,
  country char(2) not null,
  referred_by bigint references customers,
  created_at timestamptz not null default now()
);
create unique index customers_email_key on customers (email);

create table products (
  id bigint generated always as identity primary key,
  sku text not null unique,
  name text not null,
  category text not null,
  price numeric(10, 2) not null check (price >= 0),
  attributes jsonb not null default '{}'
);
create index products_category_idx on products (category);

create table orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null references customers,
  status order_status not null default 'pending',
  total numeric(10, 2) not null,
  note text,
  created_at timestamptz not null default now()
);
create index orders_created_at_idx on orders (created_at);

create table order_items (
  order_id bigint not null references orders on delete cascade,
  line int not null,
  product_id bigint not null references products,
  quantity int not null,
  price numeric(10, 2) not null,
  primary key (order_id, line)
);

create table events (
  id bigint generated always as identity,
  customer_id bigint,
  kind text not null,
  created_at timestamptz not null,
  primary key (id, created_at)
) partition by range (created_at);
create table events_2026_01 partition of events for values from ('2026-01-01Z') to ('2026-02-01Z');
create table events_2026_02 partition of events for values from ('2026-02-01Z') to ('2026-03-01Z');
create table events_2026_03 partition of events for values from ('2026-03-01Z') to ('2026-04-01Z');
create index events_customer_id_idx on events (customer_id, created_at);

create view open_orders as
  select o.id, o.customer_id, c.email, o.total, o.created_at
    from orders o
    join customers c on c.id = o.customer_id
   where o.status in ('pending', 'paid');
`;

/** The same rows on every server: no random numbers, and ANALYZE reads all of them. */
export const rows = `
insert into customers (email, name, country, referred_by, created_at)
select 'Customer' || i || '@example.' || (array['com', 'org', 'fr'])[1 + i % 3],
       'Customer ' || i,
       (array['FR', 'DE', 'US', 'GB', 'BE', 'CH'])[1 + (i * i) % 6],
       case when i % 4 = 0 then i / 4 end,
       timestamptz '2024-01-01Z' + i * interval '47 minutes'
  from generate_series(1, 20000) i;

insert into products (sku, name, category, price, attributes)
select 'SKU-' || lpad(i::text, 6, '0'),
       (array['Desk', 'Floor', 'Garden', 'Wall'])[1 + i % 4] || ' ' || (array['lamp', 'chair', 'table', 'shelf', 'clock'])[1 + i % 5] || ' ' || i,
       (array['lighting', 'seating', 'tables', 'storage', 'time'])[1 + i % 5],
       5 + (i * 37 % 900),
       jsonb_build_object('colour', (array['red', 'oak', 'white'])[1 + i % 3], 'weight', i % 40)
  from generate_series(1, 3000) i;

insert into orders (customer_id, status, total, note, created_at)
select 1 + (i::bigint * 7919) % 20000,
       (case when i % 100 = 0 then 'pending' when i % 25 = 1 then 'cancelled' when i % 10 < 2 then 'paid' else 'shipped' end)::order_status,
       10 + (i::bigint * 31) % 500,
       case when i % 7 = 0 then 'Leave at the door ' || i end,
       timestamptz '2025-01-01Z' + i * interval '5 minutes'
  from generate_series(1, 100000) i;

insert into order_items (order_id, line, product_id, quantity, price)
select o, l, 1 + (o::bigint * 13 + l * 101) % 3000, 1 + (o + l) % 4, 5 + (o * 37 + l) % 900
  from generate_series(1, 100000) o, generate_series(1, 2) l;

insert into events (customer_id, kind, created_at)
select case when i % 9 > 0 then 1 + (i::bigint * 104729) % 20000 end,
       (array['view', 'view', 'view', 'basket', 'checkout'])[1 + i % 5],
       timestamptz '2026-01-01Z' + i * interval '2 minutes'
  from generate_series(0, 59999) i;

set default_statistics_target = 1000;
analyze;
`;

/** Row counts as a person would tell them who has only the DDL. */
export const rowCounts = { customers: 20_000, products: 3_000, orders: 100_000, order_items: 200_000 };

/** One statement for each way of reading that the shop has; those of the demo are among them. */
export const queries: readonly string[] = [
  "select id, name from customers where lower(email) = 'customer77@example.fr'",
  "select id, name from customers where email = 'Customer77@example.fr'",
  "select name from customers where id not in (select referred_by from customers)",
  "select id, total from orders where status = 'pending'",
  "select id, total, created_at from orders order by created_at desc limit 20 offset 50000",
  "select id from orders where customer_id = 4242 order by created_at desc limit 10",
  "select id, name from products where name like '%lamp%'",
  "select sku from products where sku like 'SKU-0012%'",
  "select category, count(*), avg(price) from products group by category order by 2 desc",
  "select o.id, c.email from orders o join customers c on c.id = o.customer_id where o.created_at >= '2025-12-01Z'",
  "select p.name, sum(i.quantity) from order_items i join products p on p.id = i.product_id where p.category = 'lighting' group by p.name",
  "select c.country, sum(o.total) from customers c join orders o on o.customer_id = c.id group by c.country",
  "select * from open_orders where customer_id = 17",
  "select kind, count(*) from events where created_at >= '2026-02-10Z' and created_at < '2026-02-20Z' group by kind",
  "select count(*) from events where customer_id = 99",
  "select c.id from customers c where not exists (select from orders o where o.customer_id = c.id)",
  "select c.name, (select max(o.created_at) from orders o where o.customer_id = c.id) from customers c where c.country = 'BE'",
  "select distinct on (customer_id) customer_id, id, created_at from orders order by customer_id, created_at desc",
  "with big as (select customer_id, sum(total) as spent from orders group by customer_id having sum(total) > 1500) select c.email, b.spent from big b join customers c on c.id = b.customer_id",
  "select id, rank() over (partition by customer_id order by total desc) from orders where status = 'paid'",
  "select i.order_id, i.line from order_items i where i.product_id = $1",
  "update orders set status = 'shipped' where status = 'paid' and created_at < '2025-02-01Z'",
  "delete from order_items where product_id = 77",
  "select o.id from orders o join order_items i on i.order_id = o.id join products p on p.id = i.product_id join customers c on c.id = o.customer_id where c.country = 'FR' and p.category = 'time' and o.total > 400",
];
