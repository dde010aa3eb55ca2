import { typeRule } from "../type-rule.ts";

export default typeRule({
  id: "schema/char",
  severity: "info",
  // A code of two or three letters never has another length.
  is: (type) => Number(/^character\((\d+)\)$/.exec(type)?.[1] ?? 0) > 3,
  says: "padded with blanks to a fixed length: the blanks take room, count for nothing when two values are compared, and come back with the value",
  to: () => "text",
});
