import { describe, expect, it } from 'vitest';
import type { Field, ObjectModel } from '../api/types';
import {
  activityLink,
  columnWidth,
  expandList,
  firstOrder,
  isSortable,
  listColumns,
  navigationOf,
  relatedLists,
  toneOf,
} from './layout';

function field(name: string, type = 'text', target?: string): Field {
  return {
    name,
    label: name,
    type,
    required: false,
    unique: false,
    read_only: false,
    searchable: false,
    ...(target ? { relation: { object: target } } : {}),
  };
}

function object(name: string, ...fields: Field[]): ObjectModel {
  return {
    name,
    plural: `${name}s`,
    label: name,
    label_plural: `${name}s`,
    title_field: 'name',
    fields,
  };
}

const account = object(
  'account',
  field('name'),
  field('type', 'select'),
  field('parent_id', 'relation', 'account'),
);
const contact = object('contact', field('name'), field('account_id', 'relation', 'account'));
const boat = object(
  'boat',
  field('length', 'decimal'),
  field('name'),
  field('notes', 'long_text'),
  field('owner_account', 'relation', 'account'),
);
const activity = object(
  'activity',
  field('name'),
  field('account_id', 'relation', 'account'),
  field('owner_id', 'relation', 'user'),
);
const withSystemFields = object(
  'crate',
  field('id', 'id'),
  field('created_at', 'datetime'),
  field('created_by', 'relation', 'user'),
  field('name'),
  field('size', 'integer'),
);
const all = [activity, boat, account, contact];

describe('listColumns', () => {
  it('puts the title first and works for an object nobody wrote a choice for', () => {
    expect(listColumns(boat).map((column) => column.name)).toEqual([
      'name',
      'length',
      'owner_account',
    ]);
  });

  it('leaves the fields of the row itself out unless they are asked for', () => {
    expect(listColumns(withSystemFields).map((column) => column.name)).toEqual(['name', 'size']);
    expect(listColumns(withSystemFields, ['created_at']).map((column) => column.name)).toEqual([
      'name',
      'created_at',
    ]);
    const user = object('user', field('name'));
    expect(relatedLists([withSystemFields, user], user)).toEqual([]);
  });

  it('ignores first choices the model does not have', () => {
    expect(listColumns(account).map((column) => column.name)).toEqual(['name', 'type']);
  });

  it('follows the person, even to no column but the title', () => {
    expect(listColumns(boat, ['notes', 'gone']).map((column) => column.name)).toEqual([
      'name',
      'notes',
    ]);
    expect(listColumns(boat, []).map((column) => column.name)).toEqual(['name']);
  });
});

describe('relations', () => {
  it('finds every list that hangs on a record, custom objects included, activities apart', () => {
    expect(
      relatedLists(all, account).map((list) => `${list.object.name}.${list.field.name}`),
    ).toEqual(['contact.account_id', 'account.parent_id', 'boat.owner_account']);
  });

  it('knows how activities point at an object, ownership not counting', () => {
    expect(activityLink(all, account)?.name).toBe('account_id');
    expect(activityLink(all, object('user', field('name')))).toBeUndefined();
  });

  it('expands relations only', () => {
    expect(expandList(boat.fields)).toBe('owner_account');
    expect(expandList([field('name')])).toBeUndefined();
  });
});

describe('firstOrder', () => {
  it('is by title, or by what the object is followed by', () => {
    expect(firstOrder(account)).toBe('name');
    expect(firstOrder(boat)).toBe('name');
    const deal = object('opportunity', field('name'), field('close_date', 'date'));
    expect(firstOrder(deal)).toBe('close_date desc');
    expect(firstOrder(object('opportunity', field('name')))).toBe('name');
  });
});

describe('columns', () => {
  it('sorts by what has an order', () => {
    expect(isSortable(field('amount', 'money'))).toBe(true);
    expect(isSortable(field('account_id', 'relation'))).toBe(false);
  });

  it('has a width and a tone for anything', () => {
    expect(columnWidth(field('x', 'some_newer_type'), false)).toBeGreaterThan(0);
    expect(toneOf('won')).toBe('good');
    expect(toneOf('unheard_of')).toBe('neutral');
    expect(toneOf(null)).toBe('neutral');
  });
});

describe('navigationOf', () => {
  it('puts everyday objects first, set-up under more, and leaves parts of records out', () => {
    const line = {
      ...object('quote_line', field('quote_id', 'relation', 'quote')),
      belongs_to: 'quote_id',
    };
    const all = [object('tag'), object('user'), object('machine'), line, object('account')];
    const { main, more } = navigationOf(all);
    expect(main.map((one) => one.name)).toEqual(['account', 'user', 'machine']);
    expect(more.map((one) => one.name)).toEqual(['tag']);
  });
});
