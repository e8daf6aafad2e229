import { describe, expect, it } from 'vitest';
import { breakClauses } from './sql';

describe('breakClauses', () => {
  it('puts each clause on a line of its own', () => {
    expect(
      breakClauses(
        'SELECT a, SUM(b) FROM t AS t LEFT JOIN u ON t.x = u.x WHERE c = 1 GROUP BY 1 ORDER BY 2 DESC LIMIT 5',
      ),
    ).toBe(
      'SELECT a, SUM(b)\nFROM t AS t\nLEFT JOIN u ON t.x = u.x\nWHERE c = 1\nGROUP BY 1\nORDER BY 2 DESC\nLIMIT 5',
    );
  });

  it('leaves quoted text and subqueries alone', () => {
    const sql = `SELECT 'come FROM where', "a LIMIT b", 'it''s FROM x', (SELECT 1 FROM u WHERE x) FROM t`;
    expect(breakClauses(sql)).toBe(sql.replace(/ FROM t$/, '\nFROM t'));
  });

  it('takes no word that only begins like a clause, and changes white space only', () => {
    expect(breakClauses('SELECT x FROM t WHERE y = fromage')).toBe(
      'SELECT x\nFROM t\nWHERE y = fromage',
    );
    expect(breakClauses('SELECT a limits FROM joiner')).toBe('SELECT a limits\nFROM joiner');
    expect(breakClauses('')).toBe('');
  });
});
