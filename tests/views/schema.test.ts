import { expect } from "vitest";
import { connectOnce } from "../tools/client.ts";
import { liveShop } from "../tools/shop.ts";
import { hosted, inBrowser } from "./browser.ts";

const schema_sql = `
create table authors (id bigint generated always as identity primary key, name text not null);
create table books (id bigint generated always as identity primary key, author_id bigint not null references authors, sequel_of bigint references books, title text);
create table covers (book_id bigint primary key references books, file text not null);
create table notes (id bigint generated always as identity primary key, body text);`;

const shown = async (asked: Record<string, unknown> = {}, opening?: Parameters<typeof hosted>[2]) =>
  hosted(await connectOnce(undefined), { name: "review_schema", arguments: { schema_sql, ...asked } }, opening);

inBrowser("tables are drawn with their keys, and the first is explained: the whole page as a screen reader has it", async () => {
  const { view, faults, requests } = await shown();
  expect(await view.locator("main").ariaSnapshot()).toMatchInlineSnapshot(`
    "- main:
      - 'heading "Verdict: 2 warnings." [level=1]'
      - paragraph: 4 tables · 3 foreign keys
      - toolbar "Diagram":
        - searchbox "Find a table or column"
        - checkbox "All columns"
        - text: All columns
        - button "Smaller": −
        - button "Larger": +
        - button "Fit into the frame": Fit
      - listbox "Tables":
        - option "authors PK id bigint + 1 column"
        - option "books 2 findings PK id bigint FK author_id bigint FK sequel_of bigint? + 1 column" [selected]
        - option "covers PK FK book_id bigint + 1 column"
        - option "notes PK id bigint + 1 column"
      - region "Chosen table":
        - heading "books" [level=2]
        - paragraph: 4 columns
        - article:
          - paragraph:
            - strong: warning
            - text: Deleting from authors scans all of books for each row, because books_author_id_fkey has no index, and neither have joins between the two.
          - text: Fix
          - 'button "Copy: Fix"': Copy
          - region "Fix": create index concurrently books_author_id_idx on books (author_id);
          - text: Undo
          - 'button "Copy: Undo"': Copy
          - region "Undo": drop index concurrently books_author_id_idx;
          - paragraph:
            - text: schema/foreign-key-unindexed
            - button "Why"
        - article:
          - paragraph:
            - strong: warning
            - text: Deleting from books scans all of books for each row, because books_sequel_of_fkey has no index, and neither have joins between the two.
          - text: Fix
          - 'button "Copy: Fix"': Copy
          - region "Fix": create index concurrently books_sequel_of_idx on books (sequel_of);
          - text: Undo
          - 'button "Copy: Undo"': Copy
          - region "Undo": drop index concurrently books_sequel_of_idx;
          - paragraph:
            - text: schema/foreign-key-unindexed
            - button "Why"
        - heading "References" [level=3]
        - list:
          - listitem:
            - button "authors"
            - text: by author_id
          - listitem:
            - button "books"
            - text: by sequel_of, or none
        - heading "Referenced by" [level=3]
        - list:
          - listitem:
            - button "books"
            - text: by sequel_of, or none
          - listitem:
            - button "covers"
            - text: by book_id, each at most once
        - heading "Columns" [level=3]
        - list:
          - listitem: id bigint, not null, primary key
          - listitem: author_id bigint, not null, foreign key
          - listitem: sequel_of bigint, foreign key
          - listitem: title text
      - heading "Not seen" [level=2]
      - list:
        - listitem: "what only a live server counts: unused indexes, invalid ones, what follows from what in rows, how far sequences are"
        - listitem: "sizes: pass row_counts ({ table: rows })""
  `);
  expect({ faults, requests }).toEqual({ faults: [], requests: [] });
});

inBrowser("a click on a table tells what it references and what references it, and each is one click away", async () => {
  const { view } = await shown();
  const detail = view.getByRole("region", { name: "Chosen table" });
  await view.getByRole("option", { name: "books" }).click();
  expect(await detail.ariaSnapshot()).toMatchInlineSnapshot(`
    "- region "Chosen table":
      - heading "books" [level=2]
      - paragraph: 4 columns
      - article:
        - paragraph:
          - strong: warning
          - text: Deleting from authors scans all of books for each row, because books_author_id_fkey has no index, and neither have joins between the two.
        - text: Fix
        - 'button "Copy: Fix"': Copy
        - region "Fix": create index concurrently books_author_id_idx on books (author_id);
        - text: Undo
        - 'button "Copy: Undo"': Copy
        - region "Undo": drop index concurrently books_author_id_idx;
        - paragraph:
          - text: schema/foreign-key-unindexed
          - button "Why"
      - article:
        - paragraph:
          - strong: warning
          - text: Deleting from books scans all of books for each row, because books_sequel_of_fkey has no index, and neither have joins between the two.
        - text: Fix
        - 'button "Copy: Fix"': Copy
        - region "Fix": create index concurrently books_sequel_of_idx on books (sequel_of);
        - text: Undo
        - 'button "Copy: Undo"': Copy
        - region "Undo": drop index concurrently books_sequel_of_idx;
        - paragraph:
          - text: schema/foreign-key-unindexed
          - button "Why"
      - heading "References" [level=3]
      - list:
        - listitem:
          - button "authors"
          - text: by author_id
        - listitem:
          - button "books"
          - text: by sequel_of, or none
      - heading "Referenced by" [level=3]
      - list:
        - listitem:
          - button "books"
          - text: by sequel_of, or none
        - listitem:
          - button "covers"
          - text: by book_id, each at most once
      - heading "Columns" [level=3]
      - list:
        - listitem: id bigint, not null, primary key
        - listitem: author_id bigint, not null, foreign key
        - listitem: sequel_of bigint, foreign key
        - listitem: title text"
  `);
  expect(await view.locator(".line.chosen").count()).toBe(3);
  await detail.getByRole("button", { name: "covers" }).click();
  expect(await detail.getByRole("heading", { level: 2 }).textContent()).toBe("covers");
  expect(await view.locator("[role=option]:focus").getAttribute("aria-selected")).toBe("true");
  expect(await view.locator(".line.chosen").count()).toBe(1);
});

