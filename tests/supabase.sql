-- What a Supabase project has before its first migration, as far as the pages use it.
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role app nologin;
create schema auth;
grant usage on schema auth to anon, authenticated, service_role;
create function auth.jwt() returns jsonb language sql stable as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create function auth.uid() returns uuid language sql stable as $$ select (auth.jwt() ->> 'sub')::uuid $$;
-- Tests make the schema public anew, and these roles are to see it.
alter default privileges grant usage on schemas to anon, authenticated, service_role, app;
