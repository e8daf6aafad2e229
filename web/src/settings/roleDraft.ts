import type { FieldAccess, Role, RoleEntry } from '../api/settings';
import type { Reach } from '../api/types';

// What is edited of a role, and the merge patch (RFC 7396) that makes the stored one the same.

export type ReachMember = 'read' | 'update' | 'delete';
export type FlagMember = 'create' | 'export' | 'share';
export type Member = ReachMember | FlagMember;

export const members: readonly { name: Member; label: string }[] = [
  { name: 'read', label: 'Sees' },
  { name: 'create', label: 'Creates' },
  { name: 'update', label: 'Changes' },
  { name: 'delete', label: 'Deletes' },
  { name: 'export', label: 'Exports' },
  { name: 'share', label: 'Shares views' },
];

export const reaches: readonly { value: Reach; label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'own', label: 'Own' },
  { value: 'team', label: 'Team' },
  { value: 'territory', label: 'Territory' },
  { value: 'all', label: 'All' },
];

export function isReach(member: Member): member is ReachMember {
  return member === 'read' || member === 'update' || member === 'delete';
}

export type RoleDraft = Pick<Role, 'label' | 'description' | 'objects'>;

export function draftOf({ label, description, objects }: Role): RoleDraft {
  return { label, description, objects: structuredClone(objects) };
}

// What counts for an object that says nothing about it itself.
export function inherited(objects: RoleDraft['objects'], member: Member): Reach | boolean {
  return objects['*']?.[member] ?? (isReach(member) ? 'none' : false);
}

export function textOf(value: Reach | boolean): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  return reaches.find((reach) => reach.value === value)?.label ?? value;
}

// The draft with another value of one cell; `undefined` is as in `*`.
export function withMember(
  draft: RoleDraft,
  object: string,
  member: Member,
  value: Reach | boolean | undefined,
): RoleDraft {
  const entry: RoleEntry = { ...draft.objects[object], [member]: value };
  if (value === undefined) delete entry[member];
  return { ...draft, objects: { ...draft.objects, [object]: entry } };
}

export function withFields(
  draft: RoleDraft,
  object: string,
  fields: Record<string, FieldAccess>,
): RoleDraft {
  const { fields: _, ...entry } = draft.objects[object] ?? {};
  const next = Object.keys(fields).length > 0 ? { ...entry, fields } : entry;
  return { ...draft, objects: { ...draft.objects, [object]: next } };
}

export function withoutObject(draft: RoleDraft, object: string): RoleDraft {
  const { [object]: _, ...objects } = draft.objects;
  return { ...draft, objects };
}

// Undefined when nothing was changed.
export function rolePatch(
  before: RoleDraft,
  after: RoleDraft,
): Record<string, unknown> | undefined {
  return mergePatch(before, after) as Record<string, unknown> | undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function mergePatch(before: unknown, after: unknown): unknown {
  if (!isMap(before) || !isMap(after)) return before === after ? undefined : after;
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(before)) {
    if (after[name] === undefined) patch[name] = null;
  }
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const change = mergePatch(before[name], value);
    if (change !== undefined) patch[name] = change;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

// What a role may do, in a line.
export function summaryOf(role: Role): string {
  const reach = (member: ReachMember) => inherited(role.objects, member) as Reach;
  const parts = [
    inherited(role.objects, 'create') ? 'creates records' : '',
    reach('update') === 'none' ? '' : `changes ${whose[reach('update')]}`,
    reach('delete') === 'none' ? '' : `deletes ${whose[reach('delete')]}`,
  ].filter((part) => part !== '');
  const sees = `Sees ${whose[reach('read')]}`;
  const line = parts.length > 0 ? [sees, ...parts].join(', ') : `${sees} and changes nothing`;
  const special = Object.keys(role.objects).filter((name) => name !== '*').length;
  if (special === 0) return line;
  return `${line}; ${special === 1 ? 'one object differs' : `${special} objects differ`}`;
}

const whose: Record<Reach, string> = {
  none: 'nothing',
  own: 'their own',
  team: 'their team’s',
  territory: 'their territory’s',
  all: 'everything',
};

// "Sales rep (East)" → sales_rep_east: what the server takes for a name.
export function nameFor(label: string): string {
  return label
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '')
    .slice(0, 40);
}
