import { queryOptions } from '@tanstack/react-query';
import { request, withQuery } from './client';
import type { GroupPage, Reach } from './types';

// What administrators set up for everybody: roles, webhooks, automations, rules about duplicates.

export type FieldAccess = 'none' | 'read' | 'write';

// What a role may do with the records of an object. What is left out is as in the entry `*`, and what
// stands nowhere is not allowed.
export interface RoleEntry {
  read?: Reach;
  create?: boolean;
  update?: Reach;
  delete?: Reach;
  export?: boolean;
  share?: boolean;
  fields?: Record<string, FieldAccess>;
}

export interface Role {
  name: string;
  label: string;
  description: string;
  built_in: boolean;
  objects: Record<string, RoleEntry>;
}

export const rolesQuery = queryOptions({
  queryKey: ['settings', 'roles'],
  queryFn: async () => (await request<{ items: Role[] }>('GET', '/roles')).items,
});

// How many people have each role. Below `records`, since users are records that others change.
export const roleCountsQuery = queryOptions({
  queryKey: ['records', 'users', 'groups', 'by-role'],
  queryFn: async () => {
    const { items } = await request<GroupPage>(
      'GET',
      withQuery('/users/groups', { group_by: 'role', aggregate: 'count' }),
    );
    return new Map(items.map((group) => [String(group.key.role), Number(group.values.count)]));
  },
});

export interface Webhook {
  id: string;
  url: string;
  description: string;
  objects: string[];
  operations: string[];
  filter: string;
  is_active: boolean;
  created_at: string;
  delivered_sequence: number;
  failed_attempts: number;
  next_attempt_at: string | null;
  last_success_at: string | null;
  last_error: string | null;
  secret?: string;
}

export interface DeadLetter {
  id: string;
  event: Record<string, unknown>;
  failed_at: string;
  error: string;
}

export const webhooksQuery = queryOptions({
  queryKey: ['settings', 'webhooks'],
  queryFn: async () => (await request<{ items: Webhook[] }>('GET', '/webhooks')).items,
});

export function webhookQuery(id: string) {
  return queryOptions({
    queryKey: ['settings', 'webhooks', id],
    queryFn: () => request<Webhook>('GET', `/webhooks/${id}`),
  });
}

export type ValueMap = Record<string, unknown>;

export type Action =
  | { set: ValueMap }
  | { assign: { owner_id: string } | { round_robin: string[] } }
  | { create_activity: ValueMap }
  | { call_webhook: { webhook_id: string } };

export interface Automation {
  id: string;
  name: string;
  object: string;
  on: ('create' | 'update')[];
  condition: string;
  changed: string[];
  every_time: boolean;
  position: number;
  is_active: boolean;
  actions: Action[];
}

export interface AutomationRun {
  id: string;
  automation_id: string;
  name: string;
  at: string;
  object: string;
  record_id: string;
  outcome: 'done' | 'failed' | 'skipped';
  actions: string[];
  error: string | null;
}

export const automationsQuery = queryOptions({
  queryKey: ['settings', 'automations'],
  queryFn: async () => (await request<{ items: Automation[] }>('GET', '/automations')).items,
});

export type MatchMethod = 'exact' | 'name' | 'domain' | 'email' | 'phone';

export interface MatchTerm {
  field: string;
  method: MatchMethod;
}

export interface DuplicateRule {
  id: string;
  object: string;
  match: MatchTerm[];
  action: 'warn' | 'block';
  is_active: boolean;
}

export const duplicateRulesQuery = queryOptions({
  queryKey: ['settings', 'duplicate-rules'],
  queryFn: async () => (await request<{ items: DuplicateRule[] }>('GET', '/duplicate-rules')).items,
});
