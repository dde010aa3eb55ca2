/** What people build with functions, types, policies and extensions, and what they ask of it. */
export const world = `
  create extension citext; create extension hstore; create extension pg_trgm; create extension unaccent; create extension pgcrypto;
  create extension btree_gist; create extension ltree; create extension cube; create extension earthdistance; create extension "uuid-ossp";
  create extension tsm_system_rows; create extension fuzzystrmatch; create extension intarray; create extension isn; create extension seg;
  create extension bloom; create extension btree_gin;

  create schema auth; grant usage on schema auth to public;
  create function auth.jwt() returns jsonb language sql stable as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
  create function auth.uid() returns uuid language sql stable as $$ select (auth.jwt() ->> 'sub')::uuid $$;

  create type mood as enum ('sad', 'ok', 'happy');
  create domain email as citext check (value ~ '^[^@]+@[^@]+$');
  create domain positive as int check (value > 0) default 1;
  create type money_amount as (amount numeric, currency text);
  create type timespan as range (subtype = time);
  create function days_between(x date, y date) returns float8 language sql strict immutable as 'select (x - y)::float8';
  create type days as range (subtype = date, subtype_diff = days_between);

  create table people (
    id uuid primary key default gen_random_uuid(), email email not null, name text not null, moods mood[] not null default '{}', born date,
    settings hstore, path ltree, price money_amount, open timespan, visits positive,
    created_at timestamptz not null default now(), name_length int generated always as (length(name)) stored,
    exclude using gist (open with &&));
  create function slug(t text) returns text language sql immutable strict as $$ select lower(regexp_replace(t, '\\W+', '-', 'g')) $$;
  create function slug_of(people) returns text language sql stable as $$ select slug($1.name) $$;
  create function initials(p people) returns text language sql stable return left(p.name, 1) || coalesce(left(p.email::text, 1), '');
  create index on people (slug(name)); create index on people (lower(email)) where visits > 2; create index on people using gin (name gin_trgm_ops);
  create index on people using gist (path); create index on people using bloom (name_length);
  alter table people enable row level security;
  create policy own on people using (id = auth.uid() or current_setting('app.admin', true) = 'on') with check (id = (select auth.uid()));
  create statistics people_moods on (lower(name)), born from people;

  create table visits (id bigint generated always as identity, person uuid references people, at timestamptz not null, ip inet, tags int[], primary key (id, at)) partition by range (at);
  create table visits_2025 partition of visits for values from ('2025-01-01') to ('2026-01-01');
  create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01') partition by hash (id);
  create table visits_2026_0 partition of visits_2026 for values with (modulus 1, remainder 0);
  alter table visits_2025 add check (extract(year from at at time zone 'UTC') = 2025);

  create view regulars as
    select p.id, p.email, p.name, count(*) as visits, max(v.at) as last, array_agg(distinct v.ip order by v.ip) as ips
    from people p join visits v on v.person = p.id where v.at > now() - interval '30 days' group by p.id having count(*) > 3;
  create view regular_names with (security_barrier) as select name, initials(p) as short from regulars r join people p using (id, name);
  create materialized view monthly as select date_trunc('month', at) as month, count(*) from visits group by 1;
  create aggregate all_of (anycompatiblearray) (sfunc = array_cat, stype = anycompatiblearray, initcond = '{}');
  create aggregate product (numeric) (sfunc = numeric_mul, stype = numeric, combinefunc = numeric_mul, initcond = 1);
  create function visits_of(person uuid, since timestamptz default '-infinity') returns setof visits language sql stable rows 10 as
    $$ select * from public.visits v where v.person = visits_of.person and at >= since order by at desc $$;
  create function is_mine(owner uuid) returns boolean language sql stable set search_path = '' as $$ select owner = auth.uid() $$;
  create function sum_of(int[]) returns bigint language sql immutable begin atomic select sum(v) from unnest($1) as v; end;
  create function approximately(float8, float8) returns boolean language sql immutable as 'select abs($1 - $2) < 0.01';
  create operator =~ (leftarg = float8, rightarg = float8, procedure = approximately);
  create cast (text as mood) with inout as assignment;
  create function total(visits) returns int language plpgsql as $$begin return 1; end$$;
  create sequence tickets;
`;

