import { describe, expect, test } from 'vitest';
import type { Role } from '../api/settings';
import {
  draftOf,
  inherited,
  nameFor,
  rolePatch,
  summaryOf,
  withFields,
  withMember,
  withoutObject,
} from './roleDraft';

const rep: Role = {
  name: 'sales_rep',
  label: 'Sales rep',
  description: '',
  built_in: false,
  objects: {
    '*': { read: 'territory', create: true, update: 'own', delete: 'none', export: false },
    account: { fields: { annual_revenue: 'none' } },
    case: { read: 'none' },
  },
};

describe('the patch of a role', () => {
  const draft = draftOf(rep);

  test('is nothing when nothing was changed', () => {
    expect(rolePatch(draft, draftOf(rep))).toBeUndefined();
  });

  test('holds the cell that was changed, and no other', () => {
    expect(rolePatch(draft, withMember(draft, '*', 'update', 'team'))).toEqual({
      objects: { '*': { update: 'team' } },
    });
  });

  test('takes back what is to be as for the others', () => {
    expect(rolePatch(draft, withMember(draft, 'case', 'read', undefined))).toEqual({
      objects: { case: { read: null } },
    });
  });

  test('adds an object, and takes one away', () => {
    expect(rolePatch(draft, withMember(draft, 'lead', 'export', true))).toEqual({
      objects: { lead: { export: true } },
    });
    expect(rolePatch(draft, withoutObject(draft, 'case'))).toEqual({ objects: { case: null } });
  });

  test('names the fields that changed', () => {
    const fields = { annual_revenue: 'read', name: 'read' } as const;
    expect(rolePatch(draft, withFields(draft, 'account', fields))).toEqual({
      objects: { account: { fields: { annual_revenue: 'read', name: 'read' } } },
    });
    expect(rolePatch(draft, withFields(draft, 'account', {}))).toEqual({
      objects: { account: { fields: null } },
    });
  });

  test('holds the words', () => {
    expect(rolePatch(draft, { ...draft, label: 'Rep', description: 'Sells.' })).toEqual({
      label: 'Rep',
      description: 'Sells.',
    });
  });
});

test('changing a draft leaves the role as it was', () => {
  const draft = draftOf(rep);
  withMember(draft, 'account', 'read', 'all');
  withFields(draft, 'account', { name: 'none' });
  expect(draftOf(rep)).toEqual(draft);
});

test('what stands nowhere is not allowed', () => {
  expect(inherited(rep.objects, 'read')).toBe('territory');
  expect(inherited(rep.objects, 'share')).toBe(false);
  expect(inherited({}, 'read')).toBe('none');
});

test('a role in a line', () => {
  expect(summaryOf(rep)).toBe(
    'Sees their territory’s, creates records, changes their own; 2 objects differ',
  );
  expect(summaryOf({ ...rep, objects: { '*': { read: 'all' } } })).toBe(
    'Sees everything and changes nothing',
  );
  expect(summaryOf({ ...rep, objects: { '*': { read: 'own', delete: 'own' }, lead: {} } })).toBe(
    'Sees their own, deletes their own; one object differs',
  );
});

test('a name for programs', () => {
  expect(nameFor('Sales rep (East)')).toBe('sales_rep_east');
  expect(nameFor('  2nd Vertrieb für Öl')).toBe('nd_vertrieb_fur_ol');
  expect(nameFor('x'.repeat(60))).toHaveLength(40);
  expect(nameFor('!')).toBe('');
});
