import type { Output } from "./analyze-query.ts";

type View = NonNullable<NonNullable<Output["plan"]>["view"]>;

/** What the view of a query plan draws besides the answer. */
export type QueryPicture = {
  readonly plans: readonly { readonly statement: number; readonly view: View; readonly left: number }[];
};

/** Nodes of one plan, some 300 characters each. */
const NODES = 400;

/** A node stands after its parent, so the first of them are a tree too. */
export const queryPicture = ({ plan, statements }: Output): QueryPicture => ({
  plans: statements.flatMap(({ number, plan: own = plan }) => {
    const view = own?.view;
    if (!view) return [];
    return [{ statement: number, view: { ...view, nodes: view.nodes.slice(0, NODES) }, left: Math.max(0, view.nodes.length - NODES) }];
  }),
});

/** A concise answer leaves to the picture what only a picture needs. */
export const withoutViews = (answer: Output): Output => ({
  ...answer,
  ...(answer.plan && { plan: withoutView(answer.plan) }),
  statements: answer.statements.map((statement) => ({ ...statement, ...(statement.plan && { plan: withoutView(statement.plan) }) })),
});

const withoutView = ({ view: _, ...plan }: NonNullable<Output["plan"]>) => plan;
