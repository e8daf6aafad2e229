import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useSession } from '../api/queries';
import { type Pipeline, usePipelines } from '../api/sales';
import { rolesQuery } from '../api/settings';
import type { Field, FieldValue } from '../api/types';
import { instantToLocalInput, localInputToInstant, valuesOf } from '../model/format';
import { RelationPicker } from './RelationPicker';

interface FieldControlProps {
  field: Field;
  // The object that the field is of, where that decides what can be chosen.
  objectName?: string;
  id: string;
  value: FieldValue;
  // The title of the related record the value stands for, if the caller knows it.
  title?: string;
  onChange: (value: FieldValue, title?: string) => void;
  invalid?: boolean;
  describedBy?: string;
  autoFocus?: boolean;
}

// The control for one field of the model. Numbers are kept as the text the person typed: the
// server parses decimals exactly and says what is wrong with them better than a browser does.
export function FieldControl(props: FieldControlProps) {
  const { field, id, value, onChange } = props;
  const text = value === null ? '' : Array.isArray(value) ? value.join(', ') : String(value);
  if (field.name === 'stage' && props.objectName === 'opportunity') {
    return <StageControl {...props} />;
  }
  if (field.name === 'role' && props.objectName === 'user') return <RoleControl {...props} />;
  const attributes = {
    id,
    className: 'input',
    autoFocus: props.autoFocus,
    'aria-invalid': props.invalid || undefined,
    'aria-describedby': props.describedBy,
    'aria-required': field.required || undefined,
  };
  switch (field.type) {
    case 'boolean':
      return (
        <label className="check" htmlFor={id}>
          <input
            type="checkbox"
            id={id}
            checked={value === true}
            autoFocus={props.autoFocus}
            onChange={(event) => onChange(event.target.checked)}
          />
          <span>{value === true ? 'Yes' : 'No'}</span>
        </label>
      );
    case 'select':
      return (
        <select {...attributes} value={text} onChange={(e) => onChange(e.target.value || null)}>
          {(!field.required || text === '') && <option value="">—</option>}
          {field.options?.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      );
    case 'multi_select':
      if (field.options) return <SeveralOptions {...props} />;
      return (
        <input
          {...attributes}
          type="text"
          placeholder="Several, with commas between"
          value={text}
          onChange={(event) => onChange(event.target.value || null)}
        />
      );
    case 'relation':
      return <RelationPicker {...props} />;
    case 'long_text':
      return (
        <textarea
          {...attributes}
          rows={3}
          maxLength={field.max_length}
          value={text}
          onChange={(event) => onChange(event.target.value || null)}
        />
      );
    case 'datetime':
      return (
        <input
          {...attributes}
          type="datetime-local"
          value={instantToLocalInput(text)}
          onChange={(event) => onChange(localInputToInstant(event.target.value))}
        />
      );
    default:
      return (
        <input
          {...attributes}
          {...inputKind(field)}
          value={text}
          onChange={(event) => onChange(event.target.value || null)}
        />
      );
  }
}

// The stages of all pipelines there are; the server says which of them fits the record's own.
function StageControl({ id, value, onChange, invalid, describedBy, autoFocus }: FieldControlProps) {
  const pipelines = usePipelines();
  const text = typeof value === 'string' ? value : '';
  const known = pipelines.some((pipeline) => pipeline.stages.some((stage) => stage.key === text));
  const options = (pipeline: Pipeline) =>
    pipeline.stages.map((stage) => (
      <option key={stage.id} value={stage.key}>
        {stage.name}
      </option>
    ));
  return (
    <select
      id={id}
      className="input"
      value={text}
      autoFocus={autoFocus}
      aria-invalid={invalid || undefined}
      aria-describedby={describedBy}
      onChange={(event) => onChange(event.target.value || null)}
    >
      {!known && <option value={text}>{text || 'The first stage'}</option>}
      {pipelines.length === 1 && pipelines[0]
        ? options(pipelines[0])
        : pipelines.map((pipeline) => (
            <optgroup key={pipeline.id} label={pipeline.name}>
              {options(pipeline)}
            </optgroup>
          ))}
    </select>
  );
}

// The roles there are. Only administrators give them, and only they are told of all: others, who may look
// for people of a role, type its name.
function RoleControl({ id, value, onChange, invalid, describedBy, autoFocus }: FieldControlProps) {
  const { permissions } = useSession();
  const roles = useQuery({ ...rolesQuery, enabled: permissions.administer }).data ?? [];
  const text = typeof value === 'string' ? value : '';
  const attributes = {
    id,
    className: 'input',
    value: text,
    autoFocus,
    'aria-invalid': invalid || undefined,
    'aria-describedby': describedBy,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value || null),
  };
  if (!permissions.administer) return <input {...attributes} type="text" />;
  return (
    <select {...attributes}>
      {!roles.some((role) => role.name === text) && <option value={text}>{text}</option>}
      {roles.map((role) => (
        <option key={role.name} value={role.name}>
          {role.label || role.name}
        </option>
      ))}
    </select>
  );
}

