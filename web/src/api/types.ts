// What the server says, as it says it. Records are open maps because their fields come from the
// model at run time; everything else is closed.

export type FieldType =
  | 'id'
  | 'text'
  | 'long_text'
  | 'email'
  | 'phone'
  | 'url'
  | 'integer'
  | 'decimal'
  | 'money'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'select'
  | 'multi_select'
  | 'relation';

export interface Option {
  value: string;
  label: string;
}

export interface Field {
  name: string;
  label: string;
  // One sentence about it, where the label does not say enough.
  description?: string;
  // Types this build does not know (a newer server) are shown and edited as text.
  type: FieldType | (string & {});
  required: boolean;
  unique: boolean;
  read_only: boolean;
  searchable: boolean;
  max_length?: number;
  options?: Option[];
  relation?: { object: string };
  default?: FieldValue;
}

export interface ObjectModel {
  name: string;
  plural: string;
  label: string;
  label_plural: string;
  title_field: string;
  // The field that leads to the record it is a part of: lines of a quote, members of a campaign.
  belongs_to?: string;
  fields: Field[];
}

// Money and decimals are strings: the page never turns them into floating point.
// Several values of one field are a list of strings.
export type FieldValue = string | number | boolean | string[] | null;

export interface ExpandedRecord {
  id: string;
  object: string;
  title: string;
}

export interface CrmRecord {
  id: string;
  version: number;
  created_at: string;
  updated_at: string;
  created_by?: string | null;
  updated_by?: string | null;
  expanded?: Record<string, ExpandedRecord | null>;
  [field: string]: FieldValue | undefined | Record<string, ExpandedRecord | null>;
}

export interface RecordPage {
  items: CrmRecord[];
  next_page_token?: string;
  total_size?: number;
}

// One row of a grouped list: what its records have in common, and what was computed of them.
export interface Group {
  key: Record<string, FieldValue>;
  titles: Record<string, string>;
  values: Record<string, string | number | null>;
}

export interface GroupPage {
  items: Group[];
  totals: Record<string, string | number | null>;
}

export interface View {
  id: string;
  name: string;
  object: string;
  owner_id: string | null;
  visibility: 'private' | 'shared';
  built_in: boolean;
  filter: string;
  order_by: string;
  columns: string[];
}

export interface TrashItem {
  object: string;
  id: string;
  title: string;
  deleted_at: string;
  deleted_by: { id: string | null; name: string };
  expires_at: string;
  merged_into?: string;
}

export interface HistoryEntry {
  seq: number;
  at: string;
  op: 'create' | 'update' | 'delete' | 'restore';
  actor: { id: string; name: string } | null;
  surface: string;
  changes: Record<string, { from: FieldValue; to: FieldValue }>;
}

export interface HistoryPage {
  items: HistoryEntry[];
  next_page_token?: string;
}

export interface SearchHit {
  object: string;
  id: string;
  title: string;
  subtitle: string;
}

export interface User {
  id: string;
  name: string;
  email: string;
  role: string;
}

// Whose records something reaches; each includes the ones before it.
export type Reach = 'none' | 'own' | 'team' | 'territory' | 'all';

// What one may do with the records of an object.
export interface ObjectRights {
  read: Reach;
  create: boolean;
  update: Reach;
  delete: Reach;
  export: boolean;
  share: boolean;
}

export interface Session {
  user: User;
  workspace: { name: string; currency: string };
  // Objects that may not be read are not there.
  permissions: { administer: boolean; objects: Record<string, ObjectRights> };
  must_set_up_totp?: boolean;
}

export interface AnswerColumn {
  name: string;
  label: string;
  type: string;
}

export type AnswerCell = string | number | boolean | null;

export interface AssistantSources {
  sources: { name: string; kind: string; status: string }[];
  metrics: { name: string; label: string; format?: string }[];
  dimensions: { name: string; label: string }[];
  examples: string[];
}

export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  errors?: { field: string; code: string; detail: string }[];
}
