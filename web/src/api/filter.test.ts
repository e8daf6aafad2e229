import { describe, expect, it } from 'vitest';
import {
  anyOf,
  buildFilter,
  type Condition,
  formatOrder,
  nextOrder,
  operatorsFor,
  parseConditions,
  parseOrder,
  quote,
} from './filter';
import type { Field } from './types';

function field(name: string, type: string): Field {
  return {
    name,
    label: name,
    type,
    required: false,
    unique: false,
    read_only: false,
    searchable: false,
  };
}

const fields = [
  field('name', 'text'),
  field('stage', 'select'),
  field('amount', 'money'),
  field('employees', 'integer'),
  field('is_active', 'boolean'),
  field('close_date', 'date'),
  field('account_id', 'relation'),
];

const build = (...conditions: Condition[]) => buildFilter(conditions, fields);

describe('quote', () => {
  it('escapes quotes and backslashes, and nothing else', () => {
    expect(quote('5" pipe \\ "x"')).toBe('"5\\" pipe \\\\ \\"x\\""');
    expect(quote("O'Brien : ü = AND")).toBe('"O\'Brien : ü = AND"');
  });
});

describe('buildFilter', () => {
  it('writes each operator in the filter language', () => {
    expect(build({ field: 'name', op: 'has', value: 'acme' })).toBe('name:"acme"');
    expect(build({ field: 'stage', op: 'eq', value: 'won' })).toBe('stage = "won"');
    expect(build({ field: 'stage', op: 'ne', value: 'won' })).toBe('stage != "won"');
    expect(build({ field: 'close_date', op: 'ge', value: '2026-01-01' })).toBe(
      'close_date >= "2026-01-01"',
    );
    expect(build({ field: 'close_date', op: 'lt', value: '2026-02-01' })).toBe(
      'close_date < "2026-02-01"',
    );
    expect(build({ field: 'account_id', op: 'empty' })).toBe('account_id = null');
    expect(build({ field: 'account_id', op: 'filled' })).toBe('account_id != null');
    expect(build({ field: 'is_active', op: 'eq', value: true })).toBe('is_active = true');
  });

  it('keeps a decimal exactly as it was typed, and quotes what is not one', () => {
    expect(build({ field: 'amount', op: 'ge', value: '0.10' })).toBe('amount >= 0.10');
    expect(build({ field: 'amount', op: 'ge', value: '12345678901234567890.01' })).toBe(
      'amount >= 12345678901234567890.01',
    );
    expect(build({ field: 'employees', op: 'le', value: 50 })).toBe('employees <= 50');
    expect(build({ field: 'amount', op: 'eq', value: '1 OR 1' })).toBe('amount = "1 OR 1"');
  });

  it('joins conditions with AND, leaves colons in values alone, and skips unknown fields', () => {
    expect(
      build(
        { field: 'name', op: 'has', value: 'a : b' },
        { field: 'gone', op: 'eq', value: 'x' },
        { field: 'stage', op: 'eq', value: 'won' },
      ),
    ).toBe('name:"a : b" AND stage = "won"');
    expect(build()).toBe('');
  });
});

describe('anyOf', () => {
  it('looks up many keys at once', () => {
    expect(anyOf('account_number', ['C-1', 'C"2'])).toBe(
      'account_number = "C-1" OR account_number = "C\\"2"',
    );
  });
});

describe('operatorsFor', () => {
  it('offers what makes sense for the type', () => {
    expect(operatorsFor(field('x', 'text'))[0]).toBe('has');
    expect(operatorsFor(field('x', 'money'))).not.toContain('has');
    expect(operatorsFor(field('x', 'boolean'))).toEqual(['eq']);
    expect(operatorsFor(field('x', 'some_newer_type'))).toContain('eq');
  });
});

describe('parseConditions', () => {
  it('keeps only what is a condition: the address bar can hold anything', () => {
    expect(parseConditions('x')).toEqual([]);
    expect(parseConditions([null, 3, { field: 'a' }, { field: 'a', op: 'drop' }])).toEqual([]);
    expect(parseConditions([{ field: 'a', op: 'eq', value: 1 }])).toHaveLength(1);
  });
});

describe('order', () => {
  it('reads and writes the order_by of the server', () => {
    expect(parseOrder('amount desc')).toEqual({ field: 'amount', descending: true });
    expect(parseOrder(' name ')).toEqual({ field: 'name', descending: false });
    expect(parseOrder(undefined)).toBeUndefined();
    expect(formatOrder({ field: 'amount', descending: true })).toBe('amount desc');
    expect(formatOrder(undefined)).toBeUndefined();
  });

  it('goes up, down and back to none', () => {
    const up = nextOrder(undefined, 'name');
    const down = nextOrder(up, 'name');
    expect([up?.descending, down?.descending, nextOrder(down, 'name')]).toEqual([
      false,
      true,
      undefined,
    ]);
    const first = { field: 'close_date', descending: true };
    expect(nextOrder(first, 'close_date', first)?.descending).toBe(false);
    expect(nextOrder(down, 'name', first)).toBeUndefined();
    expect(nextOrder(down, 'amount')).toEqual({ field: 'amount', descending: false });
  });
});
