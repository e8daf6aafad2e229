import type { Field, FieldValue } from './types';

// Conditions as the page keeps them (in the address bar), and the server's filter language
// (a subset of AIP-160) made from them.

export type Operator = 'eq' | 'ne' | 'has' | 'gt' | 'ge' | 'lt' | 'le' | 'empty' | 'filled';

export interface Condition {
  field: string;
  op: Operator;
  value?: FieldValue;
  // How the value reads for a person, when that is not the value itself (a relation's title).
  label?: string;
}

export const operatorLabels: Record<Operator, string> = {
  eq: 'is',
  ne: 'is not',
  has: 'contains',
  gt: 'is more than',
  ge: 'is at least',
  lt: 'is less than',
  le: 'is at most',
  empty: 'is empty',
  filled: 'is not empty',
};

const symbols: Partial<Record<Operator, string>> = {
  eq: '=',
  ne: '!=',
  has: ':',
  gt: '>',
  ge: '>=',
  lt: '<',
  le: '<=',
};

export function operatorsFor(field: Field): Operator[] {
  switch (field.type) {
    case 'integer':
    case 'decimal':
    case 'money':
      return ['ge', 'le', 'eq', 'empty', 'filled'];
    case 'date':
    case 'datetime':
      return ['ge', 'lt', 'empty', 'filled'];
    case 'boolean':
      return ['eq'];
    case 'multi_select':
      return ['has', 'empty', 'filled'];
    case 'select':
    case 'relation':
      return ['eq', 'ne', 'empty', 'filled'];
    default:
      return ['has', 'eq', 'empty', 'filled'];
  }
}

export function needsValue(op: Operator): boolean {
  return op !== 'empty' && op !== 'filled';
}

// Quotes text for the filter language; only the quote and the backslash are special inside.
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function literal(value: FieldValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return quote(value[0] ?? '');
  return String(value);
}

const numberText = /^-?\d+(\.\d+)?$/;

export function buildFilter(conditions: readonly Condition[], fields: readonly Field[]): string {
  const parts: string[] = [];
  for (const condition of conditions) {
    const field = fields.find((candidate) => candidate.name === condition.field);
    // A condition from an old link may name a field that is gone; the list then shows without it.
    if (!field) continue;
    if (condition.op === 'empty') parts.push(`${field.name} = null`);
    else if (condition.op === 'filled') parts.push(`${field.name} != null`);
    else parts.push(`${field.name} ${symbols[condition.op]} ${operand(field, condition.value)}`);
  }
  return parts.map((part) => part.replace(' : ', ':')).join(' AND ');
}

function operand(field: Field, value: FieldValue | undefined): string {
  const numeric = ['integer', 'decimal', 'money'].includes(field.type);
  // Decimals stay text all the way: 0.1 is written as the person wrote it.
  if (numeric && typeof value === 'string' && numberText.test(value)) return value;
  return literal(value);
}

// `field = "a" OR field = "b" ...`, for looking up many keys in one call.
export function anyOf(field: string, values: readonly string[]): string {
  return values.map((value) => `${field} = ${quote(value)}`).join(' OR ');
}

export function parseConditions(value: unknown): Condition[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (item): item is Condition =>
      item !== null &&
      typeof item === 'object' &&
      typeof item.field === 'string' &&
      typeof item.op === 'string' &&
      item.op in operatorLabels,
  );
}

// The server's sort order as one column and a direction; the page sorts by one column at a time.
export interface Order {
  field: string;
  descending: boolean;
}

export function parseOrder(text: string | undefined): Order | undefined {
  const [field, direction] = (text ?? '').trim().split(/\s+/);
  return field ? { field, descending: direction?.toLowerCase() === 'desc' } : undefined;
}

export function formatOrder(order: Order | undefined): string | undefined {
  return order && (order.descending ? `${order.field} desc` : order.field);
}

// One click sorts up, the next down, the third goes back to the order the list starts with, unless
// that is the very order one wants to leave.
export function nextOrder(
  current: Order | undefined,
  field: string,
  first?: Order,
): Order | undefined {
  if (current?.field !== field) return { field, descending: false };
  if (!current.descending) return { field, descending: true };
  return first?.field === field && first.descending ? { field, descending: false } : undefined;
}
