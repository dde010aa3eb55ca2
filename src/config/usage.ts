export const usage = `backend-db-mcp: an MCP server that says what Postgres will do with a query.

  backend-db-mcp                   serve MCP over stdio
  backend-db-mcp --snapshot FILE   the same, with a snapshot in the place of the database
      --access catalog               the database sees fixed catalog queries only (the default)
      --access explain               also plain EXPLAIN of one checked statement
      --access analyze               also EXPLAIN ANALYZE of one checked SELECT, when a call asks for it
      --trust-function schema.name   a function of yours that checked statements may call; may be given several times
      --allow-superuser-analyze      EXPLAIN ANALYZE even when the connection is a superuser's
      --config FILE                  which rules are off, and how others are graded; else backend-db-mcp.json of this folder or the nearest above it
      --language en|fr               of headings and of the migration checklist; messages are English
      --audit-log FILE               append each statement that was sent, as JSON lines
      --http [HOST:PORT]             serve Streamable HTTP, on 127.0.0.1:3100 unless told otherwise
      --auth-token-file FILE         the bearer token that clients must send; needed beyond this machine
      --allowed-host NAME            a name by which clients call this server; may be given several times
      --allowed-origin ORIGIN        a web page that may call it; may be given several times
  backend-db-mcp snapshot [FILE]   write a snapshot of the database: catalog, sizes, statistics, settings, counters
                                   and the statements of pg_stat_statements; without FILE, or with -, to stdout
      --with-values                  also most common values and histograms: values of your rows, so plans are as
                                     good as with the database itself; only you may read the file
      --no-workload                  without the statements
  backend-db-mcp check             judge SQL as analyze_query does, and end with 0: pass, 1: warn or unknown, 2: block, or not judged
      --query FILE                   the statements; - is stdin
      --plan FILE                    an EXPLAIN output or an auto_explain log to judge instead, or with one statement
      --schema FILE                  CREATE statements in the place of a database; -- rows: orders 5_000_000 tells sizes
      --snapshot FILE                a snapshot in its place
      --detailed                     everything that was found, the whole plan
  backend-db-mcp check FILE...     judge migrations as migration_checklist does, each after those before it, a folder or a pattern in the
                                   order of names, and end with 0: nothing that blocks, 1: block, 2: not judged; - is stdin
      --schema, --snapshot           as above
      --history FILE                 migrations that have run, or a folder of them: they make the schema; may be given several times
      --changed [REF]                only files that are not as at this git ref; the others of them are history
      --format FORMAT                text, json, github (annotations), gitlab (code quality), sarif or markdown
      --report FORMAT=FILE           the same in another format to a file; may be given several times
      --baseline FILE                findings that are known, by rule and object; --write-baseline writes those of now to it
      --runner NAME                  who runs the files (Flyway, Prisma, ...); else it is guessed from each
      --postgres-version NUMBER      of the server, where no database is asked
      --style                        rules of style and policy too
      --stdin-filepath FILE          what the migration of stdin is called
      --language en|fr               as above
      --config FILE                  settings; else backend-db-mcp.json of this folder, or of the nearest above it
  backend-db-mcp doctor            tell what can be reached, with which rights, and what the server will be able to do; end with 0, or with 1
                                   where something that is configured cannot be used
      --access, --allow-superuser-analyze, --snapshot, --config, --audit-log   as it will be started
      --format FORMAT                text or json
  backend-db-mcp report CADENCE    write what a week, a month or a quarter calls for as Markdown, without a model: CADENCE is weekly (slow
                                   queries, backups), monthly (indexes, metrics) or quarterly (schema, disaster recovery), and end with
                                   0: no error was found, 1: one was, 2: something could not be judged
      --since FILE                   a snapshot of this database: what changed since it
      --database NAME                the database of DATABASE_URL_NAME; may be given several times
      --config FILE, --language en|fr  as above
      --snapshot FILE                a snapshot in the place of the database
  backend-db-mcp view FILE [PAGE]  draw an EXPLAIN output, or an auto_explain log, as a page for a browser, with what analyze_query finds in
                                   it; plan.json becomes plan.html of this folder; - is stdin, or stdout
  backend-db-mcp --help            this text
  backend-db-mcp --version         the version

The database is read from DATABASE_URL (or DATABASE_URI, POSTGRES_URL, or libpq's PGHOST, PGPORT, PGUSER,
PGPASSWORD, PGDATABASE, PGSSLMODE). It is optional: every tool also takes the schema as DDL text.
BACKEND_DB_MCP_SNAPSHOT names a snapshot as --snapshot does; so do BACKEND_DB_MCP_ACCESS, _AUDIT_LOG, _CONFIG, _HTTP,
_LANGUAGE and _AUTH_TOKEN_FILE for theirs. A snapshot wins over a database.
DATABASE_URL_STAGING holds the URL of another database: tools take it as database: "staging", review_schema compares with it, and
report writes of it. Whatever --access says, it sees fixed catalog queries only.
DATABASE_REPLICA_URL holds the URLs of its replicas, with white space between them: only how their indexes are used
is read there, because an index that no query reads on one server may be read on another.`;
