-- What the candidates of candidates.sql are tried on. The same rows on every server, and one column of each table whose statistics
-- target is large enough for ANALYZE to read every row: the same statistics too.
create extension if not exists pg_trgm;
create extension if not exists citext;
create extension if not exists btree_gist;

-- A whole number from 0 to n - 1 that looks random and is not.
create function pick(i bigint, salt bigint, n bigint) returns int language sql immutable as $$ select ((hashint8extended(i, salt) & 9223372036854775807) % n)::int $$;
-- The same, with small numbers far more often than large ones.
create function skewed(i bigint, salt bigint, n bigint) returns int language sql immutable as $$ select floor(n * (pick(i, salt, 100000) / 100000.0) ^ 3)::int $$;
create function slug(t text) returns text language sql immutable as $$ select lower(replace(t, ' ', '-')) $$;

create table orders (
  id bigint not null primary key, customer_id int not null, status text not null, channel varchar(10) not null, created_at timestamptz not null,
  shipped_at timestamp, due date not null, total numeric(10,2) not null, quantity smallint not null, price float8 not null, note text,
  country char(2) not null, city text not null, reference text not null, attrs jsonb not null, paid boolean not null, email text not null
);
insert into orders
select i, skewed(i, 1, 20000), (array['done', 'done', 'done', 'done', 'done', 'done', 'sent', 'sent', 'new', 'cancelled'])[1 + pick(i, 2, 10)],
       (array['web', 'web', 'web', 'shop', 'phone'])[1 + pick(i, 3, 5)], timestamptz '2024-01-01Z' + i * interval '9 minutes' + pick(i, 4, 600) * interval '1 minute',
       case when pick(i, 5, 10) > 1 then timestamp '2024-01-02' + i * interval '9 minutes' + pick(i, 6, 20000) * interval '1 minute' end,
       date '2024-01-01' + pick(i, 7, 700), (5 + skewed(i, 8, 500000) / 100.0)::numeric(10,2), 1 + skewed(i, 9, 40), pick(i, 10, 1000000) / 997.0,
       case when pick(i, 11, 12) = 0 then 'note ' || pick(i, 12, 3000) end, 'C' || skewed(i, 13, 9), 'city ' || skewed(i, 13, 9) || '-' || pick(i, 14, 20),
       chr(65 + pick(i, 15, 8)) || chr(65 + pick(i, 16, 26)) || '-' || lpad(i::text, 7, '0'),
       jsonb_build_object('lang', (array['de', 'en', 'en', 'en', 'fr', 'es'])[1 + pick(i, 17, 6)], 'weight', pick(i, 18, 400), 'gift', pick(i, 19, 20) = 0, 'ref', 'r' || i),
       pick(i, 20, 50) > 0, 'User' || pick(i, 21, 60000) || '@' || (array['Example.org', 'example.com', 'mail.test'])[1 + skewed(i, 22, 3)]
  from generate_series(1, 100000) i;

create table people (
  id int not null primary key, first_name text not null, last_name text not null, full_name text collate "und-x-icu" not null, nick citext not null, email text not null, born date not null, phone text,
  address inet not null, token uuid not null, tags text[] not null, doc jsonb not null, deleted_at timestamptz, score int
);
insert into people
select i, f.name, l.name, f.name || ' ' || l.name || ' ' || i, initcap(f.name) || pick(i, 33, 50000), lower(f.name) || '.' || lower(l.name) || i || '@mail' || pick(i, 34, 30) || '.test',
       date '1940-01-01' + pick(i, 35, 24000), case when pick(i, 36, 3) > 0 then '+49' || 1000000 + pick(i, 37, 9000000) end,
       ('10.' || pick(i, 38, 20) || '.' || pick(i, 39, 250) || '.' || pick(i, 40, 250))::inet, md5(i::text)::uuid,
       array['tag' || skewed(i, 41, 200), 'tag' || skewed(i, 42, 200), 'common'],
       jsonb_build_object('city', 'city ' || skewed(i, 43, 300), 'vip', pick(i, 44, 40) = 0, 'langs', jsonb_build_array('l' || pick(i, 45, 12))),
       case when pick(i, 49, 30) = 0 then timestamptz '2025-01-01Z' + pick(i, 50, 500000) * interval '1 minute' end, case when pick(i, 51, 4) > 0 then skewed(i, 52, 1000) end
  from generate_series(1, 60000) i,
       lateral (select (array['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hans', 'Ida', 'Jonas', 'Kim', 'Lena', 'Max', 'Nora', 'Otto', 'Paul'])[1 + skewed(i, 31, 16)] as name) f,
       lateral (select 'Name' || skewed(i, 32, 4000) as name) l;

