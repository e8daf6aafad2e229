import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import {
  type Handed,
  type Recipient,
  recipientsQuery,
  sharesQuery,
  splitAddresses,
} from '../api/sharing';
import { formatAgo, formatInstant } from '../model/format';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';

// Who reads from outside. Credentials are handed out here once and never shown again.
export function RecipientsCard() {
  const recipients = useQuery(recipientsQuery);
  const client = useQueryClient();
  const [editing, setEditing] = useState<Recipient | 'new'>();
  const [rotating, setRotating] = useState<Recipient>();
  const [ending, setEnding] = useState<Recipient>();
  const refresh = () => client.invalidateQueries({ queryKey: ['sharing'] });
  const revoke = useMutation({
    mutationFn: (recipient: Recipient) => request('DELETE', `/recipients/${recipient.id}`),
    onSuccess: async () => {
      setEnding(undefined);
      await refresh();
    },
  });
  return (
    <section className="card" aria-labelledby="sharing-recipients">
      <div className="card-head">
        <h2 id="sharing-recipients" className="grow">
          Recipients
        </h2>
        <button type="button" className="button small" onClick={() => setEditing('new')}>
          <Icon name="plus" size={14} /> New recipient
        </button>
      </div>
      {recipients.isPending && <SkeletonLines count={2} label="Loading recipients" />}
      {recipients.isError && (
        <Failure error={recipients.error} onRetry={() => void recipients.refetch()} />
      )}
      {recipients.data?.length === 0 && (
        <p className="muted card-text">
          Nobody reads from outside yet. A recipient gets a profile file for any Delta Sharing or
          Iceberg client.
        </p>
      )}
      <ul className="endpoints">
        {recipients.data?.map((recipient) => (
          <li key={recipient.id}>
            <RecipientLine recipient={recipient} />
            <button
              type="button"
              className="button small"
              aria-label={`Change ${recipient.name}`}
              onClick={() => setEditing(recipient)}
            >
              Change
            </button>
            <button
              type="button"
              className="button small"
              aria-label={`Rotate ${recipient.name}`}
              onClick={() => setRotating(recipient)}
            >
              Rotate
            </button>
            <button
              type="button"
              className="button small"
              aria-label={`Revoke ${recipient.name}`}
              onClick={() => setEnding(recipient)}
            >
              Revoke
            </button>
          </li>
        ))}
      </ul>
      <Dialog
        title={editing === 'new' ? 'New recipient' : 'Change the recipient'}
        open={editing !== undefined}
        onClose={() => setEditing(undefined)}
      >
        <RecipientForm
          recipient={editing === 'new' ? undefined : editing}
          onSaved={refresh}
          onDone={() => setEditing(undefined)}
        />
      </Dialog>
      <Dialog
        title={`New credential for ${rotating?.name ?? ''}`}
        small
        open={rotating !== undefined}
        onClose={() => setRotating(undefined)}
      >
        {rotating && (
          <RotateForm
            recipient={rotating}
            onSaved={refresh}
            onDone={() => setRotating(undefined)}
          />
        )}
      </Dialog>
      <Confirm
        title={`Revoke ${ending?.name ?? ''}?`}
        detail="Its tokens and whatever was handed out with them end at once, for good."
        action="Revoke"
        open={ending !== undefined}
        busy={revoke.isPending}
        error={revoke.error?.message}
        onConfirm={() => ending && revoke.mutate(ending)}
        onClose={() => setEnding(undefined)}
      />
    </section>
  );
}

