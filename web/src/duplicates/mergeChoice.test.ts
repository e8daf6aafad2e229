import { describe, expect, test } from 'vitest';
import type { CrmRecord, Field, ObjectModel } from '../api/types';
import { chosenFields, compare, inOrder, ownChoice } from './mergeChoice';

const field = (name: string, more: Partial<Field> = {}): Field => ({
  name,
  label: name,
  type: 'text',
  required: false,
  unique: false,
  read_only: false,
  searchable: false,
  ...more,
});
const contact: ObjectModel = {
  name: 'contact',
  plural: 'contacts',
  label: 'Contact',
  label_plural: 'Contacts',
  title_field: 'name',
  fields: [
    field('id', { type: 'id', read_only: true }),
    field('name', { read_only: true }),
    field('phone'),
    field('email'),
    field('city'),
    field('regions', { type: 'multi_select' }),
    field('tags', { type: 'multi_select' }),
  ],
};
const record = (id: string, values: Record<string, string | string[] | null>): CrmRecord => ({
  id,
  version: 1,
  created_at: '',
  updated_at: '',
  ...values,
});
const a = record('a', { name: 'A', phone: '1', email: null, city: 'Erie', tags: ['x'] });
const b = record('b', { name: 'B', phone: '2', email: 'b@x.example', city: 'Erie', tags: ['y'] });
const c = record('c', { name: 'C', phone: null, email: 'c@x.example', city: 'Erie', tags: null });
const phone = contact.fields[2] as Field;
const email = contact.fields[3] as Field;

test('only fields that differ have to be decided', () => {
  const { differing, same } = compare(contact, [a, b, c]);
  expect(differing.map((each) => each.name)).toEqual(['phone', 'email']);
  expect(same.map((each) => each.name)).toEqual(['city']);
});

test('fields of several values are united, not chosen', () => {
  const one = record('1', { regions: ['n'], tags: ['x'] });
  const two = record('2', { regions: ['s'], tags: null });
  expect(compare(contact, [one, two])).toEqual({ differing: [], same: [] });
  expect(chosenFields(contact, [one, two], '1', { regions: '2' })).toEqual({});
});

test('by itself a field takes the value of the winner, or the first there is', () => {
  expect(ownChoice(phone, [a, b, c], 'b')).toBe('b');
  expect(ownChoice(phone, [a, b, c], 'c')).toBe('a');
  expect(ownChoice(email, [a, b, c], 'a')).toBe('b');
  expect(ownChoice(field('fax'), [a, b, c], 'b')).toBe('b');
});

test('the winner comes first', () => {
  expect(inOrder([a, b, c], 'c').map((each) => each.id)).toEqual(['c', 'a', 'b']);
});

describe('what is sent', () => {
  test('is nothing when nobody chose', () => {
    expect(chosenFields(contact, [a, b, c], 'a', {})).toEqual({});
  });
  test('is nothing when one chose what happens anyway', () => {
    expect(chosenFields(contact, [a, b, c], 'a', { phone: 'a', email: 'b' })).toEqual({});
  });
  test('is the value that was chosen otherwise, also an empty one', () => {
    expect(chosenFields(contact, [a, b, c], 'a', { phone: 'b', email: 'c' })).toEqual({
      phone: '2',
      email: 'c@x.example',
    });
    expect(chosenFields(contact, [a, b, c], 'b', { phone: 'c' })).toEqual({ phone: null });
  });
  test('forgets a record that was taken out', () => {
    expect(chosenFields(contact, [a, b], 'a', { email: 'c' })).toEqual({});
  });
});