create table articles (id int not null primary key, title text not null, body text not null, words tsvector not null);
insert into articles
select i, 'Article ' || pick(i, 55, 4000) || ' of ' || pick(i, 56, 900), 'about city ' || skewed(i, 57, 300) || ' and ' || md5((i % 5000)::text),
       to_tsvector('simple', 'word' || skewed(i, 46, 3000) || ' word' || skewed(i, 47, 3000) || ' word' || pick(i, 48, 3000) || ' always')
  from generate_series(1, 20000) i;

create table stays (id int not null primary key, room int not null, during daterange not null, at tstzrange not null, spot point not null, area box not null, code text not null);
insert into stays
select i, pick(i, 61, 400), daterange(date '2024-01-01' + pick(i, 62, 900), date '2024-01-02' + pick(i, 62, 900) + pick(i, 63, 14)),
       tstzrange(timestamptz '2024-01-01Z' + i * interval '20 minutes', timestamptz '2024-01-01Z' + i * interval '20 minutes' + (1 + pick(i, 64, 72)) * interval '1 hour'),
       point(pick(i, 65, 100000) / 100.0, pick(i, 66, 100000) / 100.0), box(point(pick(i, 65, 1000), pick(i, 66, 1000)), point(pick(i, 65, 1000) + 5, pick(i, 66, 1000) + 5)),
       'stay-' || pick(i, 67, 30000)
  from generate_series(1, 40000) i;

create table readings (id bigint not null, at timestamptz not null, sensor int not null, value float8 not null, unit text not null);
insert into readings
select i, timestamptz '2025-01-01Z' + i * interval '30 seconds', pick(i, 71, 500), pick(i, 72, 1000000) / 1000.0, 'unit ' || pick(i, 73, 6) from generate_series(1, 120000) i;

create table events (id bigint not null, at timestamptz not null, kind text not null, user_id int not null, payload jsonb not null) partition by range (at);
create table events_1 partition of events for values from ('2025-01-01Z') to ('2025-02-01Z');
create table events_2 partition of events for values from ('2025-02-01Z') to ('2025-03-01Z');
create table events_3 partition of events for values from ('2025-03-01Z') to ('2025-04-01Z');
insert into events
select i, timestamptz '2025-01-01Z' + (i % 90000) * interval '85 seconds', (array['view', 'view', 'view', 'view', 'click', 'click', 'buy', 'error'])[1 + pick(i, 81, 8)], skewed(i, 82, 9000),
       jsonb_build_object('page', '/p/' || skewed(i, 83, 2000), 'ms', pick(i, 84, 5000))
  from generate_series(1, 90000) i;

create table documents (id int not null, title text not null, court text);
create table documents_old (archived date) inherits (documents);
insert into documents select i, 'title ' || i, 'court ' || pick(i, 91, 40) from generate_series(1, 5000) i;
insert into documents_old select i, 'title ' || i, 'court ' || pick(i, 92, 900), date '2020-01-01' + i % 900 from generate_series(1, 40000) i;

-- Read by subqueries and joins.
create table customers (id int not null primary key, name text not null, tier text not null);
insert into customers select i, 'customer ' || i, (array['gold', 'silver', 'plain', 'plain'])[1 + pick(i, 95, 4)] from generate_series(0, 19999) i;

alter table orders alter column id set statistics 1000;
alter table articles alter column id set statistics 1000;
alter table people alter column id set statistics 1000;
alter table stays alter column id set statistics 1000;
alter table readings alter column id set statistics 1000;
alter table events alter column id set statistics 1000;
alter table documents alter column id set statistics 1000;
alter table customers alter column id set statistics 1000;
