import type { Action, Automation, ValueMap } from '../api/settings';
import type { Field, FieldValue, ObjectModel } from '../api/types';

// An automation as a form edits it: rows instead of maps, so that a line can be half filled, and what is
// sent of it.

export type ActionKind = 'set' | 'owner' | 'round_robin' | 'create_activity' | 'call_webhook';

export const actionKinds: readonly { value: ActionKind; label: string }[] = [
  { value: 'set', label: 'Set fields' },
  { value: 'owner', label: 'Give it to somebody' },
  { value: 'round_robin', label: 'Give it to several, in turn' },
  { value: 'create_activity', label: 'Make an activity' },
  { value: 'call_webhook', label: 'Call a webhook' },
];

export interface ValueRow {
  field: string;
  value: FieldValue;
}

export interface ActionDraft {
  // Tells the lines of the form apart while they move.
  key: number;
  kind: ActionKind;
  rows: ValueRow[];
  users: string[];
  webhook: string;
  // In days from then, as it was typed; only of activities.
  due: string;
}

// When an update counts.
export type UpdateMode = 'begins' | 'every' | 'changed';

export interface AutomationDraft {
  name: string;
  object: string;
  onCreate: boolean;
  onUpdate: boolean;
  mode: UpdateMode;
  changed: string[];
  condition: string;
  position: string;
  active: boolean;
  actions: ActionDraft[];
}

let lastKey = 0;

export function newAction(kind: ActionKind): ActionDraft {
  const rows =
    kind === 'create_activity'
      ? [
          { field: 'type', value: 'task' },
          { field: 'subject', value: '' },
        ]
      : [{ field: '', value: null }];
  return { key: ++lastKey, kind, rows, users: [], webhook: '', due: '' };
}

export function newDraft(object: string): AutomationDraft {
  return {
    name: '',
    object,
    onCreate: true,
    onUpdate: true,
    mode: 'begins',
    changed: [],
    condition: '',
    position: '0',
    active: true,
    actions: [newAction('set')],
  };
}

export function draftOf(automation: Automation): AutomationDraft {
  const { name, object, changed, condition, on } = automation;
  return {
    name,
    object,
    onCreate: on.includes('create'),
    onUpdate: on.includes('update'),
    mode: changed.length > 0 ? 'changed' : automation.every_time ? 'every' : 'begins',
    changed,
    condition,
    position: String(automation.position),
    active: automation.is_active,
    actions: automation.actions.map(actionDraft),
  };
}

function rowsOf(values: ValueMap): ValueRow[] {
  return Object.entries(values).map(([field, value]) => ({ field, value: value as FieldValue }));
}

function actionDraft(action: Action): ActionDraft {
  if ('set' in action) return { ...newAction('set'), rows: rowsOf(action.set) };
  if ('create_activity' in action) {
    const { due_in_days: due, ...values } = action.create_activity;
    const text = due === undefined ? '' : String(due);
    return { ...newAction('create_activity'), rows: rowsOf(values), due: text };
  }
  if ('call_webhook' in action) {
    return { ...newAction('call_webhook'), webhook: action.call_webhook.webhook_id };
  }
  return 'owner_id' in action.assign
    ? { ...newAction('owner'), users: [action.assign.owner_id] }
    : { ...newAction('round_robin'), users: action.assign.round_robin };
}

// What the server is sent. Lines without a field are left out; everything else is for it to judge.
export function bodyOf(
  draft: AutomationDraft,
  objects: readonly ObjectModel[],
): Omit<Automation, 'id'> {
  const object = objects.find((each) => each.name === draft.object);
  const activity = objects.find((each) => each.name === 'activity');
  return {
    name: draft.name,
    object: draft.object,
    on: [
      ...(draft.onCreate ? (['create'] as const) : []),
      ...(draft.onUpdate ? (['update'] as const) : []),
    ],
    condition: draft.condition,
    changed: draft.onUpdate && draft.mode === 'changed' ? draft.changed : [],
    every_time: draft.onUpdate && draft.mode === 'every',
    position: wholeNumber(draft.position) as number,
    is_active: draft.active,
    actions: draft.actions.map((action) => actionBody(action, object, activity)),
  };
}

