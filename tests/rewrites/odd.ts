/** What makes two statements differ that look alike: values that are equal and not the same, rows that are drawn, views, policies. */
export const odd = `
create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table kinds (
  id bigint primary key, name text collate folded not null unique, code char(4) not null, ratio float8 not null, price numeric not null unique,
  label text not null unique, amount int not null, tags text[], at timestamp not null
);
create table parts (
  id bigint primary key, kind_id bigint not null references kinds, name text not null, code text not null, ratio float8 not null, price float8 not null,
  label text collate folded not null, amount int not null, size int, at date not null
);
create unique index on parts (label collate "C");
create view drawn as select id, name, random() as lot from kinds;
create view some_kinds as select id, name, amount from kinds limit 5;
create view over_drawn as select p.id, p.amount from parts p join drawn on drawn.id = p.kind_id;
create view shared as select id, 10 / amount as share, amount from kinds;
create view barred with (security_barrier) as select id, kind_id, name, amount, size from parts where amount > 1;
create table guarded (id bigint primary key, kind_id bigint not null references kinds, amount int not null, size int not null);
alter table guarded enable row level security;
create policy own on guarded using (kind_id = current_setting('app.kind', true)::bigint);
create function dice() returns int volatile language sql as 'select 4';
create function half(int) returns int immutable language plpgsql as $$ begin if $1 % 2 = 1 then raise 'odd'; end if; return $1 / 2; end $$;
create function twice(int) returns setof int immutable language sql as 'select $1 union all select $1';
`;
