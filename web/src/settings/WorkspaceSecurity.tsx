import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { type Provider, policyQuery, providersQuery, type SecurityPolicy } from '../api/security';
import { rolesQuery } from '../api/settings';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';

// What administrators ask of everybody.
export function PolicyCard() {
  const policy = useQuery(policyQuery);
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (body: Partial<SecurityPolicy>) =>
      request<SecurityPolicy>('PATCH', '/auth/policy', { body }),
    onSuccess: (changed) => client.setQueryData(policyQuery.queryKey, changed),
  });
  // What was clicked shows at once, until the server has agreed or not.
  const [asked, setAsked] = useState<boolean>();
  return (
    <section className="card" aria-labelledby="settings-policy">
      <div className="card-head">
        <h2 id="settings-policy" className="grow">
          Security of the workspace
        </h2>
      </div>
      {policy.isPending && <SkeletonLines count={2} label="Loading the policy" />}
      {policy.isError && <Failure error={policy.error} onRetry={() => void policy.refetch()} />}
      {policy.data && (
        <div className="card-text security-form">
          <label className="check-row">
            <input
              type="checkbox"
              checked={asked ?? policy.data.totp_required}
              onChange={(event) => {
                setAsked(event.target.checked);
                change.mutate(
                  { totp_required: event.target.checked },
                  { onSettled: () => setAsked(undefined) },
                );
              }}
            />
            <span>
              Everybody needs two-step sign-in
              <span className="muted"> · who has none sets it up at the next click</span>
            </span>
          </label>
          <RetentionField
            key={policy.data.audit_retention_days}
            days={policy.data.audit_retention_days}
            onChange={(days) => change.mutate({ audit_retention_days: days })}
          />
          {change.isError && (
            <p className="field-error" role="alert">
              {change.error.message}
            </p>
          )}
        </div>
      )}
    </section>
  );
}

function RetentionField({ days, onChange }: { days: number; onChange: (days: number) => void }) {
  const [text, setText] = useState(String(days));
  const commit = () => {
    if (Number(text) !== days) onChange(Number(text));
  };
  return (
    <TextField
      label="Keep the audit log for days"
      type="number"
      min={30}
      max={3660}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
    />
  );
}