function SeveralOptions({ field, id, value, onChange, describedBy }: FieldControlProps) {
  const chosen = valuesOf(value);
  const toggle = (option: string) =>
    onChange(
      chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option],
    );
  return (
    <fieldset id={id} className="several" aria-describedby={describedBy}>
      <legend className="visually-hidden">{field.label}</legend>
      {field.options?.map((option) => (
        <label key={option.value} className="check">
          <input
            type="checkbox"
            checked={chosen.includes(option.value)}
            onChange={() => toggle(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

function inputKind(field: Field): {
  type: string;
  inputMode?: 'decimal' | 'numeric';
  maxLength?: number;
} {
  switch (field.type) {
    case 'money':
    case 'decimal':
      return { type: 'text', inputMode: 'decimal' };
    case 'integer':
      return { type: 'text', inputMode: 'numeric' };
    case 'date':
      return { type: 'date' };
    case 'email':
      return { type: 'email', maxLength: field.max_length };
    case 'phone':
      return { type: 'tel', maxLength: field.max_length };
    case 'url':
      return { type: 'url', maxLength: field.max_length };
    default:
      return { type: 'text', maxLength: field.max_length };
  }
}

// What the server is sent for a control's value: integers as numbers, everything else as it is.
export function toWire(field: Field, value: FieldValue): FieldValue {
  if (field.type === 'multi_select') {
    const values = valuesOf(value);
    return values.length > 0 ? values : null;
  }
  if (typeof value !== 'string') return value;
  const trimmed = field.type === 'long_text' ? value : value.trim();
  if (trimmed === '') return null;
  if (field.type === 'integer' && /^-?\d{1,15}$/.test(trimmed)) return Number(trimmed);
  if (field.type === 'money' || field.type === 'decimal') return trimmed.replaceAll(/[,\s]/g, '');
  return trimmed;
}

export function isSame(a: FieldValue, b: FieldValue): boolean {
  return Array.isArray(a) && Array.isArray(b) ? a.join(';') === b.join(';') : a === b;
}

// A labelled control with its error underneath, or else what the model says about the field.
export function LabelledField({
  field,
  error,
  ...control
}: Omit<FieldControlProps, 'id' | 'invalid' | 'describedBy'> & { error?: string }) {
  const id = useId();
  return (
    <div className={field.type === 'long_text' ? 'field wide' : 'field'} data-field={field.name}>
      <label htmlFor={id}>
        {field.label}
        {field.required && (
          <span className="required" aria-hidden="true">
            *
          </span>
        )}
      </label>
      <FieldControl
        {...control}
        field={field}
        id={id}
        invalid={error !== undefined}
        describedBy={error || field.description ? `${id}-note` : undefined}
      />
      {error ? (
        <span id={`${id}-note`} className="field-error" role="alert">
          {error}
        </span>
      ) : (
        field.description && (
          <span id={`${id}-note`} className="field-hint">
            {field.description}
          </span>
        )
      )}
    </div>
  );
}
