import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { request } from '../api/client';
import { useModel } from '../api/queries';
import type { CrmRecord, Field, FieldValue, ObjectModel } from '../api/types';
import { titleOf } from '../model/format';
import { ownFields } from '../model/layout';
import { FieldControl } from '../records/FieldControl';
import { RelationPicker } from '../records/RelationPicker';
import { Icon, type IconName } from '../ui/Icon';
import { SelectField } from '../ui/SelectField';
import { TextField } from '../ui/TextField';
import {
  type ActionDraft,
  type ActionKind,
  actionKinds,
  controlField,
  newAction,
  type ValueRow,
} from './automationDraft';

interface ActionFieldsProps {
  action: ActionDraft;
  number: number;
  objectName: string;
  // What is wrong, by JSON pointer; this action's begin with `pointer`.
  faults: Record<string, string>;
  pointer: string;
  webhooks: { id: string; url: string; description: string }[];
  onChange: (action: ActionDraft) => void;
  onUp?: () => void;
  onDown?: () => void;
  onRemove?: () => void;
}

// One action of an automation: its kind, and what that kind needs to know.
export function ActionFields(props: ActionFieldsProps) {
  const { action, number, objectName, faults, pointer, onChange } = props;
  const objects = useModel();
  const object = objects.find((each) => each.name === objectName);
  const activity = objects.find((each) => each.name === 'activity');
  const owned = object?.fields.some((field) => field.name === 'owner_id');
  const kinds = actionKinds.filter(
    ({ value }) => owned || value === action.kind || (value !== 'owner' && value !== 'round_robin'),
  );
  const whole = faults[pointer];
  return (
    <div className="action">
      <div className="action-head">
        <SelectField
          label={`Action ${number}`}
          labelHidden
          value={action.kind}
          error={whole}
          onChange={(event) =>
            onChange({ ...newAction(event.target.value as ActionKind), key: action.key })
          }
        >
          {kinds.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        <HeadButton icon="up" label={`Move action ${number} up`} onClick={props.onUp} />
        <HeadButton icon="down" label={`Move action ${number} down`} onClick={props.onDown} />
        <HeadButton icon="close" label={`Remove action ${number}`} onClick={props.onRemove} />
      </div>
      {action.kind === 'set' && object && (
        <ValueRows {...props} object={object} faultsAt={`${pointer}/set`} />
      )}
      {action.kind === 'create_activity' && activity && (
        <>
          <ValueRows {...props} object={activity} faultsAt={`${pointer}/create_activity`} />
          <TextField
            label="Due in days"
            inputMode="numeric"
            value={action.due}
            error={faults[`${pointer}/create_activity/due_in_days`]}
            hint="Empty: without a due time."
            onChange={(event) => onChange({ ...action, due: event.target.value })}
          />
        </>
      )}
      {(action.kind === 'owner' || action.kind === 'round_robin') && <Users {...props} />}
      {action.kind === 'call_webhook' && <Webhook {...props} />}
    </div>
  );
}

function HeadButton({
  icon,
  label,
  onClick,
}: {
  icon: IconName;
  label: string;
  onClick?: () => void;
}) {
  return (
    <button
      type="button"
      className="button quiet icon-only"
      aria-label={label}
      title={label}
      disabled={onClick === undefined}
      onClick={onClick}
    >
      <Icon name={icon} size={14} />
    </button>
  );
}

interface ValueRowsProps extends ActionFieldsProps {
  object: ObjectModel;
  faultsAt: string;
}

function ValueRows({ action, number, object, faults, faultsAt, onChange }: ValueRowsProps) {
  const fields = ownFields(object).filter((field) => !field.read_only);
  const setRow = (index: number, row: ValueRow) =>
    onChange({ ...action, rows: action.rows.map((each, i) => (i === index ? row : each)) });
  return (
    <div className="value-rows">
      {action.rows.map((row, index) => (
        <ValueLine
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no names of their own
          key={index}
          row={row}
          label={`Action ${number}, line ${index + 1}`}
          fields={fields.filter(
            (field) =>
              field.name === row.field || !action.rows.some((each) => each.field === field.name),
          )}
          objectName={object.name}
          fault={row.field === '' ? undefined : faults[`${faultsAt}/${row.field}`]}
          onChange={(next) => setRow(index, next)}
          onRemove={
            action.rows.length > 1
              ? () => onChange({ ...action, rows: action.rows.filter((_, i) => i !== index) })
              : undefined
          }
        />
      ))}
      <button
        type="button"
        className="button quiet small action-add"
        onClick={() => onChange({ ...action, rows: [...action.rows, { field: '', value: null }] })}
      >
        <Icon name="plus" size={13} /> Another field
      </button>
      <span className="field-hint">
        In texts {'{{name}}'} stands for that field of the record, {'{{today}}'} and {'{{now}}'} for
        the time.
      </span>
    </div>
  );
}

interface ValueLineProps {
  row: ValueRow;
  label: string;
  fields: Field[];
  objectName: string;
  fault: string | undefined;
  onChange: (row: ValueRow) => void;
  onRemove?: () => void;
}

function ValueLine({ row, label, fields, objectName, fault, onChange, onRemove }: ValueLineProps) {
  const id = useId();
  const field = fields.find((each) => each.name === row.field);
  const title = useTitle(field, row.value);
  return (
    <div className="value-row">
      <select
        className="input"
        aria-label={`${label}: field`}
        value={row.field}
        onChange={(event) => onChange({ field: event.target.value, value: null })}
      >
        <option value="">Choose a field</option>
        {fields.map((each) => (
          <option key={each.name} value={each.name}>
            {each.label}
          </option>
        ))}
        {row.field !== '' && !field && <option value={row.field}>{row.field}</option>}
      </select>
      <div className="field">
        <label htmlFor={id} className="visually-hidden">
          {label}: value
        </label>
        {field ? (
          <FieldControl
            key={field.name}
            field={controlField(field)}
            objectName={objectName}
            id={id}
            value={row.value}
            title={title}
            invalid={fault !== undefined}
            describedBy={fault ? `${id}-note` : undefined}
            onChange={(value) => onChange({ ...row, value })}
          />
        ) : (
          <input
            id={id}
            className="input"
            disabled
            value={row.value === null ? '' : String(row.value)}
          />
        )}
        {fault && (
          <span id={`${id}-note`} className="field-error" role="alert">
            {fault}
          </span>
        )}
      </div>
      <HeadButton icon="close" label={`Remove ${label.toLowerCase()}`} onClick={onRemove} />
    </div>
  );
}

// The title of a record that a stored value names.
function useTitle(field: Field | undefined, value: FieldValue): string | undefined {
  const object = useModel().find((each) => each.name === field?.relation?.object);
  const id = typeof value === 'string' && value !== '' ? value : undefined;
  return useQuery({
    queryKey: ['records', object?.plural, 'one', id, 'title'],
    queryFn: async () =>
      titleOf(object as ObjectModel, await request<CrmRecord>('GET', `/${object?.plural}/${id}`)),
    enabled: object !== undefined && id !== undefined,
  }).data;
}

function personField(objects: readonly ObjectModel[], objectName: string): Field | undefined {
  const fields = objects.find((each) => each.name === objectName)?.fields;
  const owner = fields?.find((field) => field.name === 'owner_id');
  return owner && { ...owner, required: false };
}

function Users({ action, number, objectName, onChange }: ActionFieldsProps) {
  const field = personField(useModel(), objectName);
  if (!field) return null;
  const several = action.kind === 'round_robin';
  const set = (index: number, value: FieldValue) => {
    const users = [...action.users];
    if (typeof value === 'string' && value !== '') users[index] = value;
    else users.splice(index, 1);
    onChange({ ...action, users: [...new Set(users)] });
  };
  const open = several || action.users.length === 0;
  return (
    <div className="value-rows">
      {action.users.map((user, index) => (
        <UserPicker
          key={user}
          field={field}
          label={`Action ${number}, person ${index + 1}`}
          value={user}
          onChange={(value) => set(index, value)}
        />
      ))}
      {open && (
        <UserPicker
          key={action.users.length}
          field={field}
          label={`Action ${number}, ${action.users.length > 0 ? 'another person' : 'person'}`}
          value={null}
          onChange={(value) => set(action.users.length, value)}
        />
      )}
      {several && <span className="field-hint">Who is not active any more is passed over.</span>}
    </div>
  );
}

interface UserPickerProps {
  field: Field;
  label: string;
  value: FieldValue;
  onChange: (value: FieldValue) => void;
}

function UserPicker({ field, label, value, onChange }: UserPickerProps) {
  const id = useId();
  const title = useTitle(field, value);
  return (
    <div className="field">
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <RelationPicker
        field={{ ...field, label }}
        id={id}
        value={value}
        title={title}
        onChange={onChange}
      />
    </div>
  );
}

function Webhook({ action, number, webhooks, onChange }: ActionFieldsProps) {
  const known = webhooks.some((webhook) => webhook.id === action.webhook);
  return (
    <SelectField
      label={`Action ${number}: webhook`}
      labelHidden
      value={action.webhook}
      hint={webhooks.length === 0 ? 'There are none yet: make one under Webhooks.' : undefined}
      onChange={(event) => onChange({ ...action, webhook: event.target.value })}
    >
      {!known && (
        <option value={action.webhook}>
          {action.webhook === '' ? 'Choose a webhook' : 'A webhook that is gone'}
        </option>
      )}
      {webhooks.map((webhook) => (
        <option key={webhook.id} value={webhook.id}>
          {webhook.description || webhook.url}
        </option>
      ))}
    </SelectField>
  );
}
