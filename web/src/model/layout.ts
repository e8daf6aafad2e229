import type { CrmRecord, Field, ObjectModel } from '../api/types';
import { isNumeric } from './format';

// Which fields a list or a card shows first. The model says what exists; these are only a sensible
// first choice for the standard objects, and any object or field without an entry still works.

const firstColumns: Record<string, string[]> = {
  account: [
    'account_number',
    'type',
    'industry',
    'rating',
    'annual_revenue',
    'billing_city',
    'territory_id',
    'owner_id',
  ],
  contact: ['title', 'account_id', 'email', 'phone', 'department', 'owner_id'],
  lead: ['company', 'title', 'status', 'rating', 'email', 'phone', 'lead_source', 'owner_id'],
  opportunity: [
    'account_id',
    'stage',
    'amount',
    'probability',
    'product_id',
    'engage_date',
    'close_date',
    'owner_id',
  ],
  product: ['product_code', 'family', 'vendor', 'list_price', 'unit_of_measure', 'is_active'],
  activity: ['type', 'status', 'priority', 'account_id', 'occurred_at', 'due_at', 'owner_id'],
  territory: ['region', 'parent_id', 'description'],
  quote: ['name', 'status', 'account_id', 'grand_total', 'expiration_date', 'owner_id'],
  quote_line: ['product_id', 'quantity', 'unit_price', 'discount', 'total_price'],
  opportunity_line: ['product_id', 'quantity', 'unit_price', 'discount', 'total_price'],
  case: ['case_number', 'status', 'priority', 'account_id', 'queue_id', 'sla_due_at', 'owner_id'],
  campaign: ['type', 'status', 'start_date', 'end_date', 'member_count', 'responded_count'],
  campaign_member: ['contact_id', 'lead_id', 'status', 'has_responded'],
  price_list_entry: ['product_id', 'unit_price', 'is_active'],
  stage: ['pipeline_id', 'position', 'probability', 'category', 'forecast_category'],
  user: ['email', 'role', 'title', 'manager_name', 'territory_id', 'is_active'],
};

const cardColumns: Record<string, string[]> = {
  account: ['type', 'industry', 'annual_revenue'],
  contact: ['title', 'phone'],
  lead: ['company', 'status'],
  opportunity: ['stage', 'amount', 'close_date'],
  product: ['family', 'list_price'],
  activity: ['type', 'status', 'due_at'],
  territory: ['region'],
  quote: ['status', 'grand_total', 'expiration_date'],
  quote_line: ['quantity', 'unit_price', 'total_price'],
  opportunity_line: ['quantity', 'unit_price', 'total_price'],
  case: ['status', 'priority', 'sla_due_at'],
  campaign_member: ['status', 'has_responded'],
  user: ['title', 'email'],
};

const facts: Record<string, string[]> = {
  account: ['type', 'rating', 'industry', 'annual_revenue', 'territory_id', 'owner_id'],
  contact: ['title', 'account_id', 'email', 'phone', 'owner_id'],
  lead: ['status', 'rating', 'company', 'owner_id'],
  opportunity: ['stage', 'amount', 'probability', 'close_date', 'account_id', 'owner_id'],
  product: ['product_code', 'family', 'list_price', 'is_active'],
  activity: ['type', 'status', 'priority', 'account_id', 'due_at'],
  territory: ['region', 'parent_id'],
  quote: ['status', 'grand_total', 'account_id', 'opportunity_id', 'expiration_date'],
  case: ['status', 'priority', 'account_id', 'sla_due_at', 'owner_id'],
  campaign: ['status', 'start_date', 'member_count', 'responded_count'],
  user: ['role', 'title', 'email', 'territory_id'],
};

// Every record has these; the server keeps them, and pages show them in one line of their own.
const systemFields = ['id', 'version', 'created_at', 'created_by', 'updated_at', 'updated_by'];

// The fields that say something about the thing, not about its row.
export function ownFields(object: ObjectModel): Field[] {
  return object.fields.filter((field) => !systemFields.includes(field.name));
}

// Some objects are kept by the server alone: the history of a deal's stages.
export function isWritable(object: ObjectModel): boolean {
  return object.fields.some((field) => !field.read_only);
}

export function fieldNamed(object: ObjectModel, name: string): Field | undefined {
  return object.fields.find((field) => field.name === name);
}

function pick(object: ObjectModel, names: string[] | undefined, count: number): Field[] {
  const chosen = (names ?? [])
    .map((name) => fieldNamed(object, name))
    .filter((field): field is Field => field !== undefined);
  if (chosen.length > 0) return chosen;
  return ownFields(object)
    .filter((field) => field.name !== object.title_field && field.type !== 'long_text')
    .slice(0, count);
}

// The title always comes first and cannot be taken away; `chosen` is the person's own choice.
export function listColumns(object: ObjectModel, chosen?: readonly string[]): Field[] {
  const title = titleField(object);
  const rest = chosen
    ? pick(object, [...chosen], 0).filter((field) => chosen.includes(field.name))
    : pick(object, firstColumns[object.name], 7);
  return [title, ...rest.filter((field) => field.name !== title.name)];
}

