import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** By which a provider runs its service; nobody else can log in so, or take the right away. */
const platforms =
  /^(rdsadmin|supabase_admin|cloudsqladmin|alloydbadmin|azuresu|azure_superuser|cloud_admin|aiven_superuser|crunchy_superuser)$/;

export default schemaRule({
  id: "schema/superuser-app-role",
  severity: "warning",

  *check({ roles, tables }) {
    for (const { name, login, superuser, bootstrap } of roles) {
      if (!login || !superuser || bootstrap !== false || platforms.test(name)) continue;
      const role = nameOf(undefined, name);
      const owned = tables.filter(({ owner }) => owner === name).length;
      yield {
        message: `${role} may log in as a superuser: no grant and no policy holds for it, and whoever gets SQL through it reads the server's files and runs programs there.`,
        object: `${role}`,
        evidence: { ownedTables: owned },
        fix: sql`alter role ${name} nosuperuser;`,
        undo: sql`alter role ${name} superuser;`,
      };
    }
  },
});
