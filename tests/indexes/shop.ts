import { copyOfShop } from "../postgres/shop.ts";

const blog = `
create table posts (
  id bigint generated always as identity primary key,
  user_id int not null, blog_id int not null, slug varchar(40) not null, published_at timestamptz, hidden boolean not null, spot point, body text not null
);
create table settings (key text not null, value text);
insert into posts (user_id, blog_id, slug, published_at, hidden, body)
select (i::bigint * 7919) % 300, (i::bigint * 104729) % 210, 'post-' || i,
       case when i % 5 > 0 then timestamptz '2026-01-01Z' + (i::bigint * 31 % 60000) * interval '1 minute' end, i % 50 = 0, repeat('word ', 20)
  from generate_series(1, 60000) i;
insert into settings select 'key ' || i, 'value' from generate_series(1, 20) i;
set default_statistics_target = 1000;
analyze posts, settings;
`;

/** The demo's shop, and beside it a blog whose columns are less selective one by one, and a table of one page. */
export const shopWithBlog = () => copyOfShop(18, blog);
