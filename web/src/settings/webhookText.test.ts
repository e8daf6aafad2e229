import { expect, test } from 'vitest';
import type { ObjectModel } from '../api/types';
import { aboutText, eventText } from './webhookText';

const account: ObjectModel = {
  name: 'account',
  plural: 'accounts',
  label: 'Account',
  label_plural: 'Accounts',
  title_field: 'name',
  fields: [],
};

test('what a webhook is told about', () => {
  const about = { objects: ['account', 'gone'], operations: ['update'], filter: '' };
  expect(aboutText(about, [account])).toBe('Accounts, gone · when changed');
  expect(aboutText({ objects: [], operations: [], filter: '' }, [account])).toBe(
    'All objects · when created, changed, deleted',
  );
  expect(
    aboutText({ objects: ['account'], operations: ['create'], filter: 'rating = "hot"' }, [
      account,
    ]),
  ).toBe('Accounts · when created · where rating = "hot"');
});

test('what an event tells', () => {
  expect(eventText({ type: 'record.updated', object: 'account', sequence: 1042 })).toBe(
    'account changed, change 1042',
  );
  expect(eventText({ type: 'automation.fired', object: 'account' })).toBe('automation.fired');
  expect(eventText({})).toBe('event');
});
