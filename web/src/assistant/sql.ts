// Sources are sent SQL on one line; people read it clause by clause. Only white space changes.
const clauses =
  /^(FROM|(LEFT|RIGHT|FULL|INNER|CROSS) (OUTER )?JOIN|JOIN|WHERE|GROUP BY|HAVING|ORDER BY|LIMIT|UNION( ALL)?)\b/i;

// Breaks the line before each clause that stands outside of quotes and parentheses.
export function breakClauses(sql: string): string {
  let result = '';
  let depth = 0;
  let quote = '';
  for (let at = 0; at < sql.length; at++) {
    const c = sql.charAt(at);
    if (quote) {
      if (c === quote) quote = '';
    } else if (c === "'" || c === '"' || c === '`') {
      quote = c;
    } else if (c === '(') {
      depth++;
    } else if (c === ')') {
      depth--;
    } else if (c === ' ' && depth === 0) {
      // "JOIN" belongs to the "LEFT" before it, which has broken the line already.
      const joined = /\b(LEFT|RIGHT|FULL|INNER|CROSS|OUTER)$/i.test(result);
      if (!joined && clauses.test(sql.slice(at + 1))) {
        result += '\n';
        continue;
      }
    }
    result += c;
  }
  return result;
}
