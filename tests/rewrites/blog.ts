/** A blog with all that makes two statements differ: columns that may be NULL, doubles, checks, foreign keys, types of many kinds. */
export const blog = `
create type status as enum ('draft', 'published', 'gone');
create domain positive as int check (value > 0);
create table authors (
  id bigint primary key, email text unique, name text not null, rating numeric(6, 2), born date, boss_id bigint references authors
);
create table posts (
  id bigint primary key, author_id bigint references authors, slug varchar(40) not null unique, title text not null, status status not null,
  tags text[], data jsonb, score int check (score between 0 and 100), published timestamp, created_at timestamptz not null, deleted_at timestamptz
);
create table comments (
  id bigint primary key, post_id bigint references posts, author_id bigint not null references authors, body text, likes positive, spot point
);
create table marks (post_id bigint not null references posts, author_id bigint not null references authors, stars int, primary key (post_id, author_id));
create table visits (at timestamptz not null, path text, author_id bigint) partition by range (at);
create view scored as select id, title, slug, author_id from posts where score > 1;
create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');
`;
