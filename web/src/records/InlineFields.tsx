import { useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { fieldErrors, isStale } from '../api/problem';
import { useRights, useSave, useSession } from '../api/queries';
import type { CrmRecord, Field, FieldValue, ObjectModel } from '../api/types';
import { formatField } from '../model/format';
import { expandedOf, ownFields } from '../model/layout';
import { Icon } from '../ui/Icon';
import { FieldText } from './Cell';
import { FieldControl, isSame, toWire } from './FieldControl';

// All fields of a record; each turns into its control when it is clicked, or on Enter.
export function InlineFields({ object, record }: { object: ObjectModel; record: CrmRecord }) {
  const [editing, setEditing] = useState<string>();
  const mayEdit = useRights(object).update !== 'none';
  const stop = (name: string) => {
    setEditing((current) => (current === name ? undefined : current));
    // Focus goes back to where the person was, so that Tab carries on to the next field.
    requestAnimationFrame(() => document.getElementById(`value-${name}`)?.focus());
  };
  return (
    <div className="card inline-fields">
      <div className="card-head">
        <h2>Details</h2>
      </div>
      <div className="inline-list">
        {ownFields(object).map((field) =>
          editing === field.name ? (
            <InlineEditor
              key={field.name}
              object={object}
              record={record}
              field={field}
              onDone={() => stop(field.name)}
            />
          ) : (
            <InlineValue
              key={field.name}
              record={record}
              field={field}
              editable={mayEdit && !field.read_only}
              onEdit={() => setEditing(field.name)}
            />
          ),
        )}
      </div>
    </div>
  );
}

interface InlineValueProps {
  record: CrmRecord;
  field: Field;
  editable: boolean;
  onEdit: () => void;
}

function InlineValue({ record, field, editable, onEdit }: InlineValueProps) {
  const context = { currency: useSession().workspace.currency };
  const text = formatField(field, record, context);
  const linked = ['relation', 'email', 'phone', 'url'].includes(field.type) && text !== '';
  return (
    <div className="inline-row" data-field={field.name}>
      <span className="inline-label" title={field.description}>
        {field.label}
      </span>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button beside it is the real control */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button beside it takes the keys */}
      <div
        className={field.type === 'long_text' ? 'inline-value long' : 'inline-value'}
        onClick={(event) => {
          if (editable && !(event.target as Element).closest('a, button')) onEdit();
        }}
      >
        {text === '' ? (
          <span className="inline-empty">—</span>
        ) : (
          <FieldText field={field} record={record} context={context} />
        )}
        {editable && (
          <button
            type="button"
            id={`value-${field.name}`}
            className={linked ? 'inline-edit beside' : 'inline-edit'}
            aria-label={`Edit ${field.label}`}
            onClick={onEdit}
          >
            <Icon name="edit" size={13} />
          </button>
        )}
      </div>
    </div>
  );
}

interface InlineEditorProps {
  object: ObjectModel;
  record: CrmRecord;
  field: Field;
  onDone: () => void;
}

function InlineEditor({ object, record, field, onDone }: InlineEditorProps) {
  const id = useId();
  const client = useQueryClient();
  const save = useSave();
  const [value, setValue] = useState<FieldValue>((record[field.name] ?? null) as FieldValue);
  const [title, setTitle] = useState(expandedOf(record, field)?.title);
  // The version that was on screen when editing began is the one a save may overwrite.
  const base = useRef({ id: record.id, version: record.version });
  const stale = isStale(save.error);
  const { byField, rest } = fieldErrors(stale ? undefined : save.error, [field.name]);
  const error = byField[field.name] ?? (rest.join(' ') || undefined);

  const commit = (next: FieldValue) => {
    if (save.isPending) return;
    const wire = toWire(field, next);
    if (isSame(wire, (record[field.name] ?? null) as FieldValue)) return onDone();
    save.mutate(
      { object, fields: { [field.name]: wire }, record: base.current },
      { onSuccess: onDone },
    );
  };
  const reload = async () => {
    await client.invalidateQueries({ queryKey: ['records'] });
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      onDone();
    } else if (
      event.key === 'Enter' &&
      (field.type !== 'long_text' || event.ctrlKey || event.metaKey)
    ) {
      event.preventDefault();
      commit(value);
    }
  };
  // Choices are made in one step; what is typed is confirmed.
  const immediate =
    ['select', 'boolean', 'relation'].includes(field.type) ||
    (field.name === 'stage' && object.name === 'opportunity');

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Enter and Esc of the control inside
    <div className="inline-row editing" data-field={field.name} onKeyDown={onKeyDown}>
      <label className="inline-label" htmlFor={id}>
        {field.label}
      </label>
      <div className="inline-control">
        <FieldControl
          field={field}
          objectName={object.name}
          id={id}
          value={value}
          title={title}
          autoFocus
          invalid={error !== undefined}
          describedBy={error ? `${id}-error` : undefined}
          onChange={(next, nextTitle) => {
            setValue(next);
            setTitle(nextTitle);
            if (immediate) commit(next);
          }}
        />
        {stale && (
          <div className="notice warm" role="alert">
            <Icon name="alert" />
            <div>
              <strong>Changed by someone else.</strong> Reload to see the newest values.
              <div className="notice-actions">
                <button type="button" className="button small" onClick={() => void reload()}>
                  <Icon name="reload" size={13} /> Reload
                </button>
              </div>
            </div>
          </div>
        )}
        {error && (
          <span id={`${id}-error`} className="field-error" role="alert">
            {error}
          </span>
        )}
        <div className="inline-actions">
          {!immediate && (
            <button
              type="button"
              className="button primary small"
              disabled={save.isPending}
              onClick={() => commit(value)}
            >
              Save
            </button>
          )}
          <button type="button" className="button small" onClick={onDone}>
            Cancel
          </button>
        </div>
      </div>
    </div>
  );
}
