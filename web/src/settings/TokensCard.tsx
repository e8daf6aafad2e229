import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { useModel, useSession } from '../api/queries';
import { type ApiToken, tokensQuery } from '../api/security';
import { formatAgo, formatInstant } from '../model/format';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Secret } from '../ui/Secret';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';

const general = [
  { scope: 'read', label: 'Read everything' },
  { scope: 'write', label: 'Read and change everything' },
  { scope: 'export', label: 'Read and export everything' },
  { scope: 'admin', label: 'All you may do, settings and tokens too' },
];

export function TokensCard() {
  const tokens = useQuery(tokensQuery);
  const { user } = useSession();
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<ApiToken>();
  const refresh = () => client.invalidateQueries({ queryKey: tokensQuery.queryKey });
  const revoke = useMutation({
    mutationFn: (token: ApiToken) => request('DELETE', `/api-tokens/${token.id}`),
    onSuccess: async () => {
      setEnding(undefined);
      await refresh();
    },
  });
  return (
    <section className="card" aria-labelledby="settings-tokens">
      <div className="card-head">
        <h2 id="settings-tokens" className="grow">
          API tokens
        </h2>
        <button type="button" className="button small" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} /> New token
        </button>
      </div>
      {tokens.isPending && <SkeletonLines count={2} label="Loading tokens" />}
      {tokens.isError && <Failure error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && (
        <p className="muted card-text">Programs sign in with tokens. There are none yet.</p>
      )}
      <ul className="endpoints">
        {tokens.data?.map((token) => (
          <li key={token.id}>
            <div className="grow">
              <strong>{token.name}</strong>{' '}
              {token.user_id !== user.id && <Badge>of another user</Badge>}
              <div className="scopes">
                {token.scopes.map((scope) => (
                  <Badge key={scope} tone={scope === 'admin' ? 'warm' : 'cool'}>
                    {scope}
                  </Badge>
                ))}
              </div>
              <div className="muted">
                {token.last_used_at
                  ? `Used ${formatAgo(token.last_used_at, new Date())} from ${token.last_used_from ?? 'an unknown address'}`
                  : 'Never used'}{' '}
                ·{' '}
                {token.expires_at ? `expires ${formatInstant(token.expires_at)}` : 'never expires'}
              </div>
            </div>
            <button
              type="button"
              className="button small"
              aria-label={`Revoke ${token.name}`}
              onClick={() => setEnding(token)}
            >
              Revoke
            </button>
          </li>
        ))}
      </ul>
      <Dialog title="New API token" small open={making} onClose={() => setMaking(false)}>
        <TokenForm
          onMade={refresh}
          onDone={() => {
            setMaking(false);
          }}
        />
      </Dialog>
      <Confirm
        title={`Revoke ${ending?.name ?? ''}?`}
        detail="Programs that use this token are refused from now on."
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

function TokenForm({ onMade, onDone }: { onMade: () => void; onDone: () => void }) {
  const objects = useModel();
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [scopes, setScopes] = useState<string[]>(['read']);
  const make = useMutation({
    mutationFn: () =>
      request<ApiToken & { token: string }>('POST', '/api-tokens', {
        body: { name, expires_in_days: Number(days), scopes },
      }),
    onSuccess: onMade,
  });
  const { byField, rest } = fieldErrors(make.error, ['name', 'expires_in_days', 'scopes']);
  const toggle = (scope: string) =>
    setScopes((before) =>
      before.includes(scope) ? before.filter((each) => each !== scope) : [...before, scope],
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  if (make.data) {
    return (
      <Secret
        text="This is the token. Copy it now: it is not shown again."
        value={make.data.token}
        onDone={onDone}
      />
    );
  }
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <TextField
          label="What it is for"
          required
          autoFocus
          maxLength={80}
          value={name}
          error={byField.name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Holds for days"
          type="number"
          min={1}
          max={366}
          required
          value={days}
          error={byField.expires_in_days}
          onChange={(event) => setDays(event.target.value)}
        />
        <fieldset className="scope-list">
          <legend>What it may do</legend>
          {general.map(({ scope, label }) => (
            <label key={scope}>
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={() => toggle(scope)}
              />
              <code>{scope}</code> <span className="muted">{label}</span>
            </label>
          ))}
          <details>
            <summary>Only some objects</summary>
            <table className="scope-table">
              <thead>
                <tr>
                  <th scope="col">Object</th>
                  {['read', 'write', 'export'].map((action) => (
                    <th key={action} scope="col">
                      {action}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {objects.map((object) => (
                  <tr key={object.name}>
                    <th scope="row">{object.label_plural}</th>
                    {['read', 'write', 'export'].map((action) => {
                      const scope = `${object.plural}:${action}`;
                      return (
                        <td key={action}>
                          <input
                            type="checkbox"
                            aria-label={scope}
                            checked={scopes.includes(scope)}
                            onChange={() => toggle(scope)}
                          />
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
          {(byField.scopes || rest.length > 0) && (
            <span className="field-error" role="alert">
              {byField.scopes ?? rest.join(' ')}
            </span>
          )}
        </fieldset>
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={make.isPending}>
          Make token
        </button>
      </footer>
    </form>
  );
}
