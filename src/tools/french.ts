import type { Item } from "../migration/checklist.ts";

/** Of an answer: what its parts are called. Messages, names and SQL stay as they are. */
type Phrase = readonly [RegExp, string];

/** Headings stand at the start of a line, in Markdown after its signs. */
const headings: readonly Phrase[] = [
  [/^Basis: /, "Base : "],
  [/^Examined: /, "Examiné : "],
  [/ Skipped: /, " Laissé de côté : "],
  [/^Searched: /, "Cherché : "],
  [/^(\*\*)?Verdict: /, "$1Verdict : "],
  [/^Next: /, "Ensuite : "],
  [/^Not seen: /, "Non vu : "],
  [/^Suppressed: /, "Écarté : "],
  [/^Comments without effect:/, "Commentaires sans effet :"],
  [/^Statements:$/, "Instructions :"],
  [/^Plan:/, "Plan :"],
  [/^Most of the plan, planner cost ([\d,]+):/, "L'essentiel du plan, coût estimé $1 :"],
  [/^Per day:$/, "Par jour :"],
  [/^Measured: /, "Mesuré : "],
  [/^Warning: /, "Attention : "],
  [/^Reach: /, "Portée : "],
  [/^Prepared: /, "Préparé : "],
  [/^Dearer: /, "Plus cher : "],
  [/^Refused:/, "Refusé :"],
  [/^Refused in the twin: /, "Refusé dans le jumeau : "],
  [/^Not planned: /, "Non planifié : "],
  [/^Not rehearsed: /, "Non répété : "],
  [/^Rollback: /, "Retour arrière : "],
  [/^Not restored: /, "Non restauré : "],
  [/^After the rollback:$/, "Après le retour arrière :"],
  [/^Depends on rows, which a twin does not have:$/, "Dépend des lignes, qu'un jumeau n'a pas :"],
  [/^Compare the rows before and after:$/, "Comparer les lignes avant et après :"],
  [/^Queries of the application that fail or get dearer: /, "Requêtes de l'application qui échouent ou deviennent plus chères : "],
  [
    /^Checklist \(\[x\] done here, \[ \] not, \[\?\] cannot be seen from here\):$/,
    "Liste de contrôle ([x] fait ici, [ ] non, [?] ne se voit pas d'ici) :",
  ],
  [/^\*\*Checklist\*\* \(ticked: verified here\)$/, "**Liste de contrôle** (coché : vérifié ici)"],
  [/^\| # \| Statement \| Locks \| Work \| Time \|$/, "| # | Instruction | Verrous | Travail | Durée |"],
  [/<summary>Not seen</, "<summary>Non vu<"],
  [/<summary>Compare the rows before and after</, "<summary>Comparer les lignes avant et après<"],
  [/<summary>Depends on rows: /, "<summary>Dépend des lignes : "],
  [/<summary>Rollback: /, "<summary>Retour arrière : "],
  [/<summary>Suppressed: /, "<summary>Écarté : "],
  [
    /<summary>Queries of the application that fail or get dearer: /,
    "<summary>Requêtes de l'application qui échouent ou deviennent plus chères : ",
  ],
  [/^Undo:$/, "Pour revenir :"],
  [/^Instead:$/, "À la place :"],
  [/^# Weekly report, /, "# Rapport hebdomadaire, "],
  [/^# Monthly report, /, "# Rapport mensuel, "],
  [/^# Quarterly report, /, "# Rapport trimestriel, "],
  [/^# Database /, "# Base de données "],
  [/^## Top 10 slow queries and the plan for them$/, "## Les 10 requêtes lentes et le plan pour elles"],
  [/^## Backups and the test restore$/, "## Sauvegardes et restauration d'essai"],
  [/^## Indexes and what to correct$/, "## Index et ce qu'il faut corriger"],
  [/^## Performance metrics$/, "## Mesures de performance"],
  [/^## Schema review and planned migrations$/, "## Revue du schéma et migrations prévues"],
  [/^## Maturity and the next level$/, "## Maturité et niveau suivant"],
  [/^## Disaster recovery$/, "## Reprise après sinistre"],
  [/^To be filled in, because no server can be asked:$/, "À remplir, car aucun serveur ne peut le dire :"],
];

/** The ten rows of the migration checklist. */
const rows: Readonly<Record<string, string>> = {
  "Before: full backup of the database": "Avant : sauvegarde complète de la base",
  "Before: test the migration on staging": "Avant : essayer la migration en préproduction",
  "Before: check that the old application still works with the new schema":
    "Avant : vérifier que l'ancienne application fonctionne encore avec le nouveau schéma",
  "Before: estimate the downtime": "Avant : estimer l'interruption",
  "During: run the migration": "Pendant : exécuter la migration",
  "During: verify the integrity of the data": "Pendant : vérifier l'intégrité des données",
  "After: validate indexes and constraints": "Après : valider les index et les contraintes",
  "After: test the critical queries": "Après : essayer les requêtes critiques",
  "After: watch the performance": "Après : surveiller les performances",
  "Rollback: a plan that is written and tested": "Retour arrière : un plan écrit et essayé",
};

/** What stands beside them, the longer phrases first: what Postgres said, and names, stay as they are. */
const evidence: readonly Phrase[] = [
  [
    /^not seen from here; take one, and know that it can be restored: /,
    "ne se voit pas d'ici ; en faire une, et savoir qu'elle se restaure : ",
  ],
  [
    /; the rollback does not bring back (.*): what keeps it stands there$/,
    " ; le retour arrière ne ramène pas $1 : il dit ce qui les garde",
  ],
  [/\bthe rows of /g, "les lignes de "],
  [/^not run: there was no schema to run it on$/, "non exécuté : il n'y avait pas de schéma pour cela"],
  [/^refused in the twin: /, "refusé dans le jumeau : "],
  [/^not rehearsed: /, "non répété : "],
  [/^not rehearsed$/, "non répété"],
  [/^all (\d+) ran in a twin of the schema, without rows$/, "toutes ($1) exécutées dans un jumeau du schéma, sans lignes"],
  [
    /^findings tell what is dropped or renamed; the application's queries were not planned: pass queries$/,
    "les constats disent ce qui est supprimé ou renommé ; les requêtes de l'application n'ont pas été planifiées : donner queries",
  ],
  [/^no queries were planned against the new schema$/, "aucune requête n'a été planifiée sur le nouveau schéma"],
  [/^none of the queries given could be planned$/, "aucune des requêtes données n'a pu être planifiée"],
  [/^none of the queries in pg_stat_statements could be planned$/, "aucune des requêtes de pg_stat_statements n'a pu être planifiée"],
  [
    /^(\d+) (?:query|queries)( of pg_stat_statements)? planned against the new schema: (\d+) fail, (\d+) get dearer$/,
    "requêtes$2 planifiées sur le nouveau schéma : $1, dont $3 échouent et $4 deviennent plus chères",
  ],
  [/^requêtes of pg_stat_statements /, "requêtes de pg_stat_statements "],
  [
    /^no statement scans, rewrites or builds anything of a table that was there$/,
    "aucune instruction ne lit, ne réécrit ni ne construit quoi que ce soit d'une table qui existait",
  ],
  [/^no table is closed while rows are read or written /, "aucune table n'est fermée pendant que des lignes sont lues ou écrites "],
  [/ is closed to reads and writes /g, " est fermée aux lectures et aux écritures "],
  [/ is closed to writes /g, " est fermée aux écritures "],
  [/ is closed to reads /g, " est fermée aux lectures "],
  [/ and to reads /g, " et aux lectures "],
  [/\bfor an unknown time\b/g, "pour une durée inconnue"],
  [/\bfor under 1 s\b/g, "pour moins de 1 s"],
  [/\bunder 1 s\b/g, "moins de 1 s"],
  [/\bfor (\d[\d.]* (?:s|min|h) - )/g, "pour $1"],
  [/\bfor (moins de 1 s - )/g, "pour $1"],
  [/; and (\d+) more tables?, for less long/, " ; et $1 autres tables, pour moins longtemps"],
  [/, at (\S+ MB\/s), once the locks are held$/, ", à $1, une fois les verrous obtenus"],
  [/^nothing is run on the database from here; with psql: /, "rien n'est exécuté d'ici sur la base ; avec psql : "],
  [
    /^(\d+) of (\d+) conditions on rows failed at the last ANALYZE$/,
    "$1 des $2 conditions sur les lignes n'étaient pas remplies au dernier ANALYZE",
  ],
  [
    /^(\d+) conditions? on rows: run the queries under depends_on_data$/,
    "conditions sur les lignes : $1 ; exécuter les requêtes de depends_on_data",
  ],
  [/^what is in the rows decides: /, "ce qui est dans les lignes décide : "],
  [/^no statement depends on what is in the rows$/, "aucune instruction ne dépend de ce qui est dans les lignes"],
  [
    /^the conditions on rows held in the sample of the last ANALYZE$/,
    "les conditions sur les lignes étaient remplies dans l'échantillon du dernier ANALYZE",
  ],
  [/^once it has run: /, "une fois exécutée : "],
  [/^a concurrent build that fails leaves an invalid index: /, "une construction CONCURRENTLY qui échoue laisse un index invalide : "],
  [
    /^only after it has run: take (.*) first, then ask find_slow_queries and check_health since (.*)$/,
    "seulement après l'exécution : prendre d'abord $1, puis demander find_slow_queries et check_health avec since $2",
  ],
  [/^not run: the migration itself is refused$/, "non exécuté : la migration elle-même est refusée"],
  [/^not run: none was written$/, "non exécuté : aucun n'a été écrit"],
  [/^not run: /, "non exécuté : "],
  [/^refused: /, "refusé : "],
  [/^run in the twin; (\d+) differences$/, "exécuté dans le jumeau ; différences : $1"],
  [/^run in the twin after the migration: catalog identical/, "exécuté dans le jumeau après la migration : catalogue identique"],
  [/; it does not restore all rows$/, " ; il ne ramène pas toutes les lignes"],
  [/\bstatements? (\d+(?:, \d+)*)/g, "instruction $1"],
];

const said = (text: string, phrases: readonly Phrase[]) => phrases.reduce((told, [english, french]) => told.replace(english, french), text);

/** A text of answers with its headings in French. */
const headed = (text: string): string =>
  text
    .split("\n")
    .map((line) => said(line, headings))
    .join("\n");

/** An answer as it is rendered in French: its checklist, if it has one. What a program reads stays English. */
function asRead<Answer extends object>(answer: Answer): Answer {
  if (!("checklist" in answer) || !Array.isArray(answer.checklist)) return answer;
  const checklist = (answer.checklist as readonly Item[]).map(({ item, done, evidence: told }) => ({
    item: rows[item] ?? item,
    done,
    evidence: said(told, evidence),
  }));
  return { ...answer, checklist };
}

/** How answers are told in this language: headings and checklists; messages, names and SQL stay as they are. */
export const rendering = (language: "en" | "fr") =>
  language === "en"
    ? { read: <Answer extends object>(answer: Answer) => answer, heading: (text: string) => text }
    : { read: asRead, heading: headed };
