-- A role for backend-db-mcp that can only read, on PostgreSQL 14 and later.
-- Run it in your database as a superuser (or whoever your provider gives CREATEROLE and these roles with ADMIN OPTION), then
-- choose a password: alter role backend_db_reader password '...';

create role backend_db_reader login nosuperuser nocreatedb nocreaterole noreplication connection limit 10;
alter role backend_db_reader set default_transaction_read_only = on;

-- Statistics are shown to who may read the rows, so this makes plans as good as the server's own. It lets the role read
-- every table, the system's too: pg_authid holds password hashes. Narrower is, for each schema of yours:
--   grant usage on schema app to backend_db_reader;
--   grant select on all tables in schema app to backend_db_reader;
-- which leaves out tables to come, and the statistics of indexes on expressions. With neither the role reads no row:
-- schema and sizes are known then, and plans go without statistics.
grant pg_read_all_data to backend_db_reader;

-- The statements that others run, as pg_stat_statements counts them.
grant pg_read_all_stats to backend_db_reader;
