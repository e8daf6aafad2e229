import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { useModel } from '../api/queries';
import { type Share, type SharedTable, sharesQuery, tablesQuery } from '../api/sharing';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';
import { PublishForm } from './PublishForm';

// The shares, each with its tables.
export function SharesCard() {
  const shares = useQuery(sharesQuery);
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<Share>();
  const [open, setOpen] = useState<string>();
  const refresh = () => client.invalidateQueries({ queryKey: ['sharing'] });
  const remove = useMutation({
    mutationFn: (share: Share) => request('DELETE', `/shares/${share.id}`),
    onSuccess: async () => {
      setRemoving(undefined);
      await refresh();
    },
  });
  return (
    <section className="card" aria-labelledby="sharing-shares">
      <div className="card-head">
        <h2 id="sharing-shares" className="grow">
          Shares
        </h2>
        <button type="button" className="button small" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} /> New share
        </button>
      </div>
      {shares.isPending && <SkeletonLines count={2} label="Loading shares" />}
      {shares.isError && <Failure error={shares.error} onRetry={() => void shares.refetch()} />}
      <ul className="endpoints shares">
        {shares.data?.map((share) => (
          <li key={share.id}>
            <div className="share-head">
              <button
                type="button"
                className="button quiet icon-only small"
                aria-expanded={open === share.id}
                aria-label={`Tables of ${share.name}`}
                onClick={() => setOpen(open === share.id ? undefined : share.id)}
              >
                <Icon name={open === share.id ? 'chevron-down' : 'right'} size={14} />
              </button>
              <div className="grow">
                <strong>{share.name}</strong> {share.built_in && <Badge>every object</Badge>}{' '}
                {!share.with_history && <Badge>no history</Badge>}
                <div className="muted">
                  {count(share.tables, 'table')} · granted to {count(share.recipients, 'recipient')}
                  {share.comment && ` · ${share.comment}`}
                </div>
              </div>
              {!share.built_in && (
                <button
                  type="button"
                  className="button small"
                  aria-label={`Delete ${share.name}`}
                  onClick={() => setRemoving(share)}
                >
                  Delete
                </button>
              )}
            </div>
            {open === share.id && <Tables share={share} onChanged={refresh} />}
          </li>
        ))}
      </ul>
      <Dialog title="New share" small open={making} onClose={() => setMaking(false)}>
        <ShareForm
          onDone={async (share) => {
            setMaking(false);
            setOpen(share.id);
            await refresh();
          }}
        />
      </Dialog>
      <Confirm
        title={`Delete ${removing?.name ?? ''}?`}
        detail="Its tables and grants go with it. Whoever reads them is refused from now on."
        action="Delete"
        open={removing !== undefined}
        busy={remove.isPending}
        error={remove.error?.message}
        onConfirm={() => removing && remove.mutate(removing)}
        onClose={() => setRemoving(undefined)}
      />
    </section>
  );
}

export function count(number: number, of: string): string {
  return `${number} ${of}${number === 1 ? '' : 's'}`;
}

