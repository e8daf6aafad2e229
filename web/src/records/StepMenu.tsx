import * as Menu from '@radix-ui/react-dropdown-menu';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { useModel } from '../api/queries';
import { type Conversion, useStep } from '../api/sales';
import type { CrmRecord, ObjectModel } from '../api/types';
import { titleOf } from '../model/format';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { useToast } from '../ui/Toasts';

// The step that a record is there for: a lead is converted, a deal is quoted, a quote accepted.
export function StepItems({
  object,
  record,
  onConvert,
  onError,
}: {
  object: ObjectModel;
  record: CrmRecord;
  onConvert: () => void;
  onError: (message: string) => void;
}) {
  const objects = useModel();
  const navigate = useNavigate();
  const toast = useToast();
  const quote = useStep<CrmRecord>(`/opportunities/${record.id}/quote`);
  const accept = useStep<CrmRecord>(`/quotes/${record.id}/accept`);
  const quotes = objects.find((candidate) => candidate.name === 'quote');
  if (object.name === 'lead' && record.is_converted !== true) {
    return (
      <Menu.Item className="menu-item" onSelect={onConvert}>
        <Icon name="right" /> Convert lead…
      </Menu.Item>
    );
  }
  if (object.name === 'opportunity' && quotes) {
    const create = () =>
      quote.mutate(
        {},
        {
          onSuccess: (made) => {
            toast('Quote created');
            void navigate({ to: '/$plural/$id', params: { plural: quotes.plural, id: made.id } });
          },
          onError: (error) => onError(error.message),
        },
      );
    return (
      <Menu.Item className="menu-item" onSelect={create}>
        <Icon name="quote" /> Create quote
      </Menu.Item>
    );
  }
  if (object.name === 'quote' && record.status !== 'accepted') {
    const run = () =>
      accept.mutate(
        { sync: true },
        {
          onSuccess: () => toast('Quote accepted; the deal has its lines'),
          onError: (error) => onError(error.message),
        },
      );
    return (
      <Menu.Item className="menu-item" onSelect={run}>
        <Icon name="check" /> Accept quote
      </Menu.Item>
    );
  }
  return null;
}

export function ConvertDialog({
  record,
  object,
  open,
  onClose,
}: {
  record: CrmRecord;
  object: ObjectModel;
  open: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog small title={`Convert ${titleOf(object, record)}`} open={open} onClose={onClose}>
      <ConvertForm record={record} onClose={onClose} />
    </Dialog>
  );
}

// One transaction on the server: an account, a contact and, if wanted, a deal.
function ConvertForm({ record, onClose }: { record: CrmRecord; onClose: () => void }) {
  const id = useId();
  const navigate = useNavigate();
  const toast = useToast();
  const convert = useStep<Conversion>(`/leads/${record.id}/convert`);
  const [withDeal, setWithDeal] = useState(true);
  const [name, setName] = useState(String(record.company ?? ''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (convert.isPending) return;
    convert.mutate(
      { opportunity: withDeal ? { name: name.trim() || String(record.company) } : null },
      {
        onSuccess: (made) => {
          toast('Lead converted');
          onClose();
          void navigate({
            to: '/$plural/$id',
            params: { plural: 'accounts', id: made.account_id },
          });
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <div className="dialog-body">
        <p>
          {String(record.company ?? '')} becomes an account with {String(record.name ?? '')} as its
          contact. Activities and attachments move along.
        </p>
        <label className="check">
          <input
            type="checkbox"
            checked={withDeal}
            onChange={(event) => setWithDeal(event.target.checked)}
          />
          <span>With a deal</span>
        </label>
        {withDeal && (
          <div className="field">
            <label htmlFor={id}>Name of the deal</label>
            <input
              id={id}
              className="input"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
        )}
        {convert.error && (
          <p className="field-error" role="alert">
            {convert.error.message}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <span className="grow" />
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={convert.isPending}>
          Convert
        </button>
      </footer>
    </form>
  );
}