function RecipientLine({ recipient }: { recipient: Recipient }) {
  const now = new Date();
  const expired = recipient.expires_at !== null && new Date(recipient.expires_at) <= now;
  return (
    <div className="grow">
      <strong>{recipient.name}</strong>{' '}
      <Badge tone="cool">{recipient.authentication === 'oauth' ? 'OAuth' : 'token'}</Badge>{' '}
      {expired && <Badge tone="bad">expired</Badge>}{' '}
      {recipient.link_expires_at && <Badge tone="warm">link not opened yet</Badge>}
      <div className="muted">
        {recipient.shares.length > 0
          ? `Reads ${recipient.shares.join(', ')}`
          : 'Reads nothing: grant it a share'}
        {recipient.addresses.length > 0 && ` · from ${recipient.addresses.join(', ')}`}
        {recipient.comment && ` · ${recipient.comment}`}
      </div>
      <div className="muted">
        {recipient.last_used_at
          ? `Read ${formatAgo(recipient.last_used_at, now)} from ${recipient.last_used_from ?? 'an unknown address'}`
          : 'Never read'}{' '}
        ·{' '}
        {recipient.expires_at
          ? `${expired ? 'expired' : 'expires'} ${formatInstant(recipient.expires_at)}`
          : 'never expires'}
      </div>
    </div>
  );
}

function RecipientForm({
  recipient,
  onSaved,
  onDone,
}: {
  recipient?: Recipient;
  onSaved: () => void;
  onDone: () => void;
}) {
  const shares = useQuery(sharesQuery);
  const [name, setName] = useState(recipient?.name ?? '');
  const [comment, setComment] = useState(recipient?.comment ?? '');
  const [granted, setGranted] = useState<string[]>(recipient?.shares ?? []);
  const [addresses, setAddresses] = useState(recipient?.addresses.join('\n') ?? '');
  const [days, setDays] = useState(recipient ? '' : '90');
  const [kind, setKind] = useState<Recipient['authentication']>('bearer');
  const [deliver, setDeliver] = useState<'profile' | 'link'>('link');
  const save = useMutation({
    mutationFn: (): Promise<Handed | undefined> => {
      const body = {
        name,
        comment,
        shares: granted,
        addresses: splitAddresses(addresses),
        ...(days === '' ? {} : { expires_in_days: Number(days) }),
      };
      return recipient
        ? request('PATCH', `/recipients/${recipient.id}`, { body })
        : request<Handed>('POST', '/recipients', {
            body: { ...body, authentication: kind, deliver },
          });
    },
    onSuccess: () => {
      onSaved();
      if (recipient) onDone();
    },
  });
  const { byField, rest } = fieldErrors(save.error, [
    'name',
    'comment',
    'addresses',
    'expires_in_days',
  ]);
  const toggle = (share: string) =>
    setGranted((before) =>
      before.includes(share) ? before.filter((each) => each !== share) : [...before, share],
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  if (!recipient && save.data) return <HandedOut name={name} handed={save.data} onDone={onDone} />;
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <TextField
          label="Name"
          required
          autoFocus
          maxLength={80}
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
        <fieldset className="scope-list">
          <legend>May read</legend>
          {shares.data?.map((share) => (
            <label key={share.id}>
              <input
                type="checkbox"
                checked={granted.includes(share.name)}
                onChange={() => toggle(share.name)}
              />
              {share.name}
              {share.built_in && <span className="muted">every object, nothing masked</span>}
            </label>
          ))}
        </fieldset>
        <div className="field">
          <label htmlFor="recipient-addresses">Only from these addresses</label>
          <textarea
            id="recipient-addresses"
            className="input"
            rows={2}
            placeholder="192.0.2.0/24, 2001:db8::/32; empty: from anywhere"
            value={addresses}
            onChange={(event) => setAddresses(event.target.value)}
          />
          {byField.addresses && (
            <span className="field-error" role="alert">
              {byField.addresses}
            </span>
          )}
        </div>
        <TextField
          label={recipient ? 'Holds for days, from now' : 'Holds for days'}
          type="number"
          min={1}
          max={366}
          placeholder={recipient ? 'as it is' : undefined}
          value={days}
          error={byField.expires_in_days}
          onChange={(event) => setDays(event.target.value)}
        />
        {!recipient && (
          <>
            <KindField kind={kind} onChange={setKind} />
            <DeliveryField deliver={deliver} onChange={setDeliver} />
          </>
        )}
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={save.isPending}>
          {recipient ? 'Save' : 'Make recipient'}
        </button>
      </footer>
    </form>
  );
}