function ShareForm({ onDone }: { onDone: (share: Share) => void }) {
  const [name, setName] = useState('');
  const [comment, setComment] = useState('');
  const [history, setHistory] = useState(true);
  const make = useMutation({
    mutationFn: () =>
      request<Share>('POST', '/shares', { body: { name, comment, with_history: history } }),
    onSuccess: onDone,
  });
  const { byField, rest } = fieldErrors(make.error, ['name', 'comment']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <TextField
          label="Name"
          required
          autoFocus
          maxLength={255}
          hint="Stands in addresses: no spaces or slashes."
          value={name}
          error={byField.name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="What it is for"
          value={comment}
          error={byField.comment}
          onChange={(event) => setComment(event.target.value)}
        />
        <label className="check-row">
          <input
            type="checkbox"
            checked={history}
            onChange={(event) => setHistory(event.target.checked)}
          />
          <span>
            Older versions and changes may be read
            <span className="muted"> · time travel and the change feed, for seven days</span>
          </span>
        </label>
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={make.isPending}>
          Make share
        </button>
      </footer>
    </form>
  );
}

const viewStates = {
  none: '',
  same: '',
  changed: 'its view has changed',
  gone: 'its view is gone',
};

function Tables({ share, onChanged }: { share: Share; onChanged: () => void }) {
  const tables = useQuery(tablesQuery(share.id));
  const [editing, setEditing] = useState<SharedTable | 'new'>();
  const [removing, setRemoving] = useState<SharedTable>();
  const remove = useMutation({
    mutationFn: (table: SharedTable) => request('DELETE', `/shares/${share.id}/tables/${table.id}`),
    onSuccess: () => {
      setRemoving(undefined);
      onChanged();
    },
  });
  return (
    <div className="share-tables">
      {tables.isPending && <SkeletonLines count={2} label="Loading tables" />}
      {tables.isError && <Failure error={tables.error} onRetry={() => void tables.refetch()} />}
      {tables.data?.length === 0 && (
        <p className="muted">
          It holds nothing yet: publish a table to let its recipients read it.
        </p>
      )}
      {tables.data && tables.data.length > 0 && (
        <TableRows
          tables={tables.data}
          label={`Tables of ${share.name}`}
          onEdit={share.built_in ? undefined : setEditing}
          onRemove={share.built_in ? undefined : setRemoving}
        />
      )}
      {!share.built_in && (
        <button type="button" className="button small" onClick={() => setEditing('new')}>
          <Icon name="plus" size={14} /> Publish a table
        </button>
      )}
      <Dialog
        title={editing === 'new' ? `Publish in ${share.name}` : 'Change what is published'}
        open={editing !== undefined}
        onClose={() => setEditing(undefined)}
      >
        <PublishForm
          share={share.id}
          table={editing === 'new' ? undefined : editing}
          onDone={() => {
            setEditing(undefined);
            onChanged();
          }}
        />
      </Dialog>
      <Confirm
        title={`Withdraw ${removing?.name ?? ''}?`}
        detail="It cannot be read from now on. The records stay as they are."
        action="Withdraw"
        open={removing !== undefined}
        busy={remove.isPending}
        error={remove.error?.message}
        onConfirm={() => removing && remove.mutate(removing)}
        onClose={() => setRemoving(undefined)}
      />
    </div>
  );
}

function TableRows({
  tables,
  label,
  onEdit,
  onRemove,
}: {
  tables: SharedTable[];
  label: string;
  onEdit?: (table: SharedTable) => void;
  onRemove?: (table: SharedTable) => void;
}) {
  const objects = useModel();
  return (
    <table className="audit-table" aria-label={label}>
      <thead>
        <tr>
          {['Table', 'Of', 'Columns', 'Records'].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
          {onEdit && (
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {tables.map((table) => (
          <tr key={table.id}>
            <th scope="row">
              {table.schema}.{table.name}
              {table.problem && (
                <div className="field-error" role="alert">
                  {table.problem}
                </div>
              )}
            </th>
            <td>
              {objects.find((each) => each.name === table.object)?.label_plural ?? table.object}
            </td>
            <td>
              {table.columns === null
                ? 'all'
                : table.columns
                    .map(({ field, mask }) => (mask === 'none' ? field : `${field} (${mask})`))
                    .join(', ')}
            </td>
            <td>
              {[table.view_filter, table.filter].filter(Boolean).join(' and ') || 'all'}
              {viewStates[table.view_state] && (
                <div>
                  <Badge tone="warm">{viewStates[table.view_state]}</Badge>
                </div>
              )}
            </td>
            {onEdit && (
              <td className="nowrap">
                <button
                  type="button"
                  className="button small"
                  aria-label={`Change ${table.name}`}
                  onClick={() => onEdit(table)}
                >
                  Change
                </button>{' '}
                <button
                  type="button"
                  className="button small"
                  aria-label={`Withdraw ${table.name}`}
                  onClick={() => onRemove?.(table)}
                >
                  Withdraw
                </button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
