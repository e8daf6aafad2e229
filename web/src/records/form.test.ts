import { describe, expect, it } from 'vitest';
import type { CrmRecord, Field } from '../api/types';
import { safeReturnPath } from '../auth/SignIn';
import { initials } from '../shell/TopBar';
import { isSame, toWire } from './FieldControl';
import { quickFields } from './QuickLog';
import { changedFields, filledFields } from './RecordForm';

const field = (name: string, type: string) => ({ name, label: name, type }) as Field;
const fields = [field('name', 'text'), field('amount', 'money'), field('employees', 'integer')];

describe('toWire', () => {
  it('sends money as text without grouping, and integers as numbers', () => {
    expect(toWire(field('amount', 'money'), ' 1,234.50 ')).toBe('1234.50');
    expect(toWire(field('employees', 'integer'), '42')).toBe(42);
  });

  it('leaves nonsense for the server to explain', () => {
    expect(toWire(field('employees', 'integer'), 'many')).toBe('many');
    expect(toWire(field('amount', 'money'), 'a lot')).toBe('alot');
  });

  it('sends several values as a list, however they were typed', () => {
    const tags = field('tags', 'multi_select');
    expect(toWire(tags, 'vip, gold ;vip2,')).toEqual(['vip', 'gold', 'vip2']);
    expect(toWire(tags, ['vip'])).toEqual(['vip']);
    expect(toWire(tags, ' , ')).toBeNull();
    expect(isSame(['a', 'b'], ['a', 'b'])).toBe(true);
    expect(isSame(['a'], null)).toBe(false);
  });

  it('takes blank text for nothing, and keeps the shape of long text', () => {
    expect(toWire(field('name', 'text'), '   ')).toBeNull();
    expect(toWire(field('body', 'long_text'), 'a\n ')).toBe('a\n ');
    expect(toWire(field('is_active', 'boolean'), false)).toBe(false);
  });
});

describe('what a form sends', () => {
  const base = { name: 'Acme', amount: '5.00', employees: 3 } as unknown as CrmRecord;

  it('only the changed fields of an existing record, cleared ones as null', () => {
    expect(changedFields(fields, base, { name: 'Acme', amount: '', employees: '4' })).toEqual({
      amount: null,
      employees: 4,
    });
    expect(changedFields(fields, base, { name: 'Acme', amount: '5.00', employees: 3 })).toEqual({});
  });

  it('only the filled fields of a new one', () => {
    expect(filledFields(fields, { name: ' Acme ', amount: null })).toEqual({ name: 'Acme' });
  });
});

describe('quickFields', () => {
  const record = { id: 'c1', account_id: 'a1' } as unknown as CrmRecord;
  const input = { record, subject: ' Hello ', body: '', due: '', userId: 'u1' };

  it('files a call on a contact under the account too', () => {
    expect(
      quickFields({ ...input, link: field('contact_id', 'relation'), kind: 'call' }),
    ).toMatchObject({
      type: 'call',
      subject: 'Hello',
      status: 'completed',
      contact_id: 'c1',
      account_id: 'a1',
      owner_id: 'u1',
    });
  });

  it('leaves a task open, with its due time', () => {
    const task = quickFields({
      ...input,
      link: field('account_id', 'relation'),
      kind: 'task',
      due: '2026-12-01T09:00',
    });
    expect(task.status).toBe('open');
    expect(task.account_id).toBe('c1');
    expect(task.due_at).toMatch(/^2026-1[12]-\d\dT.*Z$/);
    expect(task).not.toHaveProperty('body');
  });
});

describe('small things', () => {
  it('returns after sign-in to this page only', () => {
    expect(safeReturnPath('/accounts?q=x')).toBe('/accounts?q=x');
    for (const path of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '',
      undefined,
    ]) {
      expect(safeReturnPath(path)).toBe('/');
    }
  });

  it('shortens names', () => {
    expect(initials('Dana Whitfield')).toBe('DW');
    expect(initials('Cher')).toBe('C');
    expect(initials('')).toBe('?');
  });
});
