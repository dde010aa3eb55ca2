/**
 * All that analyze_query finds in the statements of ../shared/workloads, each judged by hand before its author: `why` it is right.
 * What else it found was wrong, or not worth saying, and was put right in the rule.
 */
interface Judged {
  /** Severity, rule, line and column. */
  readonly found: string;
  /** What the span covers. */
  readonly at: string;
  readonly says: string;
  readonly why: string;
}

export interface Findings {
  readonly judged: Readonly<Record<string, readonly Judged[]>>;
  /**
   * Of plan/seq-scan-large-filtered, "table: rows kept of rows read". These schemas have primary keys alone, so they are right where
   * an index takes their place: the same answer has one on each of these tables, but for `withoutIndex`.
   */
  readonly scans: Readonly<Record<string, readonly string[]>>;
  readonly withoutIndex: readonly string[];
}

const wildcard = (table: string) =>
  `A pattern that starts with % cannot use a b-tree index, so Postgres compares every row of ${table} rows).`;
const unindexed = (expression: string, table: string) =>
  `No index holds ${expression}, so Postgres computes it for every row of ${table} rows).`;

const oltp: Findings = {
  judged: {
    "01_login_ci_email": [
      {
        found: "warning query/function-on-column 1:50",
        at: "lower(email) = lower('USER123456@example.com')",
        says: unindexed("lower(email)", "users (about 300,000"),
        why: "A login reads the whole table. An index on email alone, which the schema has not, would not help. It is no error: nothing that is there goes unused.",
      },
    ],
    "04_org_members": [
      {
        found: "info query/order-by-not-unique-with-limit 1:144",
        at: "u.name",
        says: "Rows with the same u.name come in any order, so which of them LIMIT 50 keeps can change from call to call. Add m.id to ORDER BY.",
        why: "People share names, and a user may have two memberships of an organisation: no key forbids it. These made-up names differ, real ones do not.",
      },
    ],
    "11_trending_posts": [
      {
        found: "info query/order-by-not-unique-with-limit 1:136",
        at: "view_count DESC",
        says: "Rows of posts with the same view_count come in any order, so which of them LIMIT 10 keeps can change from call to call. Add id to ORDER BY.",
        why: "500,000 posts share 21,423 counts. Lists by created_at and the like are left alone, because the statistics say that hardly two are alike.",
      },
    ],
    "12_title_search_in_org": [
      {
        found: "warning query/leading-wildcard-like 1:50",
        at: "title ILIKE '%kubernetes%'",
        says: wildcard("posts (about 500,000"),
        why: "There is no index on org_id that would narrow it down first.",
      },
    ],
    "13_body_search_global": [
      {
        found: "warning query/leading-wildcard-like 1:35",
        at: "body LIKE '%a87ff679a2f3%'",
        says: wildcard("posts (about 500,000"),
        why: "Nothing else in the query could find the rows.",
      },
      {
        found: "info query/limit-without-order-by 1:68",
        at: "50",
        says: "LIMIT 50 without ORDER BY leaves it to chance which rows of posts come: the same query may return others at the next call.",
        why: "True of a list that is shown. Whoever only caps it loses nothing, so it is no warning.",
      },
    ],
    "17_post_by_external_id": [
      {
        found: "warning query/function-on-column 1:43",
        at: "metadata->>'external_id' = 'ext-271828'",
        says: unindexed("metadata->>'external_id'", "posts (about 500,000"),
        why: "A look-up by a value of which there is one, and the index on the expression serves it.",
      },
    ],
    "25_events_of_session": [
      {
        found: "warning query/function-on-column 1:53",
        at: "payload->>'session_id' = '98f13708210194c475687be6106a3b84'",
        says: unindexed("payload->>'session_id'", "events (about 1,500,000"),
        why: "As 17.",
      },
    ],
    "40_mine_or_commented": [
      {
        found: "warning query/or-across-columns 1:67",
        at: "p.author_id = 4711 OR p.id IN (SELECT c.post_id FROM comments c WHERE c.author_id = 4711)",
        says: "Beside a subquery, OR keeps every index of posts (about 500,000 rows) from finding the rows, and Postgres tests one after the other. Write one query for each side and put them together with UNION.",
        why: "The plan walks posts by id and tests each row. The answer's own rewrite returned the same rows and costs 27 for 40,925, with its indexes.",
      },
    ],
  },
  scans: {
    "01_login_ci_email": ["users: 1,410 of 300,000"],
    "02_user_by_email": ["users: 1 of 300,000"],
    "03_org_by_slug": ["orgs: 1 of 20,000"],
    "04_org_members": ["memberships m: 400 of 400,000"],
    "05_orgs_of_user": ["memberships m: 2 of 400,000"],
    "06_projects_of_org": ["projects: 68 of 60,000"],
    "07_org_feed_first_page": ["posts: 2,344 of 500,000"],
    "08_org_feed_keyset": ["posts: 1,509 of 500,000"],
    "09_project_feed_author": ["posts p: 11 of 500,000"],
    "10_author_status_counts": ["posts: 4 of 500,000"],
    "11_trending_posts": ["posts: 20 of 500,000"],
    "12_title_search_in_org": ["posts: 314 of 500,000"],
    "13_body_search_global": ["posts: 50 of 500,000"],
    "14_posts_by_tag": ["posts: 17 of 500,000"],
    "15_posts_any_rare_tag": ["posts: 3,590 of 500,000"],
    "16_posts_jsonb_contains": ["posts: 5,051 of 500,000"],
    "17_post_by_external_id": ["posts: 2,500 of 500,000"],
    "18_comments_of_post": ["comments c: 6 of 1,200,000"],
    "19_comment_counts_for_page": ["comments: 56 of 1,200,000"],
    "20_user_comments_keyset": ["comments: 7 of 1,200,000"],
    "21_replies": ["comments: 1 of 1,200,000"],
    "22_org_events_by_type": ["events: 74 of 1,500,000"],
    "23_user_timeline": ["events: 10 of 1,500,000"],
    "24_events_jsonb_contains": ["events: 150 of 1,500,000"],
    "25_events_of_session": ["events: 7,500 of 1,500,000"],
    "26_hourly_chart_one_day": ["events: 2,518 of 1,500,000"],
    "27_signup_funnel": ["events: 4,397 of 1,500,000"],
    "28_queue_peek": ["jobs: 1,212 of 400,000"],
    "29_stuck_jobs": ["jobs: 6 of 400,000"],
    "30_queue_claim": ["jobs jobs_1: 828 of 400,000"],
    "31_unread_count": ["notifications: 1 of 700,000"],
    "32_notification_list": ["notifications: 5 of 700,000"],
    "33_session_by_token": ["sessions s: 1 of 300,000"],
    "34_expired_session_cleanup": ["sessions: 1,738 of 300,000"],
    "35_overdue_invoices": ["invoices: 5,916 of 200,000"],
    "36_org_invoices_with_totals": ["invoices i: 109 of 200,000"],
    "37_mark_read": ["notifications: 1 of 700,000"],
    "38_audit_of_entity": ["audit_log: 1 of 800,000"],
    "39_dormant_users": ["users u: 7,479 of 300,000"],
    "40_mine_or_commented": ["comments c: 9 of 1,200,000"],
  },
  withoutIndex: [],
};

