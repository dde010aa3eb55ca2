-- Candidates, a paragraph each: the index, then the statements that it is tried on.

create index on orders (customer_id);
select * from orders where customer_id = 77;
select * from orders where customer_id = 1;
select c.name, o.total from customers c join orders o on o.customer_id = c.id where c.tier = 'gold' and c.id < 50;

create index on orders (status);
select * from orders where status = 'new';
select * from orders where status = 'done';
select count(*) from orders where status = 'cancelled';

create index on orders (created_at);
select * from orders where created_at >= '2025-06-01Z' and created_at < '2025-06-03Z';
select * from orders order by created_at desc limit 20;
select max(created_at) from orders;

create index on orders (total);
select * from orders where total > 4950;
select * from orders order by total desc limit 50;
select count(*) from orders where total between 10 and 20;

create index on orders (note);
select id from orders where note = 'note 77';
select count(*) from orders where note is not null;
select id from orders where note is null;

create index on orders (paid);
select id from orders where not paid;
select id from orders where paid;

create index on orders (due);
select id from orders where due = '2024-05-05';
select due, count(*) from orders group by due;

create index on orders (price);
select id from orders where price < 3;
select id from orders where price > 10;

create index on orders (shipped_at);
select id from orders where shipped_at is null and status = 'new';
select id from orders where shipped_at > '2025-09-20';

create index on people (email);
select * from people where email = 'anna.name1@mail1.test';
select * from people where email in ('a@mail1.test', 'b@mail1.test', 'c@mail1.test');

create index on people (token);
select id from people where token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b';

create index on people (address);
select id from people where address = '10.1.2.3';
select id from people where address << '10.3.0.0/16';

create index on customers (name);
select * from customers where name = 'customer 5';
select * from customers order by name limit 10;

create index on stays (code);
select * from stays where code = 'stay-99';

create index on orders (customer_id, created_at);
select * from orders where customer_id = 300 order by created_at desc limit 10;
select c.id, (select max(o.created_at) from orders o where o.customer_id = c.id) from customers c where c.tier = 'gold';

create index on orders (customer_id, created_at desc);
select distinct on (customer_id) customer_id, created_at from orders order by customer_id, created_at desc;
select * from orders where customer_id = 77 and created_at > '2025-01-01Z';

create index on orders (country, city);
select * from orders where country = 'C3' and city = 'city 3-1';
select distinct country, city from orders;
select count(*) from orders where country = 'C7';

create index on orders (status, total);
select * from orders where status = 'new' and total > 4000;
select * from orders where status = 'cancelled' order by total limit 20;

create index on orders (channel, status, created_at);
select id from orders where channel = 'phone' and status = 'new' and created_at > '2025-06-01Z';
select channel, count(*) from orders group by channel;

create index on orders (paid, due);
select id from orders where paid = false and due > '2025-10-01';

create index on people (last_name, first_name);
select id from people where last_name = 'Name77' and first_name = 'Otto';
select * from people order by last_name, first_name limit 30;

create index on readings (sensor, at);
select * from readings where sensor = 7 and at > '2025-02-01Z';
select avg(value) from readings where sensor = 7;

create index on orders (created_at desc nulls last);
select * from orders order by created_at desc nulls last limit 10;
select * from orders order by created_at desc limit 10;

create index on orders (shipped_at desc nulls last, id);
select * from orders order by shipped_at desc nulls last, id limit 10;
select * from orders order by shipped_at desc limit 10;

create index on people (score nulls first);
select id from people order by score nulls first limit 5;
select id from people where score = 900;

create index on orders (customer_id) include (total, status);
select sum(total) from orders where customer_id = 300;
select customer_id, sum(total) from orders group by customer_id;

create index on people (last_name) include (email);
select email from people where last_name = 'Name200';

create index on readings (sensor) include (value);
select avg(value) from readings where sensor = 10;
select sensor, max(value) from readings group by sensor;