/** Each is to pass, planned and run. */
export const reads: readonly string[] = [
  "select * from people",
  "select p.name, p.slug_of, (p).initials, slug(p.name), p.email = 'A@b.c', p.price from people p where slug(p.name) = 'x-y'",
  "select * from people where lower(email) = 'a@b.c' and visits > 3 and 'ok' = any (moods) and moods @> array['sad']::mood[]",
  "select settings -> 'a', settings ? 'b', settings || 'c=>1'::hstore, hstore(p) from people p where settings @> 'a=>1'",
  "select * from people where name % 'bob' or similarity(name, 'x') > 0.3 or name ilike '%b%' order by name <-> 'bob' limit 5",
  "select unaccent(name), soundex(name), levenshtein(name, 'x'), metaphone(name, 4) from people",
  "select path @> 'a.b', nlevel(path), subpath(path, 0, 1) from people where path ~ 'a.*'",
  "select open * timespan('08:00', '12:00'), upper(open), days('2026-01-01', '2026-02-01') @> date '2026-01-03' from people where open && '[09:00,10:00)'",
  "select encode(digest(name, 'sha256'), 'hex'), hmac(name, 'k', 'md5'), gen_random_uuid(), uuid_generate_v4(), md5(name) from people",
  "select earth_distance(ll_to_earth(1, 2), ll_to_earth(3, 4)), cube(1) <-> cube(2), '1..2'::seg, '978-0-393-04002-9'::isbn13",
  "select sort(tags), tags & array[1], icount(tags), uniq(tags), sum_of(tags) from visits where tags && array[1, 2]",
  "select * from visits where at between '2026-01-01' and now() and ip << '10.0.0.0/8' order by at desc limit 10",
  "select * from regulars where visits > 5 order by last desc nulls last",
  "select * from regular_names natural join people",
  "select month, count from monthly where month = date_trunc('month', now())",
  "select all_of(tags), product(id), string_agg(ip::text, ',' order by at) filter (where ip is not null) from visits",
  "select * from visits_of('00000000-0000-0000-0000-000000000000') where is_mine(person)",
  "select * from people p, lateral visits_of(p.id, since => now() - interval '1 day') v where v.at is not null",
  "select v.total, p.name from (select person, count(*) as total from visits group by person) v join people p on p.id = v.person",
  "select 1.0::float8 =~ 1.001, 'ok'::mood > 'sad', enum_range(null::mood), 'a@b.c'::email, 5::positive, row(1, 'EUR')::money_amount, (row(1, 'EUR')::money_amount).currency",
  "select mode() within group (order by name), percentile_cont(array[0.5, 0.9]) within group (order by visits), rank(1) within group (order by visits) from people",
  "select * from visits tablesample system_rows (10)",
  "select * from visits tablesample bernoulli (1) repeatable (1)",
  "select jsonb_agg(to_jsonb(p) - 'settings') from people p group by grouping sets ((born), (name), ())",
  "select row_number() over w, lag(at, 1, now()) over w, sum(id) over (partition by person order by at range between '1 day' preceding and current row) from visits window w as (partition by person order by at)",
  "with recursive days(d) as (select date '2026-01-01' union all select d + 1 from days where d < '2026-02-01') search breadth first by d set o select * from days left join visits v on v.at::date = d",
  "select distinct on (person) person, at from visits order by person, at desc",
  "select * from people where (name, born) in (select name, born from people intersect select name, born from people) or (name, born) < ('x', now()::date)",
  "select coalesce(nullif(name, ''), email, 'x'), greatest(visits, 1), case name when 'x' then 1 else 2 end, name is distinct from email from people",
  "select xmlelement(name p, xmlattributes(name as n), xmlforest(born)), xpath('/a', '<a/>') from people",
  'select * from jsonb_to_recordset(\'[{"a": 1, "m": "ok"}]\') as r(a int, m mood, e email)',
  "select * from xmltable('/r/v' passing '<r><v>1</v></r>' columns n int path '.', e email path '.')",
  "select to_tsvector('english', name) @@ websearch_to_tsquery('a b'), ts_rank(to_tsvector(name), 'a'::tsquery), ts_headline(name, 'a'::tsquery) from people",
  "select * from unnest(array[1, 2], array['a', 'b']) with ordinality as u(a, b, n)",
  "select currval('tickets'), last_value from tickets where false",
  "select relname, pg_size_pretty(pg_total_relation_size(oid)), obj_description(oid), pg_get_viewdef(oid) from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace",
  "select c.column_name, t.table_type from information_schema.columns c join information_schema.tables t using (table_schema, table_name) where table_schema = 'public'",
  "select pid, state, wait_event, now() - query_start from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid()",
  "select schemaname, relname, n_dead_tup, last_autovacuum from pg_stat_user_tables order by n_dead_tup desc",
  "select l.locktype, l.mode, l.granted, a.query from pg_locks l join pg_stat_activity a using (pid) where cardinality(pg_blocking_pids(l.pid)) > 0",
  "select name, setting, unit from pg_settings where name like 'autovacuum%'",
  "select rolname, rolsuper, pg_has_role(oid, 'usage') from pg_roles",
  "select conname, pg_get_constraintdef(oid), conrelid::regclass from pg_constraint where contype = 'f'",
  "select indexrelid::regclass, pg_get_indexdef(indexrelid), idx_scan from pg_stat_user_indexes where idx_scan = 0",
  "select current_user, session_user, current_database(), current_schemas(true), version(), current_setting('work_mem'), inet_client_addr(), current_date, localtimestamp",
];

/** Each is to pass when it is planned. */
export const writes: readonly string[] = [
  "insert into people (email, name) values ('a@b.c', 'A') on conflict (id) do update set name = excluded.name returning id, name_length",
  "insert into visits (person, at) select id, now() from people returning *",
  "update people p set visits = visits + 1, price.amount = 2 from visits v where v.person = p.id and v.at > now() - interval '1 day' returning p.*",
  "delete from visits using people where person = people.id and people.name = 'x'",
  "merge into visits v using people p on v.person = p.id when matched and v.ip is null then delete when not matched then insert (person, at) values (p.id, now())",
  "with gone as (delete from visits where at < $1 returning person) select person, count(*) from gone group by 1",
  "select * from people where id = $1 for update skip locked",
];
