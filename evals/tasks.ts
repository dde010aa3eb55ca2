import type { Task } from "./task.ts";
import lowerEmail from "./tasks/01-lower-email.ts";
import notInNull from "./tasks/02-not-in-null.ts";
import monthRange from "./tasks/03-month-range.ts";
import slowDelete from "./tasks/04-slow-delete.ts";
import partialIndex from "./tasks/05-partial-index.ts";
import redundantIndex from "./tasks/06-redundant-index.ts";
import updateEveryRow from "./tasks/07-update-every-row.ts";
import deleteCascade from "./tasks/08-delete-cascade.ts";
import dropColumnWayBack from "./tasks/09-drop-column-way-back.ts";
import setNotNull from "./tasks/10-set-not-null.ts";
import indexConcurrently from "./tasks/11-index-concurrently.ts";
import foreignKeyNotValid from "./tasks/12-foreign-key-not-valid.ts";
import widerNumeric from "./tasks/13-wider-numeric.ts";
import enumValueInTransaction from "./tasks/14-enum-value-in-transaction.ts";
import rlsLeak from "./tasks/15-rls-leak.ts";
import rlsOncePerQuery from "./tasks/16-rls-once-per-query.ts";
import twoWorkers from "./tasks/17-two-workers.ts";
import lastDay from "./tasks/18-last-day.ts";
import nullIsNotEqual from "./tasks/19-null-is-not-equal.ts";
import existsNotCount from "./tasks/20-exists-not-count.ts";
import alreadyServed from "./tasks/21-already-served.ts";
import speedIsNotKnown from "./tasks/22-speed-is-not-known.ts";
import columnsThatGoTogether from "./tasks/23-columns-that-go-together.ts";
import sortOnDisk from "./tasks/24-sort-on-disk.ts";
import lockOfValidate from "./tasks/25-lock-of-validate.ts";
import whatTakesTheTime from "./tasks/26-what-takes-the-time.ts";
import invalidIndex from "./tasks/27-invalid-index.ts";
import numbersRunOut from "./tasks/28-numbers-run-out.ts";
import whoReferences from "./tasks/29-who-references.ts";
import closeTheDrift from "./tasks/30-close-the-drift.ts";
import renameWhileBothRun from "./tasks/31-rename-while-both-run.ts";
import viewInTheWay from "./tasks/32-view-in-the-way.ts";
import upsert from "./tasks/33-upsert.ts";
import nextPage from "./tasks/34-next-page.ts";
import notTheSameRows from "./tasks/35-not-the-same-rows.ts";
import concurrentlyInATransaction from "./tasks/36-concurrently-in-a-transaction.ts";
import uniqueOverPartitions from "./tasks/37-unique-over-partitions.ts";
import oneIndexForBoth from "./tasks/38-one-index-for-both.ts";
import insideJson from "./tasks/39-inside-json.ts";
import containsText from "./tasks/40-contains-text.ts";

/** By the names of their files. */
export const tasks: ReadonlyMap<string, Task> = new Map([
  ["01-lower-email", lowerEmail],
  ["02-not-in-null", notInNull],
  ["03-month-range", monthRange],
  ["04-slow-delete", slowDelete],
  ["05-partial-index", partialIndex],
  ["06-redundant-index", redundantIndex],
  ["07-update-every-row", updateEveryRow],
  ["08-delete-cascade", deleteCascade],
  ["09-drop-column-way-back", dropColumnWayBack],
  ["10-set-not-null", setNotNull],
  ["11-index-concurrently", indexConcurrently],
  ["12-foreign-key-not-valid", foreignKeyNotValid],
  ["13-wider-numeric", widerNumeric],
  ["14-enum-value-in-transaction", enumValueInTransaction],
  ["15-rls-leak", rlsLeak],
  ["16-rls-once-per-query", rlsOncePerQuery],
  ["17-two-workers", twoWorkers],
  ["18-last-day", lastDay],
  ["19-null-is-not-equal", nullIsNotEqual],
  ["20-exists-not-count", existsNotCount],
  ["21-already-served", alreadyServed],
  ["22-speed-is-not-known", speedIsNotKnown],
  ["23-columns-that-go-together", columnsThatGoTogether],
  ["24-sort-on-disk", sortOnDisk],
  ["25-lock-of-validate", lockOfValidate],
  ["26-what-takes-the-time", whatTakesTheTime],
  ["27-invalid-index", invalidIndex],
  ["28-numbers-run-out", numbersRunOut],
  ["29-who-references", whoReferences],
  ["30-close-the-drift", closeTheDrift],
  ["31-rename-while-both-run", renameWhileBothRun],
  ["32-view-in-the-way", viewInTheWay],
  ["33-upsert", upsert],
  ["34-next-page", nextPage],
  ["35-not-the-same-rows", notTheSameRows],
  ["36-concurrently-in-a-transaction", concurrentlyInATransaction],
  ["37-unique-over-partitions", uniqueOverPartitions],
  ["38-one-index-for-both", oneIndexForBoth],
  ["39-inside-json", insideJson],
  ["40-contains-text", containsText],
]);