create index on orders (created_at) where status = 'new';
select * from orders where status = 'new' and created_at > '2025-08-01Z';
select * from orders where status = 'new' order by created_at limit 10;
select * from orders where status = 'sent' and created_at > '2025-08-01Z';

create index on orders (note) where note is not null;
select id from orders where note = 'note 99';
select count(*) from orders where note is not null;

create index on people (deleted_at) where deleted_at is not null;
select id from people where deleted_at > '2025-11-01Z';
select count(*) from people where deleted_at is not null;

create index on orders (customer_id) where not paid;
select * from orders where customer_id = 5 and not paid;
select count(*) from orders where not paid;

create index on orders (id) where total > 4000;
select id from orders where total > 4500;
select count(*) from orders where total > 4000;

create index on orders (due) where status in ('new', 'sent') and channel = 'phone';
select id from orders where status = 'new' and channel = 'phone' and due = '2024-05-05';

create unique index on people (token);
select * from people where token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b';

create unique index on orders (reference) include (id);
select id from orders where reference = 'AB-0000077';
select o.id from orders o where o.reference > 'HZ-0099000';

create unique index on orders (customer_id, id) where status = 'new';
select id from orders where status = 'new' and customer_id = 77;

create index on orders (lower(email));
select id from orders where lower(email) = 'user77@example.org';
select id from orders where lower(email) in ('user77@example.org', 'user78@example.org');

create index on orders ((attrs ->> 'lang'));
select id from orders where attrs ->> 'lang' = 'fr';
select id from orders where attrs ->> 'lang' = 'en';

create index on orders (((attrs ->> 'weight')::int));
select id from orders where (attrs ->> 'weight')::int = 77;
select id from orders where (attrs ->> 'weight')::int > 395;

create index on orders (((attrs ->> 'gift')::boolean)) where (attrs ->> 'gift')::boolean;
select id from orders where (attrs ->> 'gift')::boolean;

create index on orders (date_trunc('month', shipped_at));
select id from orders where date_trunc('month', shipped_at) = '2024-05-01';
select count(*) from orders where date_trunc('month', shipped_at) > '2025-08-01';

create index on orders ((shipped_at::date));
select id from orders where shipped_at::date = '2024-05-05';
select shipped_at::date, count(*) from orders where shipped_at::date > '2025-09-01' group by 1;

create index on orders (extract(year from due), extract(month from due));
select id from orders where extract(year from due) = 2024 and extract(month from due) = 5;

create index on orders (substring(reference, 1, 2));
select id from orders where substring(reference, 1, 2) = 'AB';

create index on orders (coalesce(note, 'none'));
select id from orders where coalesce(note, 'none') = 'note 5';
select id from orders where coalesce(note, 'none') = 'none';

create index on orders ((quantity * price));
select id from orders where quantity * price > 30000;
select id from orders order by quantity * price desc limit 10;

create index on orders ((total / 100));
select id from orders where total / 100 > 49;

create index on people ((first_name || ' ' || last_name));
select id from people where first_name || ' ' || last_name = 'Otto Name77';

create index on people (slug(full_name));
select id from people where slug(full_name) = 'otto-name77-5';

create index on people ((doc ->> 'city'));
select id from people where doc ->> 'city' = 'city 50';
select count(*) from people where doc ->> 'city' = 'city 1';

create index on people (date_part('year', born));
select id from people where date_part('year', born) = 1980;

create index on people ((phone is null));
select id from people where phone is null;

create index on people ((split_part(email, '@', 2)));
select id from people where split_part(email, '@', 2) = 'mail7.test';

create index on people (full_name);
select id from people where full_name = 'Otto Name77 5';
select id from people where full_name like 'Otto Name7%';
select id from people order by full_name limit 10;

create index on people (full_name text_pattern_ops);
select id from people where full_name like 'Otto Name77 %';
select id from people where full_name = 'Otto Name77 5';
select id from people order by full_name limit 10;

