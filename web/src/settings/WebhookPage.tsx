import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { useModel, useSession } from '../api/queries';
import { type Webhook, webhookQuery, webhooksQuery } from '../api/settings';
import { formatAgo, formatDecimal, formatInstant } from '../model/format';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Secret } from '../ui/Secret';
import { Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';
import { useToast } from '../ui/Toasts';
import { DeadLetters } from './DeadLetters';
import { SettingsFrame } from './SettingsFrame';
import { WebhookForm } from './WebhookForm';
import { secretText, WebhookState } from './WebhooksPage';
import { aboutText } from './webhookText';

const refreshMs = 5000;

export function WebhookPage() {
  const { id } = useParams({ from: '/app/settings/webhooks/$id' });
  const { permissions } = useSession();
  const webhook = useQuery({
    ...webhookQuery(id),
    enabled: permissions.administer,
    refetchInterval: refreshMs,
  });
  return (
    <SettingsFrame
      icon="link"
      title={webhook.data?.description || 'Webhook'}
      above={
        <div className="record-crumb">
          <Link to="/settings/webhooks">Webhooks</Link>
        </div>
      }
    >
      {webhook.isPending && <SkeletonLines count={5} label="Loading the webhook" />}
      {webhook.isError && !webhook.data && (
        <Failure error={webhook.error} onRetry={() => void webhook.refetch()} />
      )}
      {webhook.data && (
        <>
          <Delivery webhook={webhook.data} />
          <DeadLetters webhook={webhook.data} />
        </>
      )}
    </SettingsFrame>
  );
}

type Open = 'edit' | 'replay' | 'secret' | 'remove';

function useRefresh(id: string) {
  const client = useQueryClient();
  return (webhook?: Webhook) => {
    if (webhook) client.setQueryData(webhookQuery(id).queryKey, webhook);
    return client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  };
}

function Delivery({ webhook }: { webhook: Webhook }) {
  const [open, setOpen] = useState<Open>();
  const refresh = useRefresh(webhook.id);
  const toast = useToast();
  const close = () => setOpen(undefined);
  const turn = useMutation({
    mutationFn: () =>
      request<Webhook>('PATCH', `/webhooks/${webhook.id}`, {
        body: { is_active: !webhook.is_active },
      }),
    onSuccess: refresh,
  });
  const test = useMutation({
    mutationFn: () =>
      request<{ status: number; acknowledged: boolean }>('POST', `/webhooks/${webhook.id}/test`),
  });
  return (
    <section className="card" aria-labelledby="webhook-delivery">
      <div className="card-head wrap">
        <h2 id="webhook-delivery" className="grow">
          How it goes <WebhookState webhook={webhook} />
        </h2>
        <button
          type="button"
          className="button small"
          disabled={test.isPending}
          onClick={() => test.mutate()}
        >
          <Icon name="send" size={13} /> {test.isPending ? 'Sending…' : 'Send a test'}
        </button>
        <button type="button" className="button small" onClick={() => setOpen('replay')}>
          <Icon name="reload" size={13} /> Replay…
        </button>
        <button type="button" className="button small" onClick={() => setOpen('edit')}>
          <Icon name="edit" size={13} /> Edit
        </button>
        <button
          type="button"
          className="button small"
          disabled={turn.isPending}
          onClick={() => turn.mutate()}
        >
          {webhook.is_active ? 'Switch off' : 'Switch on'}
        </button>
        <button type="button" className="button small" onClick={() => setOpen('secret')}>
          New secret…
        </button>
        <button type="button" className="button small danger" onClick={() => setOpen('remove')}>
          Remove…
        </button>
      </div>
      {(test.isError || turn.isError) && (
        <p className="card-text field-error" role="alert">
          {(test.error ?? turn.error)?.message}
        </p>
      )}
      {test.data && (
        <p
          className={test.data.acknowledged ? 'card-text good-text' : 'card-text field-error'}
          role="status"
        >
          {test.data.acknowledged
            ? `The test was taken (answer ${test.data.status}).`
            : `The test was not taken: the receiver answered ${test.data.status}.`}
        </p>
      )}
      <Facts webhook={webhook} />
      <Dialog title="Edit the webhook" open={open === 'edit'} onClose={close}>
        <WebhookForm
          webhook={webhook}
          onSaved={(saved) => {
            close();
            void refresh(saved);
            toast('Webhook saved');
          }}
        />
      </Dialog>
      <Dialog title="Replay changes" small open={open === 'replay'} onClose={close}>
        <ReplayForm
          webhook={webhook}
          onDone={(replayed) => {
            close();
            void refresh(replayed);
            toast('The changes are sent again');
          }}
        />
      </Dialog>
      <NewSecret webhook={webhook} open={open === 'secret'} onClose={close} />
      <RemoveWebhook webhook={webhook} open={open === 'remove'} onClose={close} />
    </section>
  );
}

function Facts({ webhook }: { webhook: Webhook }) {
  const objects = useModel();
  const now = new Date();
  const facts: [string, string][] = [
    ['Address', webhook.url],
    ['Told about', aboutText(webhook, objects)],
    ['Done up to', `change ${formatDecimal(webhook.delivered_sequence)} of the log`],
    [
      'Last taken',
      webhook.last_success_at ? formatInstant(webhook.last_success_at) : 'nothing yet',
    ],
  ];
  if (webhook.failed_attempts > 0) {
    facts.push([
      'Failed attempts',
      `${webhook.failed_attempts}${webhook.next_attempt_at ? ` · next one ${formatAgo(webhook.next_attempt_at, now)}` : ''}`,
    ]);
  }
  if (webhook.last_error) facts.push(['Last error', webhook.last_error]);
  facts.push(['Set up', formatInstant(webhook.created_at)]);
  return (
    <dl className="settings-list">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="break-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ReplayForm({ webhook, onDone }: { webhook: Webhook; onDone: (webhook: Webhook) => void }) {
  const [from, setFrom] = useState(String(Math.max(1, webhook.delivered_sequence)));
  const replay = useMutation({
    mutationFn: () =>
      request<Webhook>('POST', `/webhooks/${webhook.id}/replay`, {
        body: { from_sequence: Number(from) },
      }),
    onSuccess: onDone,
  });
  const [tried, setTried] = useState(false);
  const { byField, rest } = fieldErrors(replay.error, ['from_sequence']);
  const wrong = !/^\s*\d{1,15}\s*$/.test(from);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!replay.isPending && !wrong) replay.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <p>Every change from this one on is sent again, also what was taken before.</p>
        <TextField
          label="From change number"
          inputMode="numeric"
          autoFocus
          required
          value={from}
          error={
            tried && wrong
              ? 'This must be the number of a change, such as 900.'
              : (byField.from_sequence ?? (rest.join(' ') || undefined))
          }
          hint={`Done up to ${formatDecimal(webhook.delivered_sequence)}; 1 is the first change there is.`}
          onChange={(event) => setFrom(event.target.value)}
        />
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={replay.isPending}>
          Send again
        </button>
      </footer>
    </form>
  );
}

