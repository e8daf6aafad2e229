import { expect, test } from 'vitest';
import type { DuplicateRule } from '../api/settings';
import type { Field, ObjectModel } from '../api/types';
import { comparedFields, methodFor, ruleText } from './duplicateRuleText';

const field = (name: string, type: string, label: string): Field => ({
  name,
  label,
  type,
  required: false,
  unique: false,
  read_only: false,
  searchable: false,
});
const contact: ObjectModel = {
  name: 'contact',
  plural: 'contacts',
  label: 'Contact',
  label_plural: 'Contacts',
  title_field: 'name',
  fields: [
    field('last_name', 'text', 'Last name'),
    field('phone', 'phone', 'Phone'),
    field('website', 'url', 'Website'),
    field('birthdate', 'date', 'Birthdate'),
    field('owner_id', 'relation', 'Owner'),
  ],
};
const rule = (match: DuplicateRule['match']): DuplicateRule => ({
  id: '1',
  object: 'contact',
  match,
  action: 'warn',
  is_active: true,
});

test('a rule reads as a sentence', () => {
  const text = (match: DuplicateRule['match']) => ruleText(rule(match), [contact]);
  expect(text([{ field: 'phone', method: 'phone' }])).toBe('Contacts with the same phone');
  expect(
    text([
      { field: 'phone', method: 'phone' },
      { field: 'website', method: 'domain' },
      { field: 'last_name', method: 'name' },
    ]),
  ).toBe('Contacts with the same phone, domain of website and last name');
});

test('a rule about what is gone names it as it was', () => {
  expect(ruleText(rule([{ field: 'gone', method: 'exact' }]), [])).toBe(
    'contact with the same gone',
  );
});

test('only texts are compared, each in its own way', () => {
  expect(comparedFields(contact).map((each) => each.name)).toEqual([
    'last_name',
    'phone',
    'website',
  ]);
  expect(comparedFields(contact).map(methodFor)).toEqual(['name', 'phone', 'domain']);
  expect(methodFor(undefined)).toBe('exact');
});