function KindField({
  kind,
  onChange,
}: {
  kind: Recipient['authentication'];
  onChange: (kind: Recipient['authentication']) => void;
}) {
  return (
    <fieldset className="scope-list">
      <legend>It signs in with</legend>
      <label>
        <input
          type="radio"
          name="recipient-kind"
          checked={kind === 'bearer'}
          onChange={() => onChange('bearer')}
        />
        A bearer token <span className="muted">every client takes it</span>
      </label>
      <label>
        <input
          type="radio"
          name="recipient-kind"
          checked={kind === 'oauth'}
          onChange={() => onChange('oauth')}
        />
        Client credentials <span className="muted">OAuth; tokens that hold an hour</span>
      </label>
    </fieldset>
  );
}

function DeliveryField({
  deliver,
  onChange,
}: {
  deliver: 'profile' | 'link';
  onChange: (deliver: 'profile' | 'link') => void;
}) {
  return (
    <fieldset className="scope-list">
      <legend>It gets the profile file</legend>
      <label>
        <input
          type="radio"
          name="recipient-deliver"
          checked={deliver === 'link'}
          onChange={() => onChange('link')}
        />
        By a link <span className="muted">that hands it out once, within three days</span>
      </label>
      <label>
        <input
          type="radio"
          name="recipient-deliver"
          checked={deliver === 'profile'}
          onChange={() => onChange('profile')}
        />
        From me <span className="muted">I download it now and pass it on</span>
      </label>
    </fieldset>
  );
}

function RotateForm({
  recipient,
  onSaved,
  onDone,
}: {
  recipient: Recipient;
  onSaved: () => void;
  onDone: () => void;
}) {
  const [hours, setHours] = useState('24');
  const [deliver, setDeliver] = useState<'profile' | 'link'>('link');
  const rotate = useMutation({
    mutationFn: () =>
      request<Handed>('POST', `/recipients/${recipient.id}/rotate`, {
        body: { grace_hours: Number(hours), deliver },
      }),
    onSuccess: onSaved,
  });
  const { byField, rest } = fieldErrors(rotate.error, ['grace_hours']);
  if (rotate.data) return <HandedOut name={recipient.name} handed={rotate.data} onDone={onDone} />;
  return (
    <form
      className="dialog-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        rotate.mutate();
      }}
    >
      <div className="dialog-body security-form">
        <TextField
          label="The old one works for hours"
          type="number"
          min={0}
          max={720}
          hint="0 ends it now."
          value={hours}
          error={byField.grace_hours}
          onChange={(event) => setHours(event.target.value)}
        />
        <DeliveryField deliver={deliver} onChange={setDeliver} />
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={rotate.isPending}>
          Make credential
        </button>
      </footer>
    </form>
  );
}

function HandedOut({ name, handed, onDone }: { name: string; handed: Handed; onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  const link = handed.activation_url;
  const copy = async () => {
    await navigator.clipboard?.writeText(link ?? '');
    setCopied(true);
  };
  const download = () => {
    const file = new Blob([JSON.stringify(handed)], { type: 'application/json' });
    const anchor = document.createElement('a');
    anchor.href = URL.createObjectURL(file);
    anchor.download = `${name.replace(/[^A-Za-z0-9_-]+/g, '_')}.share`;
    anchor.click();
    URL.revokeObjectURL(anchor.href);
  };
  return (
    <>
      <div className="dialog-body security-form">
        {link ? (
          <>
            <p>Send this link to {name}. It works once, and is not shown again.</p>
            <code className="token-secret">{link}</code>
          </>
        ) : (
          <p>Download the profile file now: it cannot be made again. Pass it on like a password.</p>
        )}
      </div>
      <footer className="dialog-foot">
        {link ? (
          <button type="button" className="button" onClick={() => void copy()}>
            <Icon name={copied ? 'check' : 'copy'} size={14} /> {copied ? 'Copied' : 'Copy'}
          </button>
        ) : (
          <button type="button" className="button" onClick={download}>
            <Icon name="download" size={14} /> Download
          </button>
        )}
        <button type="button" className="button primary" onClick={onDone}>
          Done
        </button>
      </footer>
    </>
  );
}
