import { describe, expect, it } from 'vitest';
import type { CrmRecord, Field, ObjectModel } from '../api/types';
import {
  compareDecimalText,
  formatAgo,
  formatDate,
  formatDecimal,
  formatDuration,
  formatField,
  formatValue,
  instantToLocalInput,
  localInputToInstant,
  parseInstant,
  titleOf,
} from './format';

const us = { currency: 'USD', locale: 'en-US' };

function field(name: string, type: string, more: Partial<Field> = {}): Field {
  return {
    name,
    label: name,
    type,
    required: false,
    unique: false,
    read_only: false,
    searchable: false,
    ...more,
  };
}

describe('formatDecimal', () => {
  it('is exact beyond what a floating point number can hold', () => {
    expect(formatDecimal('12345678901234567890.12', { locale: 'en-US' })).toBe(
      '12,345,678,901,234,567,890.12',
    );
    expect(formatDecimal('9007199254740993.01', us)).toBe('$9,007,199,254,740,993.01');
    expect(formatDecimal('0.1000', { locale: 'en-US' })).toBe('0.1000');
  });

  it('shows cents always, or only when there are some', () => {
    expect(formatDecimal('4821', us)).toBe('$4,821.00');
    expect(formatDecimal('4821.00', { ...us, whole: true })).toBe('$4,821');
    expect(formatDecimal('4821.50', { ...us, whole: true })).toBe('$4,821.50');
    expect(formatDecimal('0.125', us)).toBe('$0.125');
    expect(formatDecimal('-3.50', us)).toBe('-$3.50');
  });

  it('leaves text that is no number alone, and survives an unknown currency', () => {
    expect(formatDecimal('n/a', us)).toBe('n/a');
    expect(formatDecimal('1.00', { currency: 'no currency', locale: 'en-US' })).toBe('1.00');
  });
});

describe('compareDecimalText', () => {
  it('orders by value, not by text or floating point', () => {
    const values = [
      '10',
      '9.5',
      '-2',
      '-10',
      '0',
      '12345678901234567890.2',
      '12345678901234567890.1',
    ];
    expect([...values].sort(compareDecimalText)).toEqual([
      '-10',
      '-2',
      '0',
      '9.5',
      '10',
      '12345678901234567890.1',
      '12345678901234567890.2',
    ]);
  });

  it('knows equal values written differently', () => {
    expect(compareDecimalText('1.50', '1.5')).toBe(0);
    expect(compareDecimalText('007', '7')).toBe(0);
    expect(compareDecimalText('-0.0', '0')).toBe(0);
  });

  it('puts text after numbers, in natural order', () => {
    expect(['C-10', 'C-9', '5'].sort(compareDecimalText)).toEqual(['5', 'C-9', 'C-10']);
  });
});

describe('dates and times', () => {
  it('shows a day as that day in every time zone', () => {
    expect(formatDate('2026-01-01', 'en-US')).toBe('Jan 1, 2026');
    expect(formatDate('soon', 'en-US')).toBe('soon');
  });

  it('reads microseconds', () => {
    expect(parseInstant('2026-11-24T10:00:00.123456Z')?.getTime()).toBe(
      Date.UTC(2026, 10, 24, 10, 0, 0, 123),
    );
    expect(parseInstant('yesterday')).toBeUndefined();
  });

  it('takes a moment through the input and back', () => {
    const local = instantToLocalInput('2026-11-24T10:05:00.000000Z');
    expect(local).toMatch(/^2026-11-2[345]T\d\d:\d5$/);
    expect(localInputToInstant(local)).toBe('2026-11-24T10:05:00.000Z');
    expect(localInputToInstant('')).toBeNull();
  });

  it('says how long ago', () => {
    const now = new Date('2026-11-24T12:00:00Z');
    expect(formatAgo('2026-11-24T11:59:40.000000Z', now, 'en-US')).toBe('just now');
    expect(formatAgo('2026-11-24T09:00:00.000000Z', now, 'en-US')).toBe('3 hours ago');
    expect(formatAgo('2026-11-26T12:00:00.000000Z', now, 'en-US')).toBe('in 2 days');
  });

  it('shortens durations', () => {
    expect(formatDuration(812.4)).toBe('812 ms');
    expect(formatDuration(1840)).toBe('1.8 s');
    expect(formatDuration(21_400)).toBe('21 s');
  });
});

describe('formatField', () => {
  const record = {
    id: '1',
    version: 1,
    created_at: '',
    updated_at: '',
    amount: '1100.5',
    stage: 'won',
    owner_id: 'u1',
    lost_id: 'x',
    expanded: { owner_id: { id: 'u1', object: 'user', title: 'Dana' } },
  } as CrmRecord;

  it('reads each type as a person would', () => {
    const stage = field('stage', 'select', { options: [{ value: 'won', label: 'Won' }] });
    expect(formatField(field('amount', 'money'), record, us)).toBe('$1,100.50');
    expect(formatField(stage, record, us)).toBe('Won');
    expect(formatField(field('owner_id', 'relation'), record, us)).toBe('Dana');
    expect(formatField(field('nothing', 'text'), record, us)).toBe('');
    expect(formatValue(field('is_active', 'boolean'), false, us)).toBe('No');
    expect(formatValue(field('year_established', 'integer'), 1996, us)).toBe('1996');
    expect(formatValue(field('employees', 'integer'), 1996, us)).toBe('1,996');
    expect(formatValue(field('shape', 'some_newer_type'), 'round', us)).toBe('round');
  });

  it('never shows an id for a related record it has no title of', () => {
    expect(formatField(field('lost_id', 'relation'), record, us)).toBe('…');
  });
});

describe('titleOf', () => {
  it('falls back when the title is empty', () => {
    const object = { label: 'Account', title_field: 'name' } as ObjectModel;
    expect(titleOf(object, { name: 'Acme' } as unknown as CrmRecord)).toBe('Acme');
    expect(titleOf(object, { name: null } as unknown as CrmRecord)).toBe('Untitled account');
  });
});
