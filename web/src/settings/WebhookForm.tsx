import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { faultsOf } from '../api/faults';
import { useModel } from '../api/queries';
import type { Webhook } from '../api/settings';
import { CheckList } from '../ui/CheckList';
import { TextField } from '../ui/TextField';

const operations = [
  { value: 'create', label: 'Created' },
  { value: 'update', label: 'Changed' },
  { value: 'delete', label: 'Deleted' },
];
const shown = ['/url', '/description', '/objects', '/operations', '/filter'];

interface WebhookFormProps {
  webhook?: Webhook;
  onSaved: (webhook: Webhook) => void;
}

export function WebhookForm({ webhook, onSaved }: WebhookFormProps) {
  const objects = useModel();
  const [values, setValues] = useState({
    url: webhook?.url ?? '',
    description: webhook?.description ?? '',
    objects: webhook?.objects ?? [],
    operations: webhook?.operations ?? [],
    filter: webhook?.filter ?? '',
  });
  const save = useMutation({
    mutationFn: () =>
      webhook
        ? request<Webhook>('PATCH', `/webhooks/${webhook.id}`, { body: values })
        : request<Webhook>('POST', '/webhooks', { body: values }),
    onSuccess: onSaved,
  });
  const { at, rest } = faultsOf(save.error, shown);
  const change = (part: Partial<typeof values>) => setValues({ ...values, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <TextField
          label="Address"
          required
          autoFocus
          type="url"
          placeholder="https://example.com/hook"
          value={values.url}
          error={at['/url']}
          onChange={(event) => change({ url: event.target.value })}
        />
        <TextField
          label="What it is for"
          maxLength={500}
          value={values.description}
          error={at['/description']}
          onChange={(event) => change({ description: event.target.value })}
        />
        <CheckList
          legend="Told about records that are"
          options={operations}
          chosen={values.operations}
          error={at['/operations']}
          hint="Nothing chosen: all of these."
          onChange={(chosen) => change({ operations: chosen })}
        />
        <CheckList
          legend="Of these objects"
          columns
          options={objects.map(({ name, label_plural }) => ({ value: name, label: label_plural }))}
          chosen={values.objects}
          error={at['/objects']}
          hint="Nothing chosen: all objects."
          onChange={(chosen) => change({ objects: chosen })}
        />
        <TextField
          label="Only records for which"
          placeholder='stage = "won"'
          spellCheck={false}
          value={values.filter}
          error={at['/filter']}
          hint="A filter, for a webhook of exactly one object. Empty: all records."
          onChange={(event) => change({ filter: event.target.value })}
        />
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={save.isPending}>
          {webhook ? 'Save webhook' : 'Make webhook'}
        </button>
      </footer>
    </form>
  );
}
