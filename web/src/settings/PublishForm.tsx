import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { useModel } from '../api/queries';
import { useViews } from '../api/sales';
import type { PublishedColumn, SharedTable, TableDraft } from '../api/sharing';
import type { ObjectModel } from '../api/types';
import { TextField } from '../ui/TextField';

// What one table lets out: of which object, which columns with which masks, which records.
export function PublishForm({
  share,
  table,
  onDone,
}: {
  share: string;
  table?: SharedTable;
  onDone: () => void;
}) {
  const objects = useModel();
  const [object, setObject] = useState(table?.object ?? 'account');
  const [name, setName] = useState(table?.name ?? '');
  const [view, setView] = useState(table?.view ?? '');
  const [filter, setFilter] = useState(table?.filter ?? '');
  const [columns, setColumns] = useState<PublishedColumn[] | null>(table?.columns ?? null);
  const [version, setVersion] = useState(table?.format_version ?? 2);
  const shown = objects.find((each) => each.name === object);
  const save = useMutation({
    mutationFn: () => {
      const body: TableDraft = {
        name: name || (shown?.plural ?? object),
        filter,
        columns,
        format_version: version,
        ...(view !== (table?.view ?? '') ? { view: view || null } : {}),
      };
      return table
        ? request('PATCH', `/shares/${share}/tables/${table.id}`, { body })
        : request('POST', `/shares/${share}/tables`, { body: { ...body, object } });
    },
    onSuccess: onDone,
  });
  const { byField, rest } = fieldErrors(save.error, ['name', 'filter', 'columns', 'view']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <div className="field">
          <label htmlFor="publish-object">Object</label>
          <select
            id="publish-object"
            className="input"
            disabled={table !== undefined}
            value={object}
            onChange={(event) => {
              setObject(event.target.value);
              setColumns(null);
              setView('');
            }}
          >
            {objects.map((each) => (
              <option key={each.name} value={each.name}>
                {each.label_plural}
              </option>
            ))}
          </select>
        </div>
        <TextField
          label="Name of the table"
          placeholder={shown?.plural}
          value={name}
          error={byField.name}
          onChange={(event) => setName(event.target.value)}
        />
        {shown && <ViewField object={shown} view={view} error={byField.view} onChange={setView} />}
        <TextField
          label="Only records that meet"
          placeholder='territory.name = "Cleveland"'
          hint="In the language of filters; empty: all."
          value={filter}
          error={byField.filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        {shown && (
          <Columns object={shown} columns={columns} error={byField.columns} onChange={setColumns} />
        )}
        <label className="check-row">
          <input
            type="checkbox"
            checked={version === 3}
            onChange={(event) => setVersion(event.target.checked ? 3 : 2)}
          />
          <span>
            Iceberg format version 3
            <span className="muted"> · row lineage; only for readers that know it</span>
          </span>
        </label>
        {table && (
          <p className="muted">
            Other columns, masks or records start the history anew: what was shown before cannot be
            read any more.
          </p>
        )}
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={save.isPending}>
          {table ? 'Save' : 'Publish'}
        </button>
      </footer>
    </form>
  );
}

function ViewField({
  object,
  view,
  error,
  onChange,
}: {
  object: ObjectModel;
  view: string;
  error?: string;
  onChange: (view: string) => void;
}) {
  const views = useViews(object);
  const saved = views.data?.filter((each) => !each.built_in) ?? [];
  if (saved.length === 0 && !view) return null;
  return (
    <div className="field">
      <label htmlFor="publish-view">Filter of a saved view</label>
      <select
        id="publish-view"
        className="input"
        value={view}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">None</option>
        {saved.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </select>
      <span className={error ? 'field-error' : 'field-hint'} role={error ? 'alert' : undefined}>
        {error ?? 'Taken over as it is now; later changes of the view change nothing here.'}
      </span>
    </div>
  );
}

const masks = [
  { value: 'none', label: 'as it is' },
  { value: 'sha256', label: 'SHA-256' },
  { value: 'truncate:1', label: 'first character' },
  { value: 'truncate:3', label: 'first 3 characters' },
];

function Columns({
  object,
  columns,
  error,
  onChange,
}: {
  object: ObjectModel;
  columns: PublishedColumn[] | null;
  error?: string;
  onChange: (columns: PublishedColumn[] | null) => void;
}) {
  const fields = object.fields.filter((field) => field.name !== 'id');
  const maskOf = (field: string) =>
    columns === null ? 'none' : columns.find((column) => column.field === field)?.mask;
  const set = (field: string, mask: string | undefined) => {
    const now = columns ?? fields.map(({ name }) => ({ field: name, mask: 'none' }));
    const others = now.filter((column) => column.field !== field);
    onChange(
      fields
        .map(({ name }) =>
          name === field && mask ? { field, mask } : others.find((column) => column.field === name),
        )
        .filter((column) => column !== undefined),
    );
  };
  return (
    <fieldset className="scope-list">
      <legend>Columns</legend>
      <label>
        <input
          type="checkbox"
          checked={columns === null}
          onChange={(event) =>
            onChange(
              event.target.checked
                ? null
                : fields.map(({ name }) => ({ field: name, mask: 'none' })),
            )
          }
        />
        Every field as it is, also future ones
      </label>
      {error && (
        <span className="field-error" role="alert">
          {error}
        </span>
      )}
      {columns !== null && (
        <ul className="column-list">
          {fields.map((field) => (
            <ColumnRow
              key={field.name}
              label={field.label}
              mask={maskOf(field.name)}
              onChange={(mask) => set(field.name, mask)}
            />
          ))}
        </ul>
      )}
    </fieldset>
  );
}

function ColumnRow({
  label,
  mask,
  onChange,
}: {
  label: string;
  mask: string | undefined;
  onChange: (mask: string | undefined) => void;
}) {
  const known = masks.some(({ value }) => value === mask);
  return (
    <li>
      <label className="grow">
        <input
          type="checkbox"
          checked={mask !== undefined}
          onChange={(event) => onChange(event.target.checked ? 'none' : undefined)}
        />
        {label}
      </label>
      <select
        className="input small"
        aria-label={`How ${label} is shown`}
        disabled={mask === undefined}
        value={mask ?? 'none'}
        onChange={(event) => onChange(event.target.value)}
      >
        {!known && mask && <option value={mask}>{mask}</option>}
        {masks.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </li>
  );
}
