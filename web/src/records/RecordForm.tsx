import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import { request, withQuery } from '../api/client';
import { blockedBy, withoutIds } from '../api/lookalikes';
import { fieldErrors, isStale } from '../api/problem';
import { type Fields, recordKey, useSave, useSession } from '../api/queries';
import type { CrmRecord, Field, FieldValue, ObjectModel } from '../api/types';
import { BlockedNotice } from '../duplicates/BlockedNotice';
import { expandList } from '../model/layout';
import { Icon } from '../ui/Icon';
import { isSame, LabelledField, toWire } from './FieldControl';

interface RecordFormProps {
  object: ObjectModel;
  record?: CrmRecord;
  defaults?: Fields;
  titles?: Record<string, string>;
  // `lookalikes`: the ids of what a new record looks like.
  onSaved: (record: CrmRecord, lookalikes: string[]) => void;
  onCancel: () => void;
}

export function RecordForm({
  object,
  record,
  defaults,
  titles,
  onSaved,
  onCancel,
}: RecordFormProps) {
  const session = useSession();
  const fields = object.fields.filter((field) => !field.read_only);
  // The record the form was filled from; replaced when someone else's change is taken over.
  const [base, setBase] = useState(record);
  const [values, setValues] = useState<Fields>(() =>
    record ? valuesOf(fields, record) : { ...startValues(fields, session.user.id), ...defaults },
  );
  const [known, setKnown] = useState<Record<string, string>>(() => ({
    ...(record ? titlesOf(record) : { owner_id: session.user.name }),
    ...titles,
  }));
  const form = useRef<HTMLFormElement>(null);
  const client = useQueryClient();
  const save = useSave();
  const names = fields.map((field) => field.name);
  const stale = isStale(save.error);
  const { byField, rest } = fieldErrors(stale ? undefined : save.error, names);
  const blocked = blockedBy(save.error);

  const submit = (event?: FormEvent, allowDuplicates = false) => {
    event?.preventDefault();
    if (save.isPending) return;
    let lookalikes: string[] = [];
    const body = base ? changedFields(fields, base, values) : filledFields(fields, values);
    if (base && Object.keys(body).length === 0) return onSaved(base, []);
    save.mutate(
      {
        object,
        fields: body,
        record: base,
        allowDuplicates,
        onLookalikes: (ids) => {
          lookalikes = ids;
        },
      },
      {
        onSuccess: (saved) => onSaved(saved, lookalikes),
        onError: () => requestAnimationFrame(focusFirstError),
      },
    );
  };
  const focusFirstError = () =>
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  const takeOver = async () => {
    if (!base) return;
    const fresh = await request<CrmRecord>(
      'GET',
      withQuery(`/${object.plural}/${base.id}`, { expand: expandList(object.fields) }),
    );
    client.setQueryData(recordKey(object, base.id), fresh);
    setBase(fresh);
    setValues(valuesOf(fields, fresh));
    setKnown(titlesOf(fresh));
    save.reset();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
  };

  return (
    <form ref={form} onSubmit={submit} onKeyDown={onKeyDown} className="record-form" noValidate>
      <div className="dialog-body">
        {stale && (
          <div className="notice warm" role="alert">
            <Icon name="alert" />
            <div>
              <strong>Changed by someone else.</strong> This record was saved by another person
              after you opened it. Reload to see their values, then make your change again.
              <div className="notice-actions">
                <button type="button" className="button small" onClick={() => void takeOver()}>
                  <Icon name="reload" size={13} /> Reload
                </button>
              </div>
            </div>
          </div>
        )}
        {blocked.length > 0 && (
          <BlockedNotice
            object={object}
            lookalikes={blocked}
            busy={save.isPending}
            onInsist={() => submit(undefined, true)}
          />
        )}
        {rest.length > 0 && blocked.length === 0 && (
          <div className="notice bad" role="alert">
            <Icon name="alert" />
            <span>{rest.join(' ')}</span>
          </div>
        )}
        <div className="form-grid">
          {fields.map((field, index) => (
            <LabelledField
              key={field.name}
              field={field}
              objectName={object.name}
              value={values[field.name] ?? null}
              title={known[field.name]}
              error={byField[field.name] && withoutIds(byField[field.name] ?? '')}
              autoFocus={index === 0}
              onChange={(value, title) => {
                setValues((before) => ({ ...before, [field.name]: value }));
                if (title !== undefined) setKnown((before) => ({ ...before, [field.name]: title }));
              }}
            />
          ))}
        </div>
      </div>
      <footer className="dialog-foot">
        <span className="muted grow">Ctrl Enter saves</span>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={save.isPending}>
          {save.isPending ? 'Saving…' : base ? 'Save' : `Create ${object.label.toLowerCase()}`}
        </button>
      </footer>
    </form>
  );
}

function valuesOf(fields: readonly Field[], record: CrmRecord): Fields {
  return Object.fromEntries(
    fields.map((field) => [field.name, (record[field.name] ?? null) as FieldValue]),
  );
}

function titlesOf(record: CrmRecord): Record<string, string> {
  const titles: Record<string, string> = {};
  for (const [name, related] of Object.entries(record.expanded ?? {})) {
    if (related) titles[name] = related.title;
  }
  return titles;
}

// A new record starts with the model's defaults and belongs to the person who makes it.
function startValues(fields: readonly Field[], userId: string): Fields {
  const values: Fields = {};
  for (const field of fields) {
    if (field.default !== undefined) values[field.name] = field.default;
    if (field.name === 'owner_id') values[field.name] = userId;
  }
  return values;
}

export function filledFields(fields: readonly Field[], values: Fields): Fields {
  const body: Fields = {};
  for (const field of fields) {
    const value = toWire(field, values[field.name] ?? null);
    if (value !== null) body[field.name] = value;
  }
  return body;
}

// Only what changed is sent, so that two people editing different fields do not undo each other.
export function changedFields(fields: readonly Field[], base: CrmRecord, values: Fields): Fields {
  const body: Fields = {};
  for (const field of fields) {
    const value = toWire(field, values[field.name] ?? null);
    if (!isSame(value, (base[field.name] ?? null) as FieldValue)) body[field.name] = value;
  }
  return body;
}