const tpch: Findings = {
  judged: {
    q02: [
      {
        found: "warning query/leading-wildcard-like 20:6",
        at: "p_type like '%BRASS'",
        says: wildcard("part (about 200,000"),
        why: "p_size = 15 has no index either, so every row is compared.",
      },
    ],
    q09: [
      {
        found: "warning query/leading-wildcard-like 25:8",
        at: "p_name like '%green%'",
        says: wildcard("part (about 200,000"),
        why: "The only condition on part. That its scan is a small part of this plan is said by what is not found in the plan.",
      },
    ],
    q16: [
      {
        found: "info query/leading-wildcard-like 20:4",
        at: "s_comment like '%Customer%Complaints%'",
        says: wildcard("supplier (about 10,000"),
        why: "True, and 10,000 rows are compared in milliseconds: worth knowing, no more.",
      },
    ],
    q22: [
      {
        found: "warning query/function-on-column 13:4",
        at: "substring(c_phone from 1 for 2) in ('13', '31', '23', '29', '30', '18', '17')",
        says: unindexed("substring(c_phone from 1 for 2)", "customer (about 150,000"),
        why: "The index on the expression is one that the answer keeps after having planned with it.",
      },
      {
        found: "warning query/function-on-column 22:10",
        at: "substring(c_phone from 1 for 2) in ('13', '31', '23', '29', '30', '18', '17')",
        says: unindexed("substring(c_phone from 1 for 2)", "customer (about 150,000"),
        why: "A second scan of customer, for the average.",
      },
    ],
  },
  scans: {
    q02: ["part: 943 of 200,000"],
    q04: ["orders: 56,508 of 1,500,000"],
    q06: ["lineitem: 114,041 of 6,001,304"],
    q10: ["orders: 57,684 of 1,500,000"],
    q12: ["lineitem: 28,959 of 6,001,304"],
    q14: ["lineitem: 78,465 of 6,001,304"],
    q15: ["lineitem: 236,958 of 6,001,304"],
    q17: ["lineitem lineitem_1: 31 of 6,001,304"],
    q19: ["lineitem: 113,427 of 6,001,304"],
    q20: ["lineitem: 1 of 6,001,304"],
    q22: ["customer customer_1: 4,758 of 150,000", "customer: 1,750 of 150,000"],
  },
  // The scan is a quarter of the plan's cost. The index of q04 would take a tenth off the whole, which the advisor does not count as worth one.
  withoutIndex: ["q10 orders"],
};

export const workloadFindings: Readonly<Record<string, Findings>> = { oltp, tpch };
