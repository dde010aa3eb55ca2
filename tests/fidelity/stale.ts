/** Tables whose statistics are missing or old, and settings that somebody changed: what the planner makes of them is to be the same. */
export const tables = `
  create table never (id int primary key, kind text not null, at timestamptz not null, n int);
  create table grown (id int primary key, kind int not null, at timestamptz not null);
  create index on grown (kind);
  create table emptied (id int primary key, kind int not null);
  create index on emptied (kind);
  create table vacuumed (id int primary key, kind int not null);
  create index on vacuumed (kind) where kind < 3;
  create table truncated (id int primary key, kind int not null);
  create table empty (id int primary key, kind int);
  create index on empty (kind);
  create table unread (id int primary key, kind int, old text, note text);
  create table parts (id int, at date not null, kind int) partition by range (at);
  create table parts_1 partition of parts for values from ('2026-01-01') to ('2026-02-01');
  create table parts_2 partition of parts for values from ('2026-02-01') to ('2026-03-01');
  create table parts_3 partition of parts default;
  create index on parts (kind);
  create table dense (id int primary key, kind int, body text) with (fillfactor = 50);
  create unlogged table fleeting (id int primary key, kind int);
  insert into grown select i, i % 50, timestamptz '2026-01-01Z' + i * interval '1 minute' from generate_series(1, 20000) i;
  insert into emptied select i, i % 100 from generate_series(1, 20000) i;
  insert into vacuumed select i, i % 10 from generate_series(1, 20000) i;
  insert into truncated select i, i % 10 from generate_series(1, 5000) i;
  insert into unread select i, i % 7, 'old', 'note ' || i from generate_series(1, 9000) i;
  insert into parts select i, date '2026-01-01' + i % 70, i % 20 from generate_series(1, 20000) i;
  insert into dense select i, i % 30, repeat('x', i % 90) from generate_series(1, 9000) i;
  insert into fleeting select i, i % 30 from generate_series(1, 9000) i;`;

/** Each on its own: VACUUM refuses company. */
export const since: readonly string[] = [
  "vacuum analyze grown, emptied, truncated, empty, dense, fleeting, parts_1, parts_2",
  "vacuum analyze vacuumed",
  "analyze unread (kind)",
  `insert into never select i, 'kind ' || i % 9, timestamptz '2026-01-01Z' + i * interval '1 minute', i from generate_series(1, 12000) i;
   insert into grown select i, 50 + i % 5, timestamptz '2026-01-01Z' + i * interval '1 minute' from generate_series(20001, 32000) i;
   create index on never (kind, at);
   create index on unread (kind, note);
   alter table unread drop column old;
   alter table unread add column fresh int default 3;
   truncate truncated;
   insert into truncated select i, i % 4 from generate_series(1, 700) i;
   delete from emptied where id > 500;
   delete from vacuumed where id % 10 > 1;
   create table later (id int primary key, kind int);
   insert into empty select i, i from generate_series(1, 40) i`,
  "vacuum vacuumed",
];

export const settings = [
  "enable_partitionwise_aggregate = on",
  "enable_partitionwise_join = on",
  "cpu_tuple_cost = 0.02",
  "work_mem = '1MB'",
];

export const queries: readonly string[] = [
  "select * from never where kind = 'kind 3'",
  "select * from never where kind = 'kind 3' and at > '2026-01-05Z' order by at limit 10",
  "select kind, count(*) from never group by kind",
  "select * from never n join grown g using (id) where g.kind = 7",
  "select * from never where id = $1",
  "select * from grown where kind = 52",
  "select * from grown where kind = 7 and id < 100",
  "select * from grown order by id desc limit 3",
  "select kind, max(at) from grown group by kind",
  "select * from grown where id between $1 and $2",
  "select * from emptied where kind = 5",
  "select count(*) from emptied",
  "select * from vacuumed where kind = 1",
  "select * from vacuumed where kind = 5 or id = 3",
  "select * from vacuumed v join emptied e on e.id = v.id",
  "select * from truncated where kind = 2",
  "select t.id from truncated t join vacuumed v on v.kind = t.kind where v.id < 10",
  "select * from empty where kind = 2",
  "select * from later l join empty e on e.id = l.kind",
  "select * from unread where kind = 3 and note like 'note 1%'",
  "select fresh, count(*) from unread group by fresh",
  "select * from unread where note = 'note 17'",
  "select * from parts where kind = 3",
  "select kind, count(*) from parts where at < '2026-02-10' group by kind",
  "select * from parts a join parts b on a.at = b.at and a.id = b.id where a.kind = 5",
  "select * from dense where kind = 3 order by id limit 5",
  "select * from dense where id in (select id from fleeting where kind = 3)",
  "select f.id from fleeting f left join dense d on d.id = f.id and d.kind = 4 where d.id is null",
  "select array(select id from fleeting f where f.kind = d.kind) from dense d where d.id < 5",
];

/** Not for 15: it prunes by the values that EXECUTE is given, and prints only what is left of a generic plan. */
export const pruned = "select * from parts where at = $1";
