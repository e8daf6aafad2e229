import { describe, expect, test } from 'vitest';
import type { Automation } from '../api/settings';
import type { Field, ObjectModel } from '../api/types';
import {
  actionsText,
  bodyOf,
  controlField,
  draftOf,
  gapsOf,
  newAction,
  newDraft,
  pointersOf,
  triggerText,
} from './automationDraft';

const field = (name: string, type: string, label = name): Field => ({
  name,
  label,
  type,
  required: false,
  unique: false,
  read_only: false,
  searchable: false,
});
const object = (name: string, fields: Field[]): ObjectModel => ({
  name,
  plural: `${name}s`,
  label: name[0]?.toUpperCase() + name.slice(1),
  label_plural: `${name}s`,
  title_field: 'name',
  fields,
});
const deal = object('opportunity', [
  field('stage', 'text', 'Stage'),
  field('amount', 'money', 'Amount'),
  field('seats', 'integer', 'Seats'),
  field('tags', 'multi_select', 'Tags'),
]);
const models = [deal, object('activity', [field('subject', 'text'), field('type', 'select')])];

const chase: Automation = {
  id: '1',
  name: 'Chase',
  object: 'opportunity',
  on: ['create', 'update'],
  condition: 'amount > 100',
  changed: [],
  every_time: false,
  position: 3,
  is_active: true,
  actions: [
    { set: { stage: 'proposal' } },
    { create_activity: { subject: 'Call {{name}}', type: 'call', due_in_days: 2 } },
    { assign: { round_robin: ['a', 'b'] } },
    { assign: { owner_id: 'a' } },
    { call_webhook: { webhook_id: 'w' } },
  ],
};

describe('an automation in a form', () => {
  test('comes out as it went in', () => {
    const { id: _, ...whole } = chase;
    expect(bodyOf(draftOf(chase), models)).toEqual(whole);
    const changed = { ...chase, on: ['update' as const], changed: ['stage'] };
    expect(bodyOf(draftOf(changed), models)).toMatchObject({ on: ['update'], changed: ['stage'] });
    const every = { ...chase, every_time: true };
    expect(bodyOf(draftOf(every), models)).toMatchObject({ every_time: true, changed: [] });
  });

  test('leaves out what an automation of creates cannot have', () => {
    const draft = { ...draftOf({ ...chase, changed: ['stage'] }), onUpdate: false };
    expect(bodyOf(draft, models)).toMatchObject({ on: ['create'], changed: [], every_time: false });
  });

  test('sends values as their fields want them, and marks as texts', () => {
    const action = {
      ...newAction('set'),
      rows: [
        { field: 'seats', value: '12' },
        { field: 'amount', value: '10.50' },
        { field: 'stage', value: ' {{today}} ' },
        { field: 'tags', value: 'a, b' },
        { field: '', value: 'lost' },
      ],
    };
    const body = bodyOf({ ...newDraft('opportunity'), actions: [action] }, models);
    expect(body.actions).toEqual([
      { set: { seats: 12, amount: '10.50', stage: '{{today}}', tags: ['a', 'b'] } },
    ]);
  });

  test('lets the server judge what is no number', () => {
    const due = { ...newAction('create_activity'), due: 'soon' };
    const draft = { ...newDraft('opportunity'), position: '1.5', actions: [due] };
    const body = bodyOf(draft, models);
    expect(body.position).toBe('1.5');
    expect(body.actions[0]).toMatchObject({ create_activity: { due_in_days: 'soon' } });
  });

  test('has a place for each error', () => {
    const places = pointersOf(draftOf(chase));
    for (const place of [
      '/condition',
      '/actions/0/set/stage',
      '/actions/1/create_activity/due_in_days',
      '/actions/2',
    ]) {
      expect(places).toContain(place);
    }
  });
});

test('what is not chosen yet is said before anything is sent', () => {
  const kinds = ['set', 'owner', 'round_robin', 'call_webhook', 'create_activity'] as const;
  const draft = { ...newDraft('opportunity'), actions: kinds.map(newAction) };
  expect(gapsOf(draft)).toEqual({
    '/actions/0': 'Choose a field to set.',
    '/actions/1': 'Choose who gets it.',
    '/actions/2': 'Choose who gets it.',
    '/actions/3': 'Choose a webhook.',
  });
  expect(gapsOf(draftOf(chase))).toEqual({});
});

test('dates and numbers are typed, choices are chosen', () => {
  expect(controlField(field('close_date', 'date')).type).toBe('text');
  expect(controlField(field('seats', 'integer')).type).toBe('text');
  expect(controlField(field('owner_id', 'relation')).type).toBe('relation');
  expect(controlField(field('type', 'select')).type).toBe('select');
});

test('an automation in words', () => {
  expect(triggerText(chase, deal)).toBe(
    'When an opportunity is created or changed and amount > 100',
  );
  expect(triggerText({ ...chase, on: ['update'], changed: ['stage'], condition: '' }, deal)).toBe(
    'When an opportunity is changed in Stage',
  );
  expect(actionsText(chase, deal)).toBe(
    'sets Stage, makes an activity, gives it to 2 people in turn, gives it to somebody, calls a webhook',
  );
});