export function cardFields(object: ObjectModel): Field[] {
  return pick(object, cardColumns[object.name], 3);
}

export function factFields(object: ObjectModel): Field[] {
  return pick(object, facts[object.name], 5);
}

export function titleField(object: ObjectModel): Field {
  return (
    fieldNamed(object, object.title_field) ?? {
      name: object.title_field,
      label: object.label,
      type: 'text',
      required: false,
      unique: false,
      read_only: true,
      searchable: true,
    }
  );
}

export function expandList(fields: readonly Field[]): string | undefined {
  const names = fields.filter((field) => field.type === 'relation').map((field) => field.name);
  return names.length > 0 ? names.join(',') : undefined;
}

const firstOrders: Record<string, string> = {
  opportunity: 'close_date desc',
  activity: 'occurred_at desc',
};

// How a list starts out; the fields are ones the server keeps an index of.
export function firstOrder(object: ObjectModel): string {
  const order = firstOrders[object.name];
  const field = order?.split(' ')[0];
  return order && field && fieldNamed(object, field) ? order : object.title_field;
}

export function isSortable(field: Field): boolean {
  return field.type !== 'relation' && field.type !== 'long_text';
}

export function isRightAligned(field: Field): boolean {
  return isNumeric(field.type);
}

// Width of a list column in pixels, by what it holds.
export function columnWidth(field: Field, isTitle: boolean): number {
  if (isTitle) return 212;
  switch (field.type) {
    case 'boolean':
      return 90;
    case 'integer':
    case 'date':
      return 108;
    case 'money':
    case 'decimal':
      return 142;
    case 'select':
      return 118;
    case 'datetime':
      return 160;
    case 'email':
      return 200;
    case 'relation':
      return 140;
    default:
      return 130;
  }
}

export interface RelatedList {
  object: ObjectModel;
  field: Field;
}

// Every list that hangs on a record: all relations of all objects that point at it. Activities are
// left out because they are the timeline.
export function relatedLists(objects: readonly ObjectModel[], target: ObjectModel): RelatedList[] {
  const lists: RelatedList[] = [];
  for (const object of objects) {
    if (object.name === 'activity') continue;
    for (const field of ownFields(object)) {
      if (field.relation?.object === target.name) lists.push({ object, field });
    }
  }
  const order = ['contact', 'opportunity', 'account', 'lead'];
  const rank = (list: RelatedList) => {
    const at = order.indexOf(list.object.name);
    return at < 0 ? order.length : at;
  };
  return lists.sort((a, b) => rank(a) - rank(b));
}

// Relations that say who keeps a record, not what it is about.
const ownership = ['owner_id', 'created_by', 'updated_by'];

export function activityLink(
  objects: readonly ObjectModel[],
  target: ObjectModel,
): Field | undefined {
  return objects
    .find((object) => object.name === 'activity')
    ?.fields.find(
      (field) => field.relation?.object === target.name && !ownership.includes(field.name),
    );
}

// Where the objects of a workspace stand in the navigation: what people work with all day, then the
// rest. Parts of other records (lines, members) are reached from those.
const everyday = [
  'account',
  'contact',
  'opportunity',
  'lead',
  'activity',
  'quote',
  'case',
  'campaign',
  'product',
  'territory',
  'user',
];
// What is set up once, attached to records, or kept by the server.
const background = [
  'price_list',
  'pipeline',
  'queue',
  'team',
  'tag',
  'attachment',
  'stage',
  'territory_rule',
];

export function navigationOf(objects: readonly ObjectModel[]): {
  main: ObjectModel[];
  more: ObjectModel[];
} {
  const rank = (object: ObjectModel) => {
    const at = everyday.indexOf(object.name);
    return at < 0 ? everyday.length : at;
  };
  const whole = objects.filter((object) => !object.belongs_to);
  return {
    main: whole
      .filter((object) => !background.includes(object.name))
      .sort((a, b) => rank(a) - rank(b)),
    more: objects.filter((object) => background.includes(object.name)),
  };
}

export type Tone = 'neutral' | 'good' | 'bad' | 'warm' | 'cool';

const tones: Record<string, Tone> = {
  won: 'good',
  customer: 'good',
  completed: 'good',
  qualified: 'good',
  converted: 'good',
  lost: 'bad',
  unqualified: 'bad',
  former: 'bad',
  hot: 'bad',
  high: 'warm',
  warm: 'warm',
  negotiation: 'warm',
  proposal: 'warm',
  engaging: 'cool',
  prospecting: 'cool',
  prospect: 'cool',
  partner: 'cool',
  cold: 'cool',
  new: 'cool',
  open: 'cool',
  contacted: 'cool',
  admin: 'cool',
};

export function toneOf(value: unknown): Tone {
  return (typeof value === 'string' ? tones[value] : undefined) ?? 'neutral';
}

// A relation's target when the record was read with `expand`.
export function expandedOf(record: CrmRecord, field: Field) {
  return record.expanded?.[field.name] ?? undefined;
}