create index on people (full_name collate "C");
select id from people where full_name collate "C" like 'Otto Name77 %';
select id from people where full_name like 'Otto Name77 %';
select id from people order by full_name collate "C" limit 10;

create index on people (nick);
select id from people where nick = 'ANNA77';
select id from people order by nick limit 10;

create index on people using gin (tags);
select id from people where tags @> array['tag150'];
select id from people where tags @> array['tag150', 'tag20'];
select id from people where tags && array['tag190', 'tag191'];

create index on people using gin (doc);
select id from people where doc @> '{"vip": true}';
select id from people where doc @> '{"city": "city 77"}';

create index on people using gin (doc jsonb_path_ops);
select id from people where doc @> '{"city": "city 77"}';
select id from people where doc ? 'vip';

create index on articles using gin (words);
select id from articles where words @@ to_tsquery('simple', 'word2500');
select id from articles where words @@ to_tsquery('simple', 'word2500 & word7');

create index on articles using gin (body gin_trgm_ops);
select id from articles where body like '%city 77 %';
select id from articles where body ilike '%abcdef%';

create index on articles using gist (title gist_trgm_ops);
select id from articles where title ilike '%article 3999%';
select id from articles order by title <-> 'Article 77' limit 10;

create index on articles using gin (to_tsvector('simple', body));
select id from articles where to_tsvector('simple', body) @@ to_tsquery('simple', '77');
select id from articles where to_tsvector('simple', body) @@ to_tsquery('simple', 'about');

create index on stays using gist (during);
select id from stays where during @> date '2024-05-05';
select id from stays where during && daterange('2025-01-01', '2025-01-02');

create index on stays using gist (room, at);
select id from stays where room = 7 and at && tstzrange('2025-01-01Z', '2025-01-03Z');

create index on stays using gist (spot);
select id from stays order by spot <-> point(500, 500) limit 10;
select id from stays where spot <@ box(point(10, 10), point(12, 12));

create index on stays using spgist (spot);
select id from stays where spot <@ box(point(10, 10), point(12, 12));
select id from stays order by spot <-> point(500, 500) limit 10;

create index on stays using spgist (during);
select id from stays where during @> date '2024-05-05';

create index on people using spgist (address);
select id from people where address << '10.3.7.0/24';

create index on readings using brin (at);
select avg(value) from readings where at >= '2025-01-20Z' and at < '2025-01-21Z';
select * from readings where sensor = 7;

create index on readings using brin (at) with (pages_per_range = 16);
select avg(value) from readings where at >= '2025-01-20Z' and at < '2025-01-21Z';

create index on orders using brin (created_at timestamptz_minmax_multi_ops);
select id from orders where created_at >= '2025-06-01Z' and created_at < '2025-06-03Z';

create index on orders using hash (email);
select id from orders where email = 'User77@Example.org';

create index on people using hash (token);
select id from people where token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b';

create index on events (kind, at);
select count(*) from events where kind = 'error' and at >= '2025-02-03Z' and at < '2025-02-05Z';
select * from events where kind = 'buy' order by at desc limit 10;

create index on events (user_id);
select count(*) from events where user_id = 700;
select * from events where user_id = 700 and at >= '2025-03-01Z';

create index on events ((payload ->> 'page'));
select count(*) from events where payload ->> 'page' = '/p/500';

create index on events using brin (at);
select count(*) from events where at >= '2025-02-03Z' and at < '2025-02-05Z';

create index on documents_old (court);
select * from documents where court = 'court 7';
select title from documents_old where court = 'court 700';

create index on documents (court);
select * from documents where court = 'court 7';
select title from only documents where court = 'court 7';

create index on orders (customer_id) with (fillfactor = 70);
select * from orders where customer_id = 300;
select count(*) from orders;

create unique index on people (email) nulls not distinct;
select id from people where email = 'ben.name1@mail2.test';
