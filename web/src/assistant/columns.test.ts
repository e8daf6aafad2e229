import { describe, expect, it } from 'vitest';
import type { AnswerColumn } from '../api/types';
import {
  accountColumn,
  barShare,
  compareCells,
  formatCell,
  isMoneyColumn,
  isNumericColumn,
  largestOf,
} from './columns';

const column = (name: string, type = ''): AnswerColumn => ({ name, label: name, type });
const us = { currency: 'USD', locale: 'en-US' };

describe('isNumericColumn', () => {
  it('believes the type, whatever the source calls it', () => {
    for (const type of [
      'DECIMAL(18,2)',
      'bigint',
      'integer',
      'money',
      'double',
      'int64',
      'UINTEGER',
    ]) {
      expect(isNumericColumn(column('x', type), [], 0)).toBe(true);
    }
    for (const type of ['date', 'timestamp', 'boolean']) {
      expect(isNumericColumn(column('x', type), [['1']], 0)).toBe(false);
    }
  });

  it('looks at the values when there is no type, but never takes a key for a number', () => {
    expect(isNumericColumn(column('margin'), [['1.5'], [null], ['2']], 0)).toBe(true);
    expect(isNumericColumn(column('margin'), [['1.5'], ['n/a']], 0)).toBe(false);
    expect(isNumericColumn(column('account_number', 'text'), [['10001']], 0)).toBe(false);
    expect(isNumericColumn(column('margin'), [], 0)).toBe(false);
  });
});

describe('formatCell', () => {
  it('shows money as money and leaves other decimals plain', () => {
    expect(
      formatCell(column('gross_margin', 'decimal(18,2)'), '4821.5', { ...us, numeric: true }),
    ).toBe('$4,821.50');
    expect(
      formatCell(column('margin_percent', 'decimal(5,2)'), '31.25', { ...us, numeric: true }),
    ).toBe('31.25');
    expect(formatCell(column('order_count', 'bigint'), 12345, { ...us, numeric: true })).toBe(
      '12,345',
    );
    expect(isMoneyColumn(column('total', 'money'))).toBe(true);
    expect(formatCell(column('gm', 'percent'), '31.25', { ...us, numeric: true })).toBe('31.25 %');
  });

  it('shows dates, truth values, nothing, and text as it is', () => {
    expect(formatCell(column('d', 'date'), '2026-01-02', { ...us, numeric: false })).toBe(
      'Jan 2, 2026',
    );
    expect(formatCell(column('b', 'boolean'), true, { ...us, numeric: false })).toBe('Yes');
    expect(formatCell(column('x', 'text'), null, { ...us, numeric: false })).toBe('');
    expect(formatCell(column('account_number', 'text'), '0010', { ...us, numeric: false })).toBe(
      '0010',
    );
    expect(formatCell(column('year', 'integer'), 2026, { ...us, numeric: true })).toBe('2026');
  });
});

describe('compareCells', () => {
  it('orders numbers by value and puts empty cells last', () => {
    expect([null, '10', '9', 2].sort(compareCells)).toEqual([2, '9', '10', null]);
  });
});

describe('accountColumn', () => {
  it('prefers the number for finding and the name for showing', () => {
    expect(accountColumn([column('account_name'), column('account_number')])).toEqual({
      index: 1,
      field: 'account_number',
      shownAt: 0,
    });
    expect(accountColumn([column('account_number')])?.shownAt).toBe(0);
    expect(accountColumn([column('account')])).toEqual({ index: 0, field: 'name', shownAt: 0 });
    expect(accountColumn([column('customer_name')])?.field).toBe('name');
    expect(accountColumn([column('product'), column('account_count')])).toBeUndefined();
  });
});

describe('bars', () => {
  it('are shares of the largest value', () => {
    const rows = [['-50'], ['100'], [null], ['x']];
    expect(largestOf(rows, 0)).toBe(100);
    expect(barShare('50', 100)).toBe(0.5);
    expect(barShare(null, 100)).toBe(0);
    expect(barShare('1', 0)).toBe(0);
    expect(barShare('x', 100)).toBe(0);
  });
});
