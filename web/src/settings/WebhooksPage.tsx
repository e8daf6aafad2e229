import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useModel, useSession } from '../api/queries';
import { type Webhook, webhooksQuery } from '../api/settings';
import { formatAgo } from '../model/format';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Secret } from '../ui/Secret';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { usePages } from '../ui/usePages';
import { SettingsFrame } from './SettingsFrame';
import { WebhookForm } from './WebhookForm';
import { aboutText } from './webhookText';

const refreshMs = 10_000;

export function WebhooksPage() {
  const { permissions } = useSession();
  const webhooks = useQuery({
    ...webhooksQuery,
    enabled: permissions.administer,
    refetchInterval: refreshMs,
  });
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Webhook>();
  const pages = usePages(webhooks.data);
  const close = () => {
    setMaking(false);
    setMade(undefined);
  };
  return (
    <SettingsFrame
      icon="link"
      title="Webhooks"
      actions={
        <button type="button" className="button small" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} /> New webhook
        </button>
      }
    >
      <section className="card" aria-label="Webhooks">
        <p className="card-text muted">
          Changes of records are sent to other programs as they are committed: signed, in order, and
          again until they were taken.
        </p>
        {webhooks.isPending && <SkeletonLines count={2} label="Loading webhooks" />}
        {webhooks.isError && (
          <Failure error={webhooks.error} onRetry={() => void webhooks.refetch()} />
        )}
        {webhooks.data?.length === 0 && <p className="card-text">No program is told yet.</p>}
        <ul className="endpoints ruled">
          {pages.items.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} />
          ))}
        </ul>
        {pages.more}
      </section>
      <Dialog
        title={made ? 'The secret of the webhook' : 'New webhook'}
        open={making}
        onClose={close}
      >
        {made ? (
          <Secret text={secretText} value={made.secret ?? ''} onDone={close} />
        ) : (
          <WebhookForm
            onSaved={(webhook) => {
              setMade(webhook);
              void client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
            }}
          />
        )}
      </Dialog>
    </SettingsFrame>
  );
}

export const secretText =
  'The receiver checks signatures with this secret. Copy it now: it is not shown again.';

function WebhookRow({ webhook }: { webhook: Webhook }) {
  const objects = useModel();
  return (
    <li>
      <div className="grow">
        <Link
          to="/settings/webhooks/$id"
          params={{ id: webhook.id }}
          className="strong break-anywhere"
        >
          {webhook.description || webhook.url}
        </Link>{' '}
        <WebhookState webhook={webhook} />
        {webhook.description && <div className="break-anywhere">{webhook.url}</div>}
        <div className="muted">{aboutText(webhook, objects)}</div>
        {webhook.last_error && <div className="muted">Last error: {webhook.last_error}</div>}
      </div>
      <span className="muted">
        {webhook.last_success_at
          ? `Taken ${formatAgo(webhook.last_success_at, new Date())}`
          : 'Nothing sent yet'}
      </span>
    </li>
  );
}

export function WebhookState({ webhook }: { webhook: Webhook }) {
  if (!webhook.is_active) return <Badge>off</Badge>;
  if (webhook.failed_attempts > 0) return <Badge tone="bad">failing</Badge>;
  return <Badge tone="good">on</Badge>;
}