export function ProvidersCard() {
  const providers = useQuery(providersQuery);
  const client = useQueryClient();
  const [editing, setEditing] = useState<Provider | 'new'>();
  const [removing, setRemoving] = useState<Provider>();
  const refresh = () => client.invalidateQueries({ queryKey: ['security'] });
  const remove = useMutation({
    mutationFn: (provider: Provider) => request('DELETE', `/auth/providers/${provider.name}`),
    onSuccess: async () => {
      setRemoving(undefined);
      await refresh();
    },
  });
  return (
    <section className="card" aria-labelledby="settings-providers">
      <div className="card-head">
        <h2 id="settings-providers" className="grow">
          Sign-in providers
        </h2>
        <button type="button" className="button small" onClick={() => setEditing('new')}>
          <Icon name="plus" size={14} /> Add provider
        </button>
      </div>
      {providers.isPending && <SkeletonLines count={1} label="Loading providers" />}
      {providers.isError && (
        <Failure error={providers.error} onRetry={() => void providers.refetch()} />
      )}
      {providers.data?.length === 0 && (
        <p className="muted card-text">
          People can sign in through any OpenID Connect provider: Entra ID, Google, Okta, Keycloak…
        </p>
      )}
      <ul className="endpoints">
        {providers.data?.map((provider) => (
          <li key={provider.name}>
            <div className="grow">
              <strong>{provider.label}</strong>{' '}
              <Badge>
                {provider.new_user_role ? `new people: ${provider.new_user_role}` : 'users only'}
              </Badge>
              <div className="muted">
                {provider.issuer}
                {provider.email_domains.length > 0 && ` · ${provider.email_domains.join(', ')}`}
              </div>
              <div className="muted">
                Redirect URI: <code>{provider.redirect_uri}</code>
              </div>
            </div>
            <button type="button" className="button small" onClick={() => setEditing(provider)}>
              Change
            </button>
            <button
              type="button"
              className="button small danger"
              onClick={() => setRemoving(provider)}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <Dialog
        title={editing === 'new' ? 'Add a sign-in provider' : 'Change the provider'}
        open={editing !== undefined}
        onClose={() => setEditing(undefined)}
      >
        {editing && (
          <ProviderForm
            provider={editing === 'new' ? undefined : editing}
            onDone={() => {
              setEditing(undefined);
              void refresh();
            }}
          />
        )}
      </Dialog>
      <Confirm
        title={`Remove ${removing?.label ?? ''}?`}
        detail="Nobody signs in through it any more. Sessions that began there go on."
        action="Remove"
        open={removing !== undefined}
        busy={remove.isPending}
        error={remove.error?.message}
        onConfirm={() => removing && remove.mutate(removing)}
        onClose={() => setRemoving(undefined)}
      />
    </section>
  );
}

const providerFields = ['name', 'label', 'issuer', 'client_id', 'client_secret', 'email_domains'];

function ProviderForm({ provider, onDone }: { provider?: Provider; onDone: () => void }) {
  const roles = useQuery(rolesQuery).data ?? [];
  const [values, setValues] = useState({
    name: provider?.name ?? '',
    label: provider?.label ?? '',
    issuer: provider?.issuer ?? '',
    client_id: provider?.client_id ?? '',
    client_secret: '',
    email_domains: provider?.email_domains.join(', ') ?? '',
    new_user_role: provider?.new_user_role ?? '',
  });
  const save = useMutation({
    mutationFn: () => {
      const body = {
        label: values.label,
        issuer: values.issuer,
        client_id: values.client_id,
        ...(values.client_secret ? { client_secret: values.client_secret } : {}),
        email_domains: values.email_domains.split(/[\s,]+/).filter(Boolean),
        new_user_role: values.new_user_role || null,
      };
      return provider
        ? request('PATCH', `/auth/providers/${provider.name}`, { body })
        : request('POST', '/auth/providers', { body: { name: values.name, ...body } });
    },
    onSuccess: onDone,
  });
  const { byField, rest } = fieldErrors(save.error, providerFields);
  const field = (name: keyof typeof values) => ({
    value: values[name],
    error: byField[name],
    onChange: (event: { target: { value: string } }) =>
      setValues((before) => ({ ...before, [name]: event.target.value })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        {!provider && (
          <TextField
            label="Short name"
            required
            hint="Stands in addresses: a-z, 0-9 and dashes."
            {...field('name')}
          />
        )}
        <TextField
          label="Label"
          required
          hint={`The button says “Sign in with ${values.label || '…'}”.`}
          {...field('label')}
        />
        <TextField
          label="Issuer"
          required
          type="url"
          placeholder="https://login.example.com"
          {...field('issuer')}
        />
        <TextField label="Client id" required {...field('client_id')} />
        <TextField
          label="Client secret"
          type="password"
          autoComplete="off"
          hint={provider?.has_secret ? 'Leave empty to keep the present one.' : undefined}
          {...field('client_secret')}
        />
        <TextField
          label="E-mail domains"
          hint="Only addresses of these may sign in; empty: any."
          {...field('email_domains')}
        />
        <div className="field">
          <label htmlFor="provider-role">People who come for the first time</label>
          <select
            id="provider-role"
            className="input"
            value={values.new_user_role}
            onChange={field('new_user_role').onChange}
          >
            <option value="">stay out: only users there are already</option>
            {roles
              .filter((role) => role.name !== 'admin')
              .map((role) => (
                <option key={role.name} value={role.name}>
                  become users with the role {role.label || role.name}
                </option>
              ))}
          </select>
        </div>
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={save.isPending}>
          {save.isPending ? 'Asking the provider…' : 'Save'}
        </button>
      </footer>
    </form>
  );
}
