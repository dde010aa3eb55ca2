-- Rows in the manner of TPC-H's generator (its specification, clause 4.2.3): the same skew, ranges and words, not the same values.
-- `set bench.scale = 0.02` before; 1 is 6 million lines. The same rows for the same scale.
set max_parallel_workers_per_gather = 0; set timezone = 'UTC';
select setseed(0.7);
create function pg_temp.n(full_size bigint) returns bigint language sql immutable as $$ select ceil(full_size * current_setting('bench.scale')::float8)::bigint $$;
-- From 1 to n.
create function pg_temp.r(n bigint) returns int language sql volatile as $$ select 1 + floor(random() * n)::int $$;
create function pg_temp.one(list text[]) returns text language sql volatile as $$ select list[1 + floor(random() * cardinality(list))::int] $$;
-- One of the four suppliers of a part.
create function pg_temp.supplier(part bigint, which bigint) returns bigint language sql as $$
  select 1 + (part + (which - 1) * (pg_temp.n(10000) / 4 + (part - 1) / pg_temp.n(10000) % (pg_temp.n(10000) / 12))) % pg_temp.n(10000) $$;
create function pg_temp.words(length int) returns text language sql volatile as $$
  select left(pg_temp.one('{furiously,slyly,carefully,blithely,quickly}') || ' ' || pg_temp.one('{special,pending,regular,express,final,ironic,bold,unusual}') || ' '
    || pg_temp.one('{requests,deposits,packages,accounts,theodolites,foxes,Customer Complaints}') || ' ' || pg_temp.one('{sleep,haggle,nag,wake,cajole,detect,integrate}') || ' '
    || pg_temp.one('{above,against,along,among,around,beneath}') || ' the ' || pg_temp.one('{special,pending,regular,express,final,ironic,bold}') || ' '
    || pg_temp.one('{requests,deposits,packages,accounts,theodolites,foxes}') || repeat(' carefully', 6), length) $$;
create function pg_temp.phone(nation int) returns text language sql volatile as $$
  select (10 + nation) || '-' || (100 + pg_temp.r(899)) || '-' || (100 + pg_temp.r(899)) || '-' || (1000 + pg_temp.r(8999)) $$;

insert into region select ordinality - 1, name, pg_temp.words(100) from unnest('{AFRICA,AMERICA,ASIA,EUROPE,MIDDLE EAST}'::text[]) with ordinality as regions (name, ordinality);
insert into nation select ordinality - 1, split_part(name, ':', 1), split_part(name, ':', 2)::int, pg_temp.words(100)
  from unnest('{ALGERIA:0,ARGENTINA:1,BRAZIL:1,CANADA:1,EGYPT:4,ETHIOPIA:0,FRANCE:3,GERMANY:3,INDIA:2,INDONESIA:2,IRAN:4,IRAQ:4,JAPAN:2,JORDAN:4,KENYA:0,MOROCCO:0,MOZAMBIQUE:0,PERU:1,CHINA:2,ROMANIA:3,SAUDI ARABIA:4,VIETNAM:2,RUSSIA:3,UNITED KINGDOM:3,UNITED STATES:1}'::text[]) with ordinality as nations (name, ordinality);
insert into supplier select i, 'Supplier#' || lpad(i::text, 9, '0'), substr(md5(i::text), 1, 10 + i::int % 20), nation, pg_temp.phone(nation), random() * 10999 - 999, pg_temp.words(60 + i::int % 40)
  from (select i, pg_temp.r(25) - 1 as nation from generate_series(1, pg_temp.n(10000)) i) s;