function actionBody(
  action: ActionDraft,
  object: ObjectModel | undefined,
  activity: ObjectModel | undefined,
): Action {
  switch (action.kind) {
    case 'set':
      return { set: valuesOfRows(action.rows, object) };
    case 'owner':
      return { assign: { owner_id: action.users[0] ?? '' } };
    case 'round_robin':
      return { assign: { round_robin: action.users } };
    case 'create_activity': {
      const values = valuesOfRows(action.rows, activity);
      if (action.due.trim() !== '') values.due_in_days = wholeNumber(action.due);
      return { create_activity: values };
    }
    case 'call_webhook':
      return { call_webhook: { webhook_id: action.webhook } };
  }
}

// What is no whole number is sent as it was typed: the server says what is wrong with it.
function wholeNumber(text: string): number | string {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : text;
}

function valuesOfRows(rows: readonly ValueRow[], object: ObjectModel | undefined): ValueMap {
  const values: ValueMap = {};
  for (const { field, value } of rows) {
    if (field === '') continue;
    values[field] = wireValue(
      object?.fields.find((each) => each.name === field),
      value,
    );
  }
  return values;
}

function wireValue(field: Field | undefined, value: FieldValue): FieldValue {
  if (typeof value !== 'string' || field === undefined) return value;
  const text = value.trim();
  if (text === '') return null;
  if (field.type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (field.type === 'multi_select') return text.split(/\s*,\s*/);
  return text;
}

// The control of a value is that of its field, but where one could not write {{today}} or {{amount}}: there
// it is a text.
export function controlField(field: Field): Field {
  const typed = ['date', 'datetime', 'integer', 'decimal', 'money', 'email', 'phone', 'url'];
  return typed.includes(field.type)
    ? { ...field, type: 'text', max_length: undefined, required: false }
    : { ...field, max_length: undefined, required: false };
}

// The places of a form at which errors can stand, by JSON pointer.
export function pointersOf(draft: AutomationDraft): string[] {
  const actions = draft.actions.flatMap((action, index) => {
    const at = `/actions/${index}`;
    const name = action.kind === 'owner' || action.kind === 'round_robin' ? 'assign' : action.kind;
    const rows = action.rows.map((row) => `${at}/${name}/${row.field}`);
    return [at, `${at}/${name}/due_in_days`, ...rows];
  });
  const own = ['/name', '/object', '/on', '/condition', '/changed', '/position', '/actions'];
  return [...own, ...actions];
}

// What has to be filled in before it is sent, by the pointer of its control.
export function gapsOf({ actions }: AutomationDraft): Record<string, string> {
  const gaps: Record<string, string> = {};
  actions.forEach((action, index) => {
    const gap = gapOf(action);
    if (gap) gaps[`/actions/${index}`] = gap;
  });
  return gaps;
}

function gapOf({ kind, rows, users, webhook }: ActionDraft): string | undefined {
  switch (kind) {
    case 'set':
      return rows.some((row) => row.field !== '') ? undefined : 'Choose a field to set.';
    case 'owner':
    case 'round_robin':
      return users.length > 0 ? undefined : 'Choose who gets it.';
    case 'call_webhook':
      return webhook !== '' ? undefined : 'Choose a webhook.';
    case 'create_activity':
      return undefined;
  }
}

// When it runs, in a line.
export function triggerText(automation: Automation, object: ObjectModel | undefined): string {
  const label = (object?.label ?? automation.object).toLowerCase();
  const created = automation.on.includes('create');
  const updated = automation.on.includes('update');
  const when = [created ? 'created' : '', updated ? updateText(automation, object) : '']
    .filter((part) => part !== '')
    .join(' or ');
  const article = /^[aeiou]/.test(label) ? 'an' : 'a';
  const where = automation.condition ? ` and ${automation.condition}` : '';
  return `When ${article} ${label} is ${when}${where}`;
}

function updateText({ changed, every_time }: Automation, object: ObjectModel | undefined): string {
  if (changed.length === 0) return every_time ? 'changed in any way' : 'changed';
  const labels = changed.map(
    (name) => object?.fields.find((field) => field.name === name)?.label ?? name,
  );
  return `changed in ${labels.join(', ')}`;
}

// What it does, in a line.
export function actionsText({ actions }: Automation, object: ObjectModel | undefined): string {
  return actions
    .map((action) => {
      if ('set' in action) {
        const labels = Object.keys(action.set).map(
          (name) => object?.fields.find((field) => field.name === name)?.label ?? name,
        );
        return `sets ${labels.join(', ')}`;
      }
      if ('assign' in action) {
        return 'owner_id' in action.assign
          ? 'gives it to somebody'
          : `gives it to ${action.assign.round_robin.length} people in turn`;
      }
      return 'create_activity' in action ? 'makes an activity' : 'calls a webhook';
    })
    .join(', ');
}