interface PartProps {
  webhook: Webhook;
  open: boolean;
  onClose: () => void;
}

function NewSecret({ webhook, open, onClose }: PartProps) {
  const refresh = useRefresh(webhook.id);
  const rotate = useMutation({
    mutationFn: () =>
      request<Webhook>('PATCH', `/webhooks/${webhook.id}`, { body: { rotate_secret: true } }),
  });
  const close = () => {
    onClose();
    rotate.reset();
    void refresh();
  };
  return (
    <>
      <Confirm
        title="Make a new secret?"
        detail="The present one stops counting at once: the receiver refuses what is sent until it knows the new one."
        action="Make a new secret"
        open={open && !rotate.data}
        busy={rotate.isPending}
        error={rotate.error?.message}
        onConfirm={() => rotate.mutate()}
        onClose={close}
      />
      <Dialog title="The secret of the webhook" open={rotate.data !== undefined} onClose={close}>
        <Secret text={secretText} value={rotate.data?.secret ?? ''} onDone={close} />
      </Dialog>
    </>
  );
}

function RemoveWebhook({ webhook, open, onClose }: PartProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/webhooks/${webhook.id}`),
    onSuccess: async () => {
      onClose();
      await navigate({ to: '/settings/webhooks' });
      client.removeQueries({ queryKey: webhookQuery(webhook.id).queryKey });
      void client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      toast('Webhook removed');
    },
  });
  return (
    <Confirm
      title="Remove the webhook?"
      detail="What it was not sent yet and its dead letters go with it."
      action="Remove"
      open={open}
      busy={remove.isPending}
      error={remove.error?.message}
      onConfirm={() => remove.mutate()}
      onClose={() => {
        remove.reset();
        onClose();
      }}
    />
  );
}