inBrowser("arrows go to the nearest table in their direction", async () => {
  const { view, page } = await shown();
  await view.getByRole("option", { name: "authors" }).click();
  const press = async (key: string) => {
    await page.keyboard.press(key);
    return view.locator("[role=option][aria-selected=true]:focus .head bdi").textContent();
  };
  expect(await press("ArrowRight")).toBe("books");
  expect(await press("ArrowRight")).toBe("covers");
  expect(await press("ArrowRight")).toBe("covers");
  expect(await press("ArrowLeft")).toBe("books");
  expect(await press("End")).toBe("notes");
  expect(await press("Home")).toBe("authors");
  expect(await view.locator("[role=option][tabindex='0']").count()).toBe(1);
});

inBrowser("what is looked for stays, the rest fades; all columns are drawn when asked for", async () => {
  const { view } = await shown();
  expect(await view.locator(".row", { hasText: "title" }).count()).toBe(0);
  await view.getByLabel("Find a table or column").fill("TITLE");
  expect(await view.locator(".table:not(.faded) .head bdi").allTextContents()).toEqual(["books"]);
  await view.getByLabel("Find a table or column").fill("");
  expect(await view.locator(".faded").count()).toBe(0);
  await view.getByLabel("All columns").check();
  expect(await view.locator(".row", { hasText: "title" }).count()).toBe(1);
});

inBrowser("the table that is chosen is seen, at the start, by a click on its name elsewhere and by keys", async () => {
  const chain = Array.from(
    { length: 12 },
    (_, at) => `create table t${at} (id bigint primary key${at > 0 ? `, up bigint references t${at - 1}` : ""});`,
  );
  const { view, page } = await shown({ schema_sql: [...chain, "create index on t1 (up);"].join("\n") });
  const seen = () =>
    view.locator("[aria-selected=true]").evaluate((table) => {
      const [box, frame] = [table.getBoundingClientRect(), table.closest(".frame")?.getBoundingClientRect()];
      return frame && box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
    });
  const chosen = () => view.getByRole("region", { name: "Chosen table" }).getByRole("heading", { level: 2 }).textContent();
  await expect.poll(seen).toBe(true);
  await view.locator("#table-0").click();
  expect([await chosen(), await seen()]).toEqual(["t0", true]);
  for (let at = 1; at < 12; at++) {
    await page.keyboard.press("ArrowRight");
    expect(await seen()).toBe(true);
  }
  expect(await view.locator(".frame").evaluate(({ scrollLeft }) => scrollLeft)).toBeGreaterThan(500);
});

inBrowser("the diagram grows, shrinks, and fits into its frame", async () => {
  const { view } = await shown({}, { width: 480 });
  const width = async () => (await view.locator(".area").boundingBox())?.width ?? 0;
  const whole = await width();
  await view.getByRole("button", { name: "Larger" }).click();
  expect(await width()).toBeCloseTo(whole * 1.25, 0);
  await view.getByRole("button", { name: "Smaller" }).click();
  expect(await width()).toBeCloseTo(whole, 0);
  await view.getByRole("button", { name: "Fit into the frame" }).click();
  expect(await width()).toBeLessThanOrEqual((await view.locator(".frame").boundingBox())?.width ?? 0);
  expect(await view.locator(".frame").evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
});

inBrowser("a finding stands at its table, with the statement that mends it", async () => {
  const { url } = await liveShop(18);
  const { view } = await hosted(await connectOnce(url), { name: "review_schema", arguments: {} });
  await view.getByRole("option", { name: "customers" }).click();
  const detail = view.getByRole("region", { name: "Chosen table" });
  expect(await detail.getByRole("region", { name: "Fix" }).textContent()).toBe(
    "create index concurrently customers_referred_by_idx on customers (referred_by);",
  );
  expect(await detail.locator(".faint").first().textContent()).toBe("20,000 rows · 6 columns");
});

inBrowser("an answer without tables says so", async () => {
  const { view } = await shown({ schema_sql: "create function f() returns int language sql as 'select 1'" });
  expect(await view.getByText("There are no tables in this answer.").count()).toBe(1);
  const compared = await shown({ compare_to: "create table a (id int)" });
  expect(await compared.view.getByText("There are no tables in this answer.").count()).toBe(1);
});