insert into part select i,
       pg_temp.one('{almond,azure,beige,black,blue,brown,coral,cream,cyan,forest,green,grey,indian,ivory}') || ' ' || pg_temp.one('{khaki,lace,lemon,lime,linen,maroon,mint,misty,navy,olive,orange,pale,peach,pink,plum,green}') || ' '
         || pg_temp.one('{puff,purple,red,rose,royal,salmon,sandy,sienna,sky,slate,smoke,snow,spring,steel,tan,thistle}'),
       'Manufacturer#' || maker, 'Brand#' || maker || pg_temp.r(5),
       pg_temp.one('{STANDARD,SMALL,MEDIUM,LARGE,ECONOMY,PROMO}') || ' ' || pg_temp.one('{ANODIZED,BURNISHED,PLATED,POLISHED,BRUSHED}') || ' ' || pg_temp.one('{TIN,NICKEL,BRASS,STEEL,COPPER}'),
       pg_temp.r(50), pg_temp.one('{SM,MED,LG,JUMBO,WRAP}') || ' ' || pg_temp.one('{CASE,BOX,BAG,JAR,PKG,PACK,CAN,DRUM}'),
       (90000 + (i / 10) % 20001 + 100 * (i % 1000)) / 100.0, pg_temp.words(12 + i::int % 10)
  from (select i, pg_temp.r(5) as maker from generate_series(1, pg_temp.n(200000)) i) p;
insert into partsupp select p, pg_temp.supplier(p, s), pg_temp.r(9999), 1 + random() * 999, pg_temp.words(80 + p::int % 40)
  from generate_series(1, pg_temp.n(200000)) p, generate_series(1, 4) s;
insert into customer select i, 'Customer#' || lpad(i::text, 9, '0'), substr(md5(i::text), 1, 10 + i::int % 20), nation, pg_temp.phone(nation), random() * 10999 - 999,
       pg_temp.one('{AUTOMOBILE,BUILDING,FURNITURE,MACHINERY,HOUSEHOLD}'), pg_temp.words(70 + i::int % 40)
  from (select i, pg_temp.r(25) - 1 as nation from generate_series(1, pg_temp.n(150000)) i) c;
-- A third of the customers never ordered; order keys come in groups of eight out of thirty-two.
create temporary table drawn as
  select (i / 8) * 32 + i % 8 as orderkey, 3 * pg_temp.r(pg_temp.n(150000) / 3) - 1 - (i % 2)::int as custkey, date '1992-01-01' + pg_temp.r(2406) - 1 as ordered, pg_temp.r(7) as lines
    from generate_series(1, pg_temp.n(1500000)) i;
insert into orders select orderkey, custkey, case when ordered < '1995-02-20' then 'F' when ordered > '1995-06-16' then 'O' else pg_temp.one('{F,O,P,P}') end,
       lines * (10000 + random() * 50000), ordered, pg_temp.one('{1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW}'), 'Clerk#' || lpad(pg_temp.r(pg_temp.n(1000))::text, 9, '0'), 0, pg_temp.words(30 + lines * 6)
  from drawn order by orderkey;
insert into lineitem select orderkey, part, pg_temp.supplier(part, pg_temp.r(4)), line, quantity, quantity * (90000 + (part / 10) % 20001 + 100 * (part % 1000)) / 100.0,
       (pg_temp.r(11) - 1) / 100.0, (pg_temp.r(9) - 1) / 100.0, case when shipped + received > '1995-06-17' then 'N' else pg_temp.one('{R,A}') end, case when shipped > '1995-06-17' then 'O' else 'F' end,
       shipped, ordered + 29 + pg_temp.r(61), shipped + received, pg_temp.one('{DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN}'), pg_temp.one('{REG AIR,AIR,RAIL,SHIP,TRUCK,MAIL,FOB}'), pg_temp.words(10 + line * 4)
  from (select orderkey, line, ordered, ordered + pg_temp.r(121) as shipped, pg_temp.r(30) as received, pg_temp.r(50) as quantity, pg_temp.r(pg_temp.n(200000)) as part
          from drawn, generate_series(1, lines) line) l order by orderkey, line;
alter table nation add foreign key (n_regionkey) references region;
alter table supplier add foreign key (s_nationkey) references nation;
alter table partsupp add foreign key (ps_partkey) references part, add foreign key (ps_suppkey) references supplier;
alter table customer add foreign key (c_nationkey) references nation;
alter table orders add foreign key (o_custkey) references customer;
alter table lineitem add foreign key (l_orderkey) references orders, add foreign key (l_partkey, l_suppkey) references partsupp;
